/** Mutants that are left out one by one, each with its reason in the code. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Disabled {
  /** Below the repository. */
  readonly file: string;
  readonly mutators: string;
  readonly reason: string;
  /** The line it is about, without indentation. */
  readonly code: string;
}

/** One line at a time and one mutator by name, with a reason: nothing is left out wholesale. */
const DIRECTIVE = /^\s*\/\/ Stryker disable next-line ([A-Z][A-Za-z]+(?:, [A-Z][A-Za-z]+)*): (\S.+)$/;

/** @throws Error that names a directive of another form */
export function disabledIn(root: string, folder: string): readonly Disabled[] {
  return globSync(`${folder}/**/*.ts`, { cwd: root })
    .toSorted()
    .flatMap((file) => disabledInText(file, readFileSync(join(root, file), 'utf8')));
}

export function disabledInText(file: string, text: string): readonly Disabled[] {
  const lines = text.split('\n');
  return lines.flatMap((line, i) => {
    if (!/Stryker (disable|restore)/.test(line)) return [];
    const found = DIRECTIVE.exec(line);
    if (!found)
      throw new Error(`${file}:${i + 1}: "${line.trim()}" is not "// Stryker disable next-line <mutator>: <reason>"`);
    const [, mutators = '', reason = ''] = found;
    return [{ file, mutators, reason, code: (lines[i + 1] ?? '').trim() }];
  });
}
