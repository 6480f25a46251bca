/** A pair's config from a YAML file, or every problem at once in words for the person who wrote it. */
import { readFileSync } from 'node:fs';
import { parse, YAMLParseError } from 'yaml';
import { type ConfigProblem, readConfig } from '../core/config/read.ts';
import type { PairConfig } from '../core/config/schema.ts';

export type ConfigFile =
  | { readonly kind: 'valid'; readonly config: PairConfig }
  /** One line per problem: path, the value that is there, what is allowed. */
  | { readonly kind: 'unusable'; readonly problems: readonly string[] };

/** `path` is what somebody typed, so it may be anything. Never throws. */
export function readConfigFile(path: unknown): ConfigFile {
  if (typeof path !== 'string' || path === '')
    return unusable(
      'no configuration was named; say which: --context config=<file>, for example --context config=examples/one-region.yaml',
    );
  let document: unknown;
  try {
    document = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return unusable(
      error instanceof YAMLParseError
        ? `${path} is not YAML: ${error.message.trimEnd()}`
        : `${path} cannot be read: ${String(error)}`,
    );
  }
  const reading = readConfig(document);
  if (reading.kind === 'valid') return reading;
  return { kind: 'unusable', problems: reading.problems.map((problem) => sentence(document, problem)) };
}

const unusable = (problem: string): ConfigFile => ({ kind: 'unusable', problems: [problem] });

function sentence(document: unknown, { path, message }: ConfigProblem): string {
  const value = valueAt(document, path.split('.'));
  return value === undefined || typeof value === 'object'
    ? `${path}: ${message}`
    : `${path} (now ${JSON.stringify(value)}): ${message}`;
}

/** A name in the path may itself hold a dot; then the value is simply not shown. */
function valueAt(document: unknown, path: readonly string[]): unknown {
  let value = document;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
