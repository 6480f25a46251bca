/**
 * Producers that have not followed yet. Whoever acknowledges is counted by name. Of those that never say anything Kafka shows
 * one thing only, whether the topics that they leave still grow; where others write to them too it shows nothing, and a
 * declared time has to do.
 */
import type { FlowObservation } from '../contracts/observations.ts';
import type { Phase } from '../contracts/primitives.ts';
import type { PublishTarget } from './plan.ts';

/** The set's topics on the cluster that its producers are to leave: whether they have grown since they were first looked at. */
export type EndsLeft =
  | { readonly kind: 'still' }
  /** `unknown`: not read, or not for long enough. */
  | { readonly kind: 'growing' | 'unknown'; readonly because: string };

/** Kept from look to look: what the ends summed up to, and since when it is that. */
export interface EndsSeen {
  readonly sum: string;
  readonly sinceMs: number;
}

export interface EndsQuestion {
  /** Of the topics that were told; ends as they were read at `nowMs` at the latest. */
  readonly ends: ReadonlyMap<string, ReadonlyMap<number, { readonly highWatermark: bigint }>>;
  /** All of them have to be told: of one that is not nobody knows whether it grows. */
  readonly topics: readonly string[];
  readonly cluster: string;
  readonly nowMs: number;
  readonly silentSeconds: number;
  readonly before: EndsSeen | undefined;
}

/** Unchanged for long means that nobody writes there any more. Ends never fall, so the same sum is the same ends. */
export function judgeEndsLeft(asked: EndsQuestion): { readonly seen?: EndsSeen; readonly endsLeft: EndsLeft } {
  const { ends, topics, cluster, nowMs, silentSeconds, before } = asked;
  const untold = topics.filter((topic) => (ends.get(topic)?.size ?? 0) === 0);
  if (untold.length > 0)
    return { endsLeft: { kind: 'unknown', because: `${cluster} tells no log ends of ${untold.join(', ')}` } };
  let total = 0n;
  for (const topic of topics) for (const { highWatermark } of ends.get(topic)!.values()) total += highWatermark;
  const sum = String(total);
  const seen = { sum, sinceMs: before?.sum === sum ? before.sinceMs : nowMs };
  const stoodMs = nowMs - seen.sinceMs;
  if (stoodMs >= silentSeconds * 1000) return { seen, endsLeft: { kind: 'still' } };
  const because = `the topics at ${cluster} have not grown for ${Math.floor(stoodMs / 1000)} s, asked for ${silentSeconds} s`;
  return { seen, endsLeft: { kind: 'growing', because } };
}

export interface ProducerFacts {
  readonly phase: Phase;
  readonly target: PublishTarget;
  /** How many were heard of shortly before the claim, or since. */
  readonly heardOf: number;
  /** Those of them that have not acknowledged, in words. */
  readonly behind: readonly string[];
  readonly endsLeft: EndsLeft;
  readonly waitedMs: number;
  /** Declared plain readers never acknowledge; they count as moved after this. */
  readonly assumeAfterSeconds: number | undefined;
}

/** Phases whose first publish sends producers to another cluster. The later ones of a move find them there. */
export const sendsProducers = ({ phase, target }: Pick<ProducerFacts, 'phase' | 'target'>): boolean =>
  phase === 'returning' ? target === 'producers' : phase !== 'refuge' && phase !== 'home';

/** Empty = every producer has moved. */
export function missingProducers(facts: ProducerFacts): readonly string[] {
  const { phase, behind, endsLeft, assumeAfterSeconds } = facts;
  // One that was heard of and pauses may write there again; where nothing may be left behind only its own word counts.
  const forced = phase === 'draining' || phase === 'refuge';
  return [...(forced && endsLeft.kind === 'still' ? [] : behind), ...unheard(facts, assumeAfterSeconds)];
}

function unheard(facts: ProducerFacts, assumeAfterSeconds: number | undefined): readonly string[] {
  const { heardOf, endsLeft, waitedMs } = facts;
  // They are invisible, so with them declared the time has to pass even when everybody visible has moved.
  if (assumeAfterSeconds !== undefined)
    return waitedMs >= assumeAfterSeconds * 1000
      ? []
      : [`producers that never acknowledge (assumed moved after ${assumeAfterSeconds} s)`];
  if (heardOf > 0 || endsLeft.kind === 'still' || !sendsProducers(facts)) return [];
  return [`any producer: none was heard of, and ${endsLeft.because}`];
}

export interface GoneFacts {
  /** Of the producers that were heard of: have they acknowledged a value of this epoch? */
  readonly acknowledged: 'all' | 'not-all' | 'nobody-heard-of';
  /** Home's ends have stood still for as long as a client counts as silent, since the value was published. */
  readonly homeStoodStill: boolean;
  readonly sincePublishedMs: number;
  readonly assumeAfterSeconds: number | undefined;
}

/** Whether any producer of the set may still write at home. */
export function producersGone(facts: GoneFacts): 'moved' | 'not-all' | 'unknown' {
  const { acknowledged, homeStoodStill, sincePublishedMs, assumeAfterSeconds } = facts;
  const isDeclared = assumeAfterSeconds !== undefined;
  const heardHaveMoved = acknowledged === 'all' || homeStoodStill || (acknowledged !== 'not-all' && isDeclared);
  const isOver = !isDeclared || sincePublishedMs >= assumeAfterSeconds * 1000;
  if (heardHaveMoved && isOver) return 'moved';
  return acknowledged === 'nobody-heard-of' ? 'unknown' : 'not-all';
}

/**
 * Whether a flow's source has not grown for so long, by looks at it. Ends never fall: two looks that saw the same have seen
 * that nothing was written between them.
 * @param looks oldest first; those that could not read the source say nothing
 */
export function sourceStoodStill(
  looks: readonly Pick<FlowObservation, 'atMs' | 'sourceEnds'>[],
  topics: readonly string[],
  { sinceMs, forMs }: { readonly sinceMs: number; readonly forMs: number },
): boolean {
  const seen = looks.flatMap(({ atMs, sourceEnds }) =>
    atMs >= sinceMs && topics.every((topic) => Object.keys(sourceEnds?.[topic] ?? {}).length > 0)
      ? [{ atMs, ends: endsText(sourceEnds!, topics) }]
      : [],
  );
  const newest = seen.at(-1);
  if (newest === undefined) return false;
  const first = seen.find(({ ends }) => ends === newest.ends)!;
  return newest.atMs - first.atMs >= forMs;
}

const endsText = (ends: NonNullable<FlowObservation['sourceEnds']>, topics: readonly string[]): string =>
  JSON.stringify(
    topics
      .flatMap((topic) =>
        Object.entries(ends[topic] ?? {}).map(
          ([partition, { highWatermark }]) => `${topic}|${partition}|${highWatermark}`,
        ),
      )
      .toSorted(),
  );
