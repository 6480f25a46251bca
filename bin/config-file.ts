/** A pair's config from a YAML file, or every problem at once in words for the person who wrote it. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import { type ConfigProblem, readConfig, THE_FILE } from '../core/config/read.ts';
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
    return unusable(unreadable(path, error));
  }
  const reading = readConfig(document);
  if (reading.kind === 'valid') return reading;
  const problems = reading.problems.map((problem) => sentence(path, document, problem));
  return { kind: 'unusable', problems: [...problems, ...leftForLater(reading.unjudged)] };
}

/** One sentence: which file, what is the matter with it, what to do. */
function unreadable(path: string, error: unknown): string {
  if (error instanceof YAMLParseError && error.code === 'MULTIPLE_DOCS')
    return `${path} holds several YAML documents; one file holds one pair: remove the lines "---"`;
  const { code, errno, message = String(error) } = error as { code?: string; errno?: number; message?: string };
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return `${path} does not exist (looked for ${resolve(path)}); name the YAML file of the pair, for example a copy of examples/one-region.yaml`;
    case 'EISDIR':
      return `${path} is a folder; name the YAML file of the pair in it`;
    case 'EACCES':
    case 'EPERM':
      return `${path} may not be read by this user; change its rights`;
    default:
      return errno === undefined ? `${path} is not YAML: ${message.trimEnd()}` : `${path} cannot be read: ${message}`;
  }
}

const leftForLater = (sections: readonly string[]): readonly string[] =>
  sections.length === 0
    ? []
    : [`rules between fields that look at ${sections.join(', ')} are judged when what is listed here is put right`];

const unusable = (problem: string): ConfigFile => ({ kind: 'unusable', problems: [problem] });

function sentence(file: string, document: unknown, { path, message }: ConfigProblem): string {
  if (path === THE_FILE) return `${file} ${message}`;
  const value = valueAt(document, path.split('.'));
  return message.startsWith('is ') || value === undefined || typeof value === 'object'
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
