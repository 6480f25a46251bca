/** What a person may ask of a drill. Nonsense gets one sentence with the value, what is allowed and what to do. */
import { meant } from '../../core/contracts/near.ts';
import type { DrillOptions } from './drill-options.ts';
import { SCENARIOS } from './scenarios/list.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { BadOption, choice, helpOf, typed } from './typed.ts';

export const HELP = helpOf('drill');

export const CHOICES = {
  trigger: ['automatic', 'manual', 'alarm'],
  fail: ['K1', 'K2'],
  policy: ['availability', 'per-key'],
} as const;

export function readOptions(args: readonly string[]): DrillOptions {
  const values = parse(args);
  const naive = values.naive ?? false;
  if (naive) refuseBesideNaive(values);
  const of = <K extends keyof typeof CHOICES>(name: K) =>
    choice<(typeof CHOICES)[K][number]>(name, values[name] ?? CHOICES[name][0], CHOICES[name]);
  return {
    trigger: naive ? 'manual' : of('trigger'),
    fail: of('fail'),
    policy: of('policy'),
    naive,
    rounds: roundsOf(values),
    wide: values.wide ?? false,
    exactlyOnce: values['exactly-once'] ?? false,
    interrupt: values.interrupt ?? false,
    killClients: values['kill-clients'] ?? false,
    scenarios: scenariosOf(values),
    step: values.step ?? false,
    keep: values.keep ?? false,
    report: values.report ?? (naive ? 'drill-report/naive' : 'drill-report'),
    help: values.help ?? false,
  };
}

const OPTIONS = {
  trigger: { type: 'string' },
  fail: { type: 'string' },
  policy: { type: 'string' },
  naive: { type: 'boolean' },
  rounds: { type: 'string' },
  wide: { type: 'boolean' },
  'exactly-once': { type: 'boolean' },
  interrupt: { type: 'boolean' },
  'kill-clients': { type: 'boolean' },
  scenario: { type: 'string', multiple: true },
  step: { type: 'boolean' },
  keep: { type: 'boolean' },
  report: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const MOST_ROUNDS = 5;

function roundsOf({ rounds: given = '1', interrupt, naive }: ReturnType<typeof parse>): number {
  const rounds = /^\d$/.test(given) ? Number(given) : 0;
  if (rounds < 1 || rounds > MOST_ROUNDS)
    throw new BadOption(`--rounds is "${given}"; allowed: a whole number from 1 to ${MOST_ROUNDS}`);
  if (rounds > 1 && naive === true) throw alone('rounds', given, '--naive', '1');
  if (rounds > 1 && interrupt === true)
    throw new BadOption(
      `--rounds is "${given}"; --interrupt interrupts each step once and is done after one round: leave one of them out`,
    );
  return rounds;
}

/** A scenario has a world and an outcome of its own. */
function scenariosOf({ scenario: given = [], ...others }: ReturnType<typeof parse>): readonly string[] {
  if (given.length === 0) return [];
  const beside = Object.keys(others).filter((name) => !['help', 'fail'].includes(name));
  if (beside.length > 0)
    throw new BadOption(
      `--scenario goes without ${beside.map((name) => `--${name}`).join(', ')}: leave one of them out`,
    );
  const known = SCENARIOS.map(({ id }) => id);
  const unknown = given.filter((id) => id !== 'all' && !known.includes(id));
  if (unknown.length > 0)
    throw new BadOption(
      `--scenario is ${unknown.map((id) => `"${id}"${meant(id, known)}`).join(', ')}; allowed: ${known.join(', ')}, all`,
    );
  const chosen = SCENARIOS.filter(({ id, draft }) => given.includes(id) || (given.includes('all') && draft !== true));
  if (others.fail !== undefined) refuseWhatDoesNotTurn(chosen, others.fail);
  return chosen.map(({ id }) => id);
}

const turns = (scenario: Scenario): boolean => scenario.world === 'own' && scenario.turns === true;

function refuseWhatDoesNotTurn(chosen: readonly Scenario[], fail: string): void {
  const idsOf = (scenarios: readonly Scenario[]): string => scenarios.map(({ id }) => id).join(', ');
  const fixed = chosen.filter((scenario) => !turns(scenario));
  if (fixed.length > 0)
    throw new BadOption(
      `--fail is "${fail}"; ${idsOf(fixed)} can be played one way only: leave --fail out, or name some of ${idsOf(SCENARIOS.filter(turns))}`,
    );
}

const alone = (option: string, given: string, beside: string, allowed: string): BadOption =>
  new BadOption(`--${option} is "${given}"; with ${beside} only "${allowed}" makes sense: leave the option out`);

/** A person starts a naive move, and producers write to the refuge as soon as they are there. */
function refuseBesideNaive(values: ReturnType<typeof parse>): void {
  const { trigger = 'manual', policy = 'availability', interrupt } = values;
  if (trigger !== 'manual') throw alone('trigger', trigger, '--naive', 'manual');
  if (policy !== 'availability') throw alone('policy', policy, '--naive', 'availability');
  if (interrupt)
    throw new BadOption(
      '--interrupt is for the deployed system, and with --naive nothing is deployed: leave one of them out',
    );
  const form = (['wide', 'exactly-once', 'kill-clients'] as const).filter((name) => values[name]);
  if (form.length > 0)
    throw new BadOption(
      `--naive goes without ${form.map((name) => `--${name}`).join(', ')}: it is compared with the plain form`,
    );
}

const parse = (args: readonly string[]) => typed(args, OPTIONS, { who: 'the drill', help: HELP });
