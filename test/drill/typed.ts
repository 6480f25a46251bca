/** What was typed behind `npm run drill --` or `npm run lab --`, or one sentence that says what is wrong with it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { meant } from '../../core/contracts/near.ts';

export class BadOption extends Error {}

/** A file of its own, so that tools/on-stage.sh says it before anything is installed. */
export const helpOf = (command: 'drill' | 'lab' | 'matrix' | 'repeat'): string =>
  readFileSync(join(import.meta.dirname, 'help', `${command}.txt`), 'utf8');

/** @throws BadOption with `help` below the sentence */
export function typed<T extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: T,
  { who, help }: { readonly who: string; readonly help: string },
) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    const { message = String(error) } = error as { readonly message?: string };
    const [, unknown] = /^Unknown option '--?([^']*)'/.exec(message) ?? [];
    const said =
      unknown === undefined
        ? message
        : `${who} has no option "--${unknown}"${meant(unknown, Object.keys(options), '--')}`;
    throw new BadOption(`${said}\n\n${help}`);
  }
}

/** The one of `allowed` that was given. @throws BadOption */
export function choice<T extends string>(name: string, given: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === given);
  if (found !== undefined) return found;
  throw new BadOption(`--${name} is "${given}"${meant(given, allowed)}; allowed: ${allowed.join(', ')}`);
}
