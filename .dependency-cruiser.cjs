/** The dependency direction of docs/architecture.md, as lint rules. */
const within = (folder) => `^${folder}/`;
module.exports = {
  forbidden: [
    {
      name: 'core-is-pure',
      severity: 'error',
      comment: 'core imports nothing outside itself; zod only in contracts and config',
      from: { path: within('core') },
      to: { pathNot: '^(core/|node_modules/zod/)' },
    },
    {
      name: 'zod-only-at-borders',
      severity: 'error',
      from: { path: within('core'), pathNot: '^core/(contracts|config)/' },
      to: { path: '^node_modules/zod/' },
    },
    {
      name: 'use-cases-know-ports-not-products',
      severity: 'error',
      from: { path: '^lambdas/[^/]+/[^/]+\\.ts$', pathNot: '(handler\\.ts$|^lambdas/(adapters|shared)/)' },
      to: { pathNot: '^(core/|lambdas/(ports\\.ts|shared/)|lambdas/[^/]+/)' },
    },
    {
      name: 'use-cases-do-not-import-adapters',
      severity: 'error',
      from: { path: '^lambdas/', pathNot: '(handler\\.ts$|^lambdas/adapters/)' },
      to: { path: '^lambdas/adapters/' },
    },
    {
      name: 'kafkajs-and-sdk-in-adapters-only',
      severity: 'error',
      from: { path: '^(core|lambdas)/', pathNot: '^lambdas/adapters/' },
      to: { path: '^node_modules/(kafkajs|@aws-sdk)/' },
    },
    {
      name: 'a-function-does-not-import-another',
      severity: 'error',
      from: { path: '^lambdas/([^/]+)/', pathNot: '^lambdas/(adapters|shared|gather)/' },
      to: { path: '^lambdas/([^/]+)/', pathNot: '^lambdas/($1|adapters|shared|gather)/|^lambdas/ports\\.ts$' },
    },
    {
      name: 'client-imports-core-only',
      severity: 'error',
      from: { path: within('client') },
      to: { path: '^(lambdas|infra|bin|test|tools)/' },
    },
    {
      name: 'infra-imports-core-only',
      severity: 'error',
      from: { path: within('infra') },
      to: { path: '^(lambdas|client|bin|test|tools)/' },
    },
    {
      name: 'nobody-imports-infra',
      severity: 'error',
      from: { pathNot: '^(infra|test|bin/app\\.ts|tools)' },
      to: { path: within('infra') },
    },
    {
      name: 'product-never-imports-tests',
      severity: 'error',
      from: { path: '^(core|lambdas|client|infra|bin)/' },
      to: { path: within('test') },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true, dependencyTypesNot: ['type-only'] } },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
