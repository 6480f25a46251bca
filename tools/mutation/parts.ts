/** Which tests answer for which part of the judgement. A part's mutants are killed by its own tests or not at all. */

import { matchesGlob } from 'node:path';

export interface Part {
  readonly folder: string;
  /** Patterns below the repository. */
  readonly tests: readonly string[];
}

export const PARTS: readonly Part[] = [
  { folder: 'core/health', tests: ['test/unit/health/*.test.ts'] },
  { folder: 'core/move', tests: ['test/unit/move/*.test.ts'] },
  { folder: 'core/positions', tests: ['test/unit/positions*.test.ts'] },
  { folder: 'core/drain', tests: ['test/unit/drain*.test.ts'] },
  { folder: 'core/routing', tests: ['test/unit/routing/*.test.ts'] },
];

export interface Order {
  readonly part: Part;
  /** Files, or ranges of lines in them (`core/health/window.ts:60-90`), that are mutated. */
  readonly mutate: readonly string[];
}

/**
 * @param names folders, files, or ranges of lines; empty = every part
 * @throws Error that names what is no part and which there are
 */
export function ordersFor(names: readonly string[]): readonly Order[] {
  const wanted = (names.length === 0 ? PARTS.map(({ folder }) => folder) : names).map((name) =>
    name.replace(/\/$/, ''),
  );
  const unknown = wanted.filter((name) => !PARTS.some((part) => belongsTo(part, name)));
  if (unknown.length > 0)
    throw new Error(
      `${unknown.join(', ')} has no tests to answer for it; name ${PARTS.map(({ folder }) => folder).join(', ')}, or files of these`,
    );
  return PARTS.flatMap((part) => {
    const mine = wanted.filter((name) => belongsTo(part, name));
    const mutate = mine.map((name) => (name === part.folder ? `${name}/*.ts` : name));
    return mutate.length > 0 ? [{ part, mutate }] : [];
  });
}

const belongsTo = ({ folder }: Part, name: string): boolean => name === folder || name.startsWith(`${folder}/`);

/** Whether a place is among what was ordered. */
export const covers = ({ mutate }: Order, place: { readonly file: string; readonly line: number }): boolean =>
  mutate.some((pattern) => {
    const [, file = '', from = '1', to = 'Infinity'] = /^([^:]+)(?::(\d+)-(\d+))?$/.exec(pattern) ?? [];
    return matchesGlob(place.file, file) && place.line >= Number(from) && place.line <= Number(to);
  });
