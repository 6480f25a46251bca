/** The tail from the day that home was left until it is processed: what may be there, what was found, what was taken. Pure. */
import type { PositionRecord } from '../contracts/tables.ts';
import type { Taken, TailFields, TailReport } from '../contracts/tail.ts';
import { larger } from '../replication/offsets.ts';
import { tailName } from './tail.ts';

export interface Places {
  readonly home: string;
  readonly refuge: string;
}

type Stored = PositionRecord['partitions'][string];

interface Spot {
  readonly group: string;
  readonly topic: string;
  readonly name: string;
  readonly stored: Stored;
}

/** An item, an event and a mail have limits; the gravest come first. */
const MOST_LINES = 50;

/** @param positions of one epoch; null = there are none, so there is nothing to tell */
export function tailReport(positions: readonly PositionRecord[], places: Places): TailReport | null {
  const [first] = positions;
  if (first === undefined) return null;
  const spots = positions.flatMap(({ group, topic, partitions }) =>
    Object.entries(partitions).map(([partition, stored]) => ({
      group,
      topic,
      name: tailName(topic, partition),
      stored,
    })),
  );
  const told = spots.flatMap((spot) => lineOf(spot, places)).toSorted((a, b) => b.weight - a.weight);
  const figures = { left: leftOf(spots), ...foundOf(spots), taken: String(takenOf(spots)) };
  return {
    epoch: first.epoch,
    ...figures,
    partitions: told.slice(0, MOST_LINES).map(({ line }) => line),
    leftOut: Math.max(0, told.length - MOST_LINES),
    sentence: sentenceOf(figures, places),
  };
}

/** A topic's partition has one tail, however many groups read it. What grew since the sample grew once per topic. */
function leftOf(spots: readonly Spot[]): TailReport['left'] {
  const byName = new Map(spots.map(({ name, topic, stored: { left } }) => [name, { topic, left }] as const));
  let [lower, isKnown, isBounded] = [0n, true, true];
  const growth = new Map<string, bigint>();
  for (const { topic, left } of byName.values()) {
    if (left?.lower == null) isKnown = false;
    else lower += BigInt(left.lower);
    if (left?.lower == null || left.upper === null) isBounded = false;
    else growth.set(topic, larger(growth.get(topic) ?? 0n, BigInt(left.upper) - BigInt(left.lower)));
  }
  const upper = [...growth.values()].reduce((sum, grown) => sum + grown, lower);
  return { lower: isKnown ? String(lower) : null, upper: isBounded ? String(upper) : null };
}

function foundOf(spots: readonly Spot[]): Pick<TailReport, 'found'> {
  const found = spots.flatMap(({ stored }) => stored.found ?? []);
  if (found.length === 0) return {};
  const atMost = found.reduce((sum, { from, to }) => sum + BigInt(to) - BigInt(from), 0n);
  const isWhole = found.length === spots.length && found.every(({ kind }) => kind !== 'gone');
  const kind = !isWhole ? 'unknown' : found.every((one) => one.kind === 'exact') ? 'exact' : 'bounded';
  return { found: { kind, atMost: String(atMost) } };
}

const takenOf = (spots: readonly Spot[]): bigint =>
  spots.reduce((sum, { stored }) => sum + takenParts(stored).reduce((all, { offsets }) => all + offsets, 0n), 0n);

interface Part {
  readonly where: keyof NonNullable<TailFields['taken']>;
  readonly offsets: bigint;
}

const takenParts = ({ taken }: Stored): readonly Part[] =>
  (['home', 'remote', 'refuge'] as const).flatMap((where) => {
    const one: Taken | undefined = taken?.[where];
    return one === undefined || one.offsets === '0' ? [] : [{ where, offsets: BigInt(one.offsets) }];
  });

interface Line {
  readonly line: string;
  readonly weight: number;
}

/** Nothing for a partition of which everything was copied and nothing was taken. */
function lineOf({ group, name, stored }: Spot, { home, refuge }: Places): readonly Line[] {
  const WHERE = { home: `at ${home}`, remote: `in the copies at ${refuge}`, refuge: `in ${refuge}'s own topic` };
  const taken = takenParts(stored).map(({ where, offsets }) => `${offsets} taken ${WHERE[where]}`);
  const { left, found } = stored;
  const parts = [
    ...(left === undefined || left.upper === '0' ? [] : [`left ${rangeText(left)}`]),
    ...(found === undefined || found.from === found.to ? [] : [foundText(found, home)]),
    ...taken,
  ];
  if (parts.length === 0) return [];
  const weight = taken.length > 0 || found?.kind === 'gone' ? 2 : left?.lower == null ? 1 : 0;
  return [{ line: `${group} ${name}: ${parts.join('; ')}`, weight }];
}

function rangeText({ lower, upper, because }: NonNullable<TailFields['left']>): string {
  if (lower === null) return `unknown (${because})`;
  if (upper === null) return `${lower} or more (${because})`;
  return lower === upper ? lower : `${lower} to ${upper}`;
}

function foundText({ kind, from, to, because }: NonNullable<TailFields['found']>, home: string): string {
  if (kind === 'gone') return `gone with the old log (${because})`;
  const count = BigInt(to) - BigInt(from);
  const range = `${from}..${BigInt(to) - 1n}`;
  return kind === 'exact'
    ? `${count} processed at ${home} (${range}, exact)`
    : `at most ${count} processed at ${home} (${range}; ${because})`;
}

function sentenceOf({ left, found, taken }: Pick<TailReport, 'left' | 'found' | 'taken'>, { home }: Places): string {
  const range =
    left.lower === null
      ? 'unknown for some partitions'
      : `${rangeText({ ...left, because: 'the produce rate is not known everywhere' })} offset(s)`;
  const FOUND = {
    exact: (count: string) => `${count} offset(s), exact, processed at ${home}`,
    bounded: (count: string) => `at most ${count} offset(s), processed at ${home}`,
    unknown: (count: string) =>
      `at most ${count} offset(s) where ${home} was looked at, processed there; not known everywhere`,
  };
  return [
    `tail when ${home} was left: ${range}`,
    ...(found === undefined ? [] : [`found for the groups: ${FOUND[found.kind](found.atMost)}`]),
    `taken by retention or truncation: ${taken === '0' ? 'nothing was seen' : `${taken} offset(s)`}`,
  ].join('; ');
}
