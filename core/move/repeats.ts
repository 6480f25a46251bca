/**
 * How much a way home without the refuge processes again, told before anybody approves it: what lies between where each group
 * would go on at home and what it may have processed, and what the refuge had not copied when it was lost. It holds as long as
 * the refuge stays down.
 */
import type { EpochMs, NonEmpty } from '../contracts/primitives.ts';
import { isNonEmpty } from '../contracts/primitives.ts';
import type { FlowObservation } from '../contracts/observations.ts';
import type { HomewardRecord } from '../contracts/tables.ts';
import { larger } from '../replication/offsets.ts';
import type { GroupConfig } from '../config/schema.ts';
import type { ExpectedLoss } from './loss.ts';

/** Plain JSON: it is stored with the decision that was made on it. */
export type Repeats =
  | {
      readonly kind: 'bounded';
      /** Records processed again at most, per group and in all. */
      readonly byGroup: Readonly<Record<string, string>>;
      readonly records: string;
      /** Of them, for each group: written at the refuge and not known to be copied when it was lost. */
      readonly uncopied: string;
      /** The oldest look that it is reckoned from. */
      readonly lookedAtMs: EpochMs;
    }
  | { readonly kind: 'unbounded'; readonly because: NonEmpty<string> };

export interface RepeatsEvidence {
  readonly topics: readonly string[];
  readonly groups: readonly Pick<GroupConfig, 'id' | 'mode'>[];
  /** As home's region keeps them, of this stay. */
  readonly homeward: readonly HomewardRecord[];
  /** Log ends at home of the copies, per topic of the set, looked at since the refuge was lost; undefined: nobody has. */
  readonly copies: ReadonlyMap<string, NonNullable<FlowObservation['remoteEnds']>[string]> | undefined;
  /** What was written at the refuge and not copied; its upper end counts. */
  readonly uncopied: ExpectedLoss;
}

/** Who always reads both meets each place of a log once, whatever lies in it. */
export function judgeRepeats({ topics, groups, homeward, copies, uncopied }: RepeatsEvidence): Repeats {
  const counted = groups.filter(({ mode }) => mode !== 'reads-remote').map(({ id }) => id);
  const places = counted.flatMap((group) => topics.map((topic) => ({ group, topic })));
  const found = homeward.filter(({ group, topic }) => counted.includes(group) && topics.includes(topic));
  const gaps = places
    .filter(({ group, topic }) => !found.some((one) => one.group === group && one.topic === topic))
    .map(({ group, topic }) => `where ${group} would go on in "${topic}" was not looked at in this stay`);
  const unknown = uncopied.kind === 'unknown' ? uncopied.because : [];
  if (copies === undefined) return { kind: 'unbounded', because: [ENDS_UNSEEN, ...unknown, ...gaps] };
  if (uncopied.kind === 'unknown') return { kind: 'unbounded', because: [...uncopied.because, ...gaps] };
  if (isNonEmpty(gaps)) return { kind: 'unbounded', because: gaps };
  const left = BigInt(uncopied.records.upper);
  const byGroup = counted.map((group) => {
    const records = found.filter((record) => record.group === group);
    return [group, left + againOf(records, copies)] as const;
  });
  return {
    kind: 'bounded',
    byGroup: Object.fromEntries(byGroup.map(([group, records]) => [group, String(records)])),
    records: String(byGroup.reduce((all, [, records]) => all + records, 0n)),
    uncopied: String(left),
    lookedAtMs: found.reduce((oldest, { atMs }) => Math.min(oldest, atMs), Number.MAX_SAFE_INTEGER),
  };
}

const ENDS_UNSEEN = 'where its copies end at home was not looked at since the refuge was lost';

/** Copies may have come since the position was looked at: it holds, and their end is the one of now. */
const againOf = (records: readonly HomewardRecord[], ends: NonNullable<RepeatsEvidence['copies']>): bigint =>
  records.reduce((all, { topic, own, copies }) => {
    const behind = Object.entries(copies).map(([partition, { position, again }]) => {
      const end = ends.get(topic)?.[partition]?.highWatermark;
      return end === undefined ? BigInt(again) : larger(BigInt(again), BigInt(end) - BigInt(position));
    });
    return [...Object.values(own).map(({ again }) => BigInt(again)), ...behind].reduce((a, b) => a + b, all);
  }, 0n);

/** For people, before they approve and when it is over. */
export function repeatsSentence(repeats: Repeats): string {
  if (repeats.kind === 'unbounded')
    return `how many records are processed again cannot be bounded: ${repeats.because.slice(0, 3).join('; ')}`;
  const groups = Object.entries(repeats.byGroup)
    .map(([group, records]) => `${group} ${records}`)
    .join(', ');
  return `at most ${repeats.records} records are processed again (${groups}; up to ${repeats.uncopied} of each not copied when it was lost), as long as it stays down`;
}
