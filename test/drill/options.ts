/** What a person may ask of a drill. Nonsense gets one sentence with the value, what is allowed and what to do. */
import { parseArgs } from 'node:util';

export interface DrillOptions {
  readonly trigger: 'automatic' | 'manual' | 'alarm';
  readonly fail: 'K1' | 'K2';
  readonly policy: 'availability' | 'per-key';
  readonly naive: boolean;
  readonly step: boolean;
  readonly keep: boolean;
  /** Folder for report.json and index.html, relative to the clone. */
  readonly report: string;
  readonly help: boolean;
}

export class BadOption extends Error {}

export const HELP = `npm run drill -- [options]

  --trigger automatic|manual|alarm   who starts the failover (default automatic)
  --fail K1|K2                       which cluster is killed (default K1)
  --policy availability|per-key      what producers do while consumers finish (default availability)
  --naive                            move by hand the usual way, to compare: no seeds, stock assigner, MirrorMaker 2's group sync
  --step                             wait for Enter before each act of the story
  --keep                             leave everything running at the end, until Ctrl-C
  --report <folder>                  where report.json and index.html go (default drill-report)
`;

export const CHOICES = {
  trigger: ['automatic', 'manual', 'alarm'],
  fail: ['K1', 'K2'],
  policy: ['availability', 'per-key'],
} as const;

export function readOptions(args: readonly string[]): DrillOptions {
  const values = parse(args);
  const choice = <K extends keyof typeof CHOICES>(name: K): (typeof CHOICES)[K][number] => {
    const given = values[name] ?? CHOICES[name][0];
    const found = CHOICES[name].find((allowed) => allowed === given);
    if (found === undefined) throw new BadOption(`--${name} is "${given}"; allowed: ${CHOICES[name].join(', ')}`);
    return found;
  };
  return {
    trigger: choice('trigger'),
    fail: choice('fail'),
    policy: choice('policy'),
    naive: values.naive ?? false,
    step: values.step ?? false,
    keep: values.keep ?? false,
    report: values.report ?? 'drill-report',
    help: values.help ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        trigger: { type: 'string' },
        fail: { type: 'string' },
        policy: { type: 'string' },
        naive: { type: 'boolean' },
        step: { type: 'boolean' },
        keep: { type: 'boolean' },
        report: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new BadOption(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
  }
}
