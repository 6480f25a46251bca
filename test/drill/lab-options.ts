/** What a person may ask of the lab. Nonsense gets one sentence with the value, what is allowed and what was probably meant. */
import { parseArgs } from 'node:util';
import { nearest } from '../../core/contracts/near.ts';
import type { DrillOptions } from './drill-options.ts';
import { BadOption } from './options.ts';

const CHOICES = { trigger: ['automatic', 'manual'], policy: ['availability', 'per-key'] } as const;
type Choice = keyof typeof CHOICES;

export const LAB_OPTIONS_HELP = `npm run lab -- [options]

  --trigger automatic|manual         who starts the failover when a cluster is lost (default automatic): automatic: the rules do, clients
                                     move by themselves; manual: a confirmed outage asks you, and you answer with approve or reject
  --policy availability|per-key      what producers do while their consumers finish the mirrored topic (default availability): availability:
                                     they write at the refuge at once; per-key: they wait until that is done, so that each key keeps its order
  --help                             this text
`;

export type LabOptions = Pick<DrillOptions, 'trigger' | 'policy'> & { readonly help: boolean };

/** @throws BadOption */
export function readLabOptions(args: readonly string[]): LabOptions {
  const { trigger, policy, help = false } = parse(args);
  return { trigger: choice('trigger', trigger), policy: choice('policy', policy), help };
}

function choice<K extends Choice>(name: K, given: string = CHOICES[name][0]): (typeof CHOICES)[K][number] {
  const found = CHOICES[name].find((allowed) => allowed === given);
  if (found !== undefined) return found;
  throw new BadOption(`--${name} is "${given}"${meant(given, CHOICES[name])}; allowed: ${CHOICES[name].join(', ')}`);
}

const meant = (word: string, names: readonly string[]): string => {
  const near = nearest(word, names);
  return near === undefined ? '' : ` (did you mean "${near}"?)`;
};

function parse(args: readonly string[]) {
  const options = {
    trigger: { type: 'string' },
    policy: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    const { message = String(error) } = error as { readonly message?: string };
    const [, unknown] = /^Unknown option '--?([^']*)'/.exec(message) ?? [];
    const said =
      unknown === undefined ? message : `the lab has no option "--${unknown}"${meant(unknown, Object.keys(options))}`;
    throw new BadOption(`${said}\n\n${LAB_OPTIONS_HELP}`);
  }
}
