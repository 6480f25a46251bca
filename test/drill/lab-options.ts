/** What a person may ask of the lab. Nonsense gets one sentence with the value, what is allowed and what was probably meant. */
import type { DrillOptions } from './drill-options.ts';
import { choice, helpOf, typed } from './typed.ts';

const CHOICES = { trigger: ['automatic', 'manual'], policy: ['availability', 'per-key'] } as const;

export const LAB_OPTIONS_HELP = helpOf('lab');

export type LabOptions = Pick<DrillOptions, 'trigger' | 'policy'> & { readonly help: boolean };

/** @throws BadOption */
export function readLabOptions(args: readonly string[]): LabOptions {
  const { trigger, policy, help = false } = typed(args, OPTIONS, { who: 'the lab', help: LAB_OPTIONS_HELP });
  const of = <K extends keyof typeof CHOICES>(name: K, given: string = CHOICES[name][0]) =>
    choice<(typeof CHOICES)[K][number]>(name, given, CHOICES[name]);
  return { trigger: of('trigger', trigger), policy: of('policy', policy), help };
}

const OPTIONS = {
  trigger: { type: 'string' },
  policy: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;
