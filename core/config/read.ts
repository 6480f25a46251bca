/** From what the YAML parser gave to a valid configuration, or every problem that can be seen. */
import { readShape } from '../contracts/shape.ts';
import type { ConfigProblem } from './problem.ts';
import { crossFieldProblems, type Section } from './rules.ts';
import { PairConfig } from './schema.ts';

export type { ConfigProblem } from './problem.ts';

export type ConfigReading =
  | { readonly kind: 'valid'; readonly config: PairConfig }
  | {
      readonly kind: 'invalid';
      readonly problems: readonly ConfigProblem[];
      /** Sections with problems of their own: what must hold between them and others was not judged yet. */
      readonly unjudged: readonly Section[];
    };

/** Path of a problem of the document as a whole. */
export const THE_FILE = 'the file';

export function readConfig(document: unknown): ConfigReading {
  if (document === null || document === undefined) return about('is empty; it must be a mapping (key: value)');
  if (typeof document !== 'object' || Array.isArray(document)) return about('must be a mapping (key: value)');
  const read = readShape(PairConfig, document);
  if (read.kind === 'valid') {
    const problems = crossFieldProblems(read.data);
    return problems.length > 0 ? { kind: 'invalid', problems, unjudged: [] } : { kind: 'valid', config: read.data };
  }
  const shape = read.problems.map(({ path, message }) => ({ path: path.map(String).join('.') || THE_FILE, message }));
  const unjudged = SECTIONS.filter((section) => read.problems.some(({ path }) => path[0] === section));
  return {
    kind: 'invalid',
    problems: [...shape, ...crossFieldProblems(soundSections(document, unjudged), unjudged)],
    unjudged,
  };
}

const SECTIONS = Object.keys(PairConfig.shape) as readonly Section[];

const about = (message: string): ConfigReading => ({
  kind: 'invalid',
  problems: [{ path: THE_FILE, message }],
  unjudged: [],
});

/** One section's mistake does not hide what can be said about the others. */
function soundSections(document: object, unsound: readonly Section[]): PairConfig {
  const given = document as Readonly<Record<string, unknown>>;
  const sound = SECTIONS.filter((section) => !unsound.includes(section));
  return Object.fromEntries(
    sound.map((section) => [section, PairConfig.shape[section].parse(given[section])]),
  ) as PairConfig;
}
