/**
 * Builds the client library as a package of its own into `build/client-package`: JavaScript and types made by tsc, the
 * manifest derived from this repository's, the README. `npm run build:client`; publish it with `npm publish` from there.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

export const CLIENT_PACKAGE = 'mm2-failover-client';

/** The first with `Promise.withResolvers`; this repository brings its own Node and asks for less. */
const OLDEST_NODE = '>=22';

interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/**
 * Empties `folder` and writes the package into it.
 * @throws Error with tsc's own report, or naming an import that the repository does not list as a dependency
 */
export function buildClientPackage(folder: string = join(ROOT, 'build/client-package')): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  compile(folder);
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifestOf(manifest, importedBy(folder)), null, 2)}\n`);
  writeFileSync(join(folder, 'README.md'), readme());
  copyFileSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  writeFileSync(join(folder, 'client-contract.md'), contract());
  return folder;
}

function compile(folder: string): void {
  const config = join(ROOT, 'client', 'tsconfig.json');
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const run = spawnSync(process.execPath, [tsc, '-p', config, '--outDir', folder], { cwd: ROOT, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`tsc -p client/tsconfig.json failed:\n${run.stdout}${run.stderr}`);
  // tsc rewrites imports in the code and leaves those in the types as they are.
  for (const file of globSync('**/*.d.ts', { cwd: folder }).map((name) => join(folder, name)))
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/(?<=(?:from |import\()'\.[^']*)\.ts(?=')/g, '.js'));
}

/** Names of the packages that the emitted code and types import. */
function importedBy(folder: string): readonly string[] {
  const found = new Set<string>();
  for (const file of globSync('**/*.{js,d.ts}', { cwd: folder })) {
    const text = readFileSync(join(folder, file), 'utf8');
    for (const [, name = ''] of text.matchAll(/(?:from|import\()\s*'((?:@[^/']+\/)?[^/.'][^/']*)[^']*'/g))
      found.add(name);
  }
  return [...found].filter((name) => !name.startsWith('node:') && !builtinModules.includes(name)).toSorted();
}

function manifestOf(root: Manifest, imports: readonly string[]): unknown {
  const entry = { types: './client/index.d.ts', default: './client/index.js' };
  return {
    name: CLIENT_PACKAGE,
    version: root.version,
    description: 'kafkajs producers and consumers that move between two mirrored Kafka clusters with their client set',
    keywords: ['kafka', 'kafkajs', 'mirrormaker', 'failover', 'disaster-recovery'],
    license: root.license,
    type: 'module',
    sideEffects: false,
    engines: { node: OLDEST_NODE },
    exports: { '.': entry, './package.json': './package.json' },
    files: ['client', 'core', 'client-contract.md'],
    dependencies: Object.fromEntries(imports.map((name) => [name, versionOf(root, name)])),
  };
}

/** kafkajs exactly, since the library reaches behind its interface; the others as their own promises allow. */
function versionOf({ dependencies }: Manifest, name: string): string {
  const version = dependencies[name];
  if (version === undefined)
    throw new Error(`client/ imports "${name}", which is not in "dependencies" of package.json`);
  return name === 'kafkajs' ? version : `^${version}`;
}

/** Links that lead out of the client's folder are told as what lies beside it in the package. */
const readme = (): string =>
  readFileSync(join(ROOT, 'client', 'README.md'), 'utf8').replaceAll(
    '../docs/client-contract.md',
    'client-contract.md',
  );

/** How other applications follow is told in the repository alone. */
const contract = (): string =>
  readFileSync(join(ROOT, 'docs', 'client-contract.md'), 'utf8').replaceAll(
    /\[([^\]]+)\]\(following\.md[^)]*\)/g,
    '$1',
  );

if (import.meta.main) console.log(`Client package: ${buildClientPackage()}`);
