/** Finds the pair's configuration inside the code asset: `pair-config.json`, beside the bundle. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readConfig } from '../../core/config/read.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import { causeOf } from './calls.ts';

export const CONFIG_FILE = 'pair-config.json';

/** The code asset was built without a configuration, or with one that this release does not accept. */
export class ConfigUnusable extends Error {
  override readonly name = 'ConfigUnusable';
}

/**
 * Reads the configuration from `folder` (default: the bundle's own) or the nearest folder above that has one; shared
 * chunks lie one folder deeper than the functions. @throws ConfigUnusable with every problem at once.
 */
export function pairConfig(folder: string = import.meta.dirname): PairConfig {
  const { path, text } = nearest(folder);
  const reading = readConfig(parse(path, text));
  if (reading.kind === 'valid') return reading.config;
  const problems = reading.problems.map((problem) => `${problem.path} ${problem.message}`).join('; ');
  throw new ConfigUnusable(`${path} is no valid pair configuration: ${problems}; correct the YAML and deploy again`);
}

function nearest(folder: string): { readonly path: string; readonly text: string } {
  for (let at = folder; ; at = dirname(at)) {
    const text = textOf(join(at, CONFIG_FILE));
    if (text !== undefined) return { path: join(at, CONFIG_FILE), text };
    if (at === dirname(at))
      throw new ConfigUnusable(
        `${CONFIG_FILE} is neither in ${folder} nor above it; synthesize with --context config=<file> so that it becomes part of the code asset`,
      );
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new ConfigUnusable(`${path} cannot be read: ${causeOf(error)}`, { cause: error });
  }
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigUnusable(`${path} is not JSON: ${causeOf(error)}`, { cause: error });
  }
}
