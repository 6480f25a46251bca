/** The one code asset of all functions: the bundles of `npm run build` plus this pair's validated config. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FUNCTIONS } from '../../core/contracts/environment.ts';
import type { PairConfig } from '../../core/config/schema.ts';

/** Name of the config inside the asset; lambdas/adapters/config.ts looks for it beside the bundle. */
export const CONFIG_FILE = 'pair-config.json';

/** Short hash of the validated config, written into each decision as `configVersion`. */
export const configVersion = (config: PairConfig): string =>
  createHash('sha256').update(JSON.stringify(config)).digest('hex').slice(0, 12);

/**
 * Copies `bundles` to a folder inside `outdir` and puts the config beside them; answers the folder.
 * Throws when a bundle is missing, naming it and what to do: a stack without code must not be synthesized.
 */
export function stageCode(bundles: string, outdir: string, config: PairConfig): string {
  const missing = Object.keys(FUNCTIONS).filter((name) => !existsSync(join(bundles, `${name}.mjs`)));
  if (missing.length > 0)
    throw new Error(`${bundles} has no bundle for ${missing.join(', ')}: run "npm run build" first`);
  const staged = join(outdir, 'functions');
  rmSync(staged, { recursive: true, force: true });
  cpSync(bundles, staged, { recursive: true });
  writeFileSync(join(staged, CONFIG_FILE), JSON.stringify(config));
  return staged;
}
