/**
 * Bundles every function in one esbuild run: `build/lambdas/<function>.mjs` and the chunks they share.
 * `npm run build` runs it; others call `bundleFunctions`.
 */
import { existsSync, globSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { build } from 'esbuild';
import { FUNCTIONS, type FunctionName } from '../core/contracts/environment.ts';

const ROOT = join(import.meta.dirname, '..');

export interface BundleResult {
  readonly folder: string;
  readonly functions: readonly FunctionName[];
  /** Functions of core/contracts/environment.ts that have no handler.ts. */
  readonly missing: readonly FunctionName[];
  /** What a function loads at its start, its static chunks included; source files for questions about what got in. */
  readonly sizes: Readonly<Record<string, { readonly bytes: number; readonly inputs: readonly string[] }>>;
}

/**
 * Writes the bundles of all existing handlers to `folder` (default build/lambdas), which is emptied before.
 * @throws esbuild's own report when a source does not compile, or Error when a handler folder is no known function
 */
export async function bundleFunctions(folder: string = join(ROOT, 'build/lambdas')): Promise<BundleResult> {
  const handlers = globSync('lambdas/*/handler.ts', { cwd: ROOT });
  const found = new Map(handlers.map((path) => [basename(dirname(path)), path]));
  const unknown = [...found.keys()].filter((name) => !(name in FUNCTIONS));
  if (unknown.length > 0)
    throw new Error(
      `lambdas/${unknown.join(', lambdas/')} has a handler.ts, but core/contracts/environment.ts names no such function`,
    );
  const all = Object.keys(FUNCTIONS) as FunctionName[];
  const functions = all.filter((name) => found.has(name));
  rmSync(folder, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: Object.fromEntries(functions.map((name) => [name, join(ROOT, 'lambdas', name, 'handler.ts')])),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // Packages that carry both are smaller in their ESM form (290 kB less in all).
    mainFields: ['module', 'main'],
    minifySyntax: true,
    metafile: true,
    logLevel: 'warning',
    // kafkajs is CommonJS and asks for Node's own modules by require, which ESM does not have.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
  });
  return {
    folder,
    functions,
    missing: all.filter((name) => !found.has(name)),
    sizes: sizesOf(metafile, folder, functions),
  };
}

type Metafile = Awaited<ReturnType<typeof build<{ metafile: true }>>>['metafile'];

function sizesOf(metafile: Metafile, folder: string, functions: readonly string[]): BundleResult['sizes'] {
  const entry = (name: string) => relative(ROOT, join(folder, `${name}.mjs`));
  return Object.fromEntries(functions.map((name) => [name, loadedBy(metafile, entry(name))]));
}

/** A file and all that it imports statically; chunks behind `import()` are paid for when they are reached. */
function loadedBy(
  { outputs }: Metafile,
  entry: string,
): { readonly bytes: number; readonly inputs: readonly string[] } {
  const seen = new Set<string>();
  const visit = (path: string): void => {
    const output = outputs[path];
    if (output === undefined || seen.has(path)) return;
    seen.add(path);
    for (const { path: next, kind } of output.imports) if (kind === 'import-statement') visit(next);
  };
  visit(entry);
  const loaded = [...seen].map((path) => outputs[path]!);
  return {
    bytes: loaded.reduce((sum, { bytes }) => sum + bytes, 0),
    inputs: loaded.flatMap(({ inputs }) => Object.keys(inputs)),
  };
}

function printed({ folder, functions, missing, sizes }: BundleResult): string {
  const lines = functions.map(
    (name) => `  ${name.padEnd(18)} ${String(Math.round(sizes[name]!.bytes / 1024)).padStart(5)} KB`,
  );
  const files = globSync('**/*.mjs', { cwd: folder }).map((path) => statSync(join(folder, path)).size);
  const total = Math.round(files.reduce((sum, size) => sum + size, 0) / 1024);
  const absent = missing.length === 0 ? [] : [`no handler yet: ${missing.join(', ')}`];
  return [
    `${relative(ROOT, folder)}: ${files.length} files, ${total} KB; each function loads`,
    ...lines,
    ...absent,
  ].join('\n');
}

if (import.meta.main) {
  if (!existsSync(join(ROOT, 'node_modules'))) throw new Error('node_modules is missing: run "npm ci" first');
  console.log(printed(await bundleFunctions()));
}
