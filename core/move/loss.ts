/**
 * What a failover would leave behind at home, told while home cannot be read: a range, and how old the reading is.
 * Lower end: what the last sample of home's log ends held and replication has not acknowledged. Upper end: that, and what
 * producers may have written since, at the highest rate seen. Counted in offsets: transaction markers are among them.
 */
import type { FlowObservation } from '../contracts/observations.ts';
import type { EpochMs, NonEmpty } from '../contracts/primitives.ts';
import { isNonEmpty } from '../contracts/primitives.ts';
import type { HomeSample } from '../contracts/tables.ts';
import { instant, seconds } from '../health/words.ts';

/** Plain JSON: it is stored with the decision that was made on it. */
export type ExpectedLoss =
  | {
      readonly kind: 'estimated';
      readonly records: { readonly lower: string; readonly upper: string };
      /** null: nothing was written lately, so what is missing has no age that could be told. */
      readonly seconds: { readonly lower: number; readonly upper: number } | null;
      /** Highest rate between two samples in a row, over all topics. */
      readonly recordsPerSecond: number;
      /** The oldest of the topics' samples: the range is as old as this. */
      readonly sampledAtMs: EpochMs;
      readonly ageMs: number;
    }
  | { readonly kind: 'unknown'; readonly because: NonEmpty<string> };

/** Limits of the configuration; absent = that measure is not limited. */
export interface LossLimit {
  readonly records?: number | undefined;
  readonly seconds?: number | undefined;
}

export interface LossEvidence {
  readonly topics: readonly string[];
  /** Newest sample per group and topic. */
  readonly samples: readonly HomeSample[];
  /** Looks at the flow from home to the refuge. */
  readonly looks: readonly FlowObservation[];
  /** The instant that the loss is told for. */
  readonly atMs: EpochMs;
}

type Copied = NonNullable<FlowObservation['replicatedOffsets']>;

interface TopicLoss {
  readonly missing: bigint;
  readonly peakPerSecond: number;
  readonly meanPerSecond: number;
  readonly sampledAtMs: EpochMs;
}

export function expectedLoss({ topics, samples, looks, atMs }: LossEvidence): ExpectedLoss {
  const copied = newestCopied(looks, atMs);
  if (!copied) return { kind: 'unknown', because: ['no look at the flow tells what it has copied'] };
  const known: TopicLoss[] = [];
  const gaps: string[] = [];
  for (const topic of topics) {
    const loss = topicLoss(topic, samples, copied);
    if (typeof loss === 'string') gaps.push(loss);
    else known.push(loss);
  }
  if (isNonEmpty(gaps)) return { kind: 'unknown', because: gaps };
  const sampledAtMs = known.reduce((oldest, loss) => Math.min(oldest, loss.sampledAtMs), atMs);
  return rangeOf(known, { sampledAtMs, ageMs: atMs - sampledAtMs });
}

/**
 * Until when anybody can have written at a refuge that is lost: the second look in a row that could not read its log ends any more,
 * or that it was confirmed down.
 * @param looks at the flow from the refuge to home
 */
export function writtenUntil(looks: readonly FlowObservation[], lostAtMs: EpochMs): EpochMs {
  const sorted = inOrder(looks);
  const lastSeen = sorted.findLastIndex(({ sourceEnds }) => sourceEnds !== undefined);
  const unseen = lastSeen < 0 ? undefined : sorted[lastSeen + 2];
  return Math.min(lostAtMs, unseen?.atMs ?? lostAtMs);
}

const inOrder = (looks: readonly FlowObservation[]): readonly FlowObservation[] =>
  [...new Map(looks.map((look) => [look.atMs, look])).values()].toSorted((a, b) => a.atMs - b.atMs);

/** The same for a refuge that is lost: what was written there until then and is not known to be copied. */
export function leftAtRefuge({
  looks,
  writtenUntilMs: atMs,
  ...rest
}: Omit<LossEvidence, 'atMs'> & { readonly writtenUntilMs: EpochMs }): ExpectedLoss {
  // What the flow has copied it may tell later.
  const known = inOrder(looks).map((look) => ({ ...look, atMs: Math.min(look.atMs, atMs) }));
  return expectedLoss({ ...rest, looks: known, atMs });
}

const newestOf = <T extends { readonly atMs: EpochMs }>(seen: readonly T[]): T | undefined =>
  seen.toSorted((a, b) => a.atMs - b.atMs).at(-1);

const newestCopied = (looks: readonly FlowObservation[], atMs: EpochMs): Copied | undefined =>
  newestOf(looks.filter((look) => look.replicatedOffsets !== undefined && look.atMs <= atMs))?.replicatedOffsets;

/** A topic's figures, or what is missing to tell them. */
function topicLoss(topic: string, samples: readonly HomeSample[], copied: Copied): TopicLoss | string {
  const sample = newestOf(samples.filter((candidate) => candidate.topic === topic));
  if (!sample) return `log ends of "${topic}" at home were never sampled`;
  const rates = ratesOf(sample);
  if (!isNonEmpty(rates)) return `"${topic}" was sampled once, so its produce rate is not known`;
  let missing = 0n;
  for (const [partition, { start, end }] of Object.entries(sample.partitions)) {
    const offset = copied[topic]?.[partition];
    const next = offset === undefined ? BigInt(start) : BigInt(offset) + 1n;
    // Stryker disable next-line EqualityOperator: adding nothing changes nothing
    if (BigInt(end) > next) missing += BigInt(end) - next;
  }
  const totalSeconds = rates.reduce((sum, rate) => sum + rate.overSeconds, 0);
  const written = rates.reduce((sum, rate) => sum + rate.perSecond * rate.overSeconds, 0);
  return {
    missing,
    peakPerSecond: rates.reduce((peak, { perSecond }) => Math.max(peak, perSecond), 0),
    meanPerSecond: written / totalSeconds,
    sampledAtMs: sample.atMs,
  };
}

interface Rate {
  readonly perSecond: number;
  readonly overSeconds: number;
}

/** The highest rate between two samples in a row, in records per second; null = there are no two. */
export function peakRate(sample: HomeSample): number | null {
  const rates = ratesOf(sample);
  return isNonEmpty(rates) ? rates.reduce((peak, { perSecond }) => Math.max(peak, perSecond), 0) : null;
}

/** Between each two samples in a row. An end that went back is another log: nothing is learnt from it. */
function ratesOf({ recent }: HomeSample): readonly Rate[] {
  if (recent === undefined) return [];
  return recent.slice(1).flatMap((later, i) => {
    const earlier = recent[i]!;
    const overSeconds = (later.atMs - earlier.atMs) / 1000;
    const grown = BigInt(later.end) - BigInt(earlier.end);
    return overSeconds > 0 && grown >= 0n ? [{ perSecond: Number(grown) / overSeconds, overSeconds }] : [];
  });
}

function rangeOf(
  topics: readonly TopicLoss[],
  { sampledAtMs, ageMs }: { readonly sampledAtMs: EpochMs; readonly ageMs: number },
): ExpectedLoss {
  const missing = topics.reduce((sum, topic) => sum + topic.missing, 0n);
  const peak = topics.reduce((sum, topic) => sum + topic.peakPerSecond, 0);
  const mean = topics.reduce((sum, topic) => sum + topic.meanPerSecond, 0);
  const upper = missing + BigInt(Math.ceil((peak * ageMs) / 1000));
  return {
    kind: 'estimated',
    records: { lower: String(missing), upper: String(upper) },
    seconds: secondsOf(missing, { peak, mean, ageMs }),
    recordsPerSecond: tenths(peak),
    sampledAtMs,
    ageMs,
  };
}

/** So long ago was the oldest missing record written: at the highest rate at least, at the mean rate at most, and the reading's age. */
function secondsOf(
  missing: bigint,
  { peak, mean, ageMs }: { readonly peak: number; readonly mean: number; readonly ageMs: number },
): { readonly lower: number; readonly upper: number } | null {
  if (missing === 0n) return { lower: 0, upper: tenths(ageMs / 1000) };
  if (mean <= 0) return null;
  return { lower: tenths(Number(missing) / peak), upper: tenths(Number(missing) / mean + ageMs / 1000) };
}

const tenths = (value: number): number => Math.round(value * 10) / 10;

/** For people: the range, its basis and its age. */
export function lossSentence(loss: ExpectedLoss): string {
  if (loss.kind === 'unknown') return `expected loss is unknown: ${loss.because.join('; ')}`;
  const { records, seconds: span, recordsPerSecond, sampledAtMs, ageMs } = loss;
  const time = span === null ? 'of unknown age' : `${span.lower} to ${span.upper} s`;
  return `expected loss ${records.lower} to ${records.upper} records (${time}), by log ends of ${instant(sampledAtMs)}, ${seconds(ageMs)} old, at up to ${recordsPerSecond} records/s`;
}

/** What of the loss passes the limits, in one sentence; empty = within them. What is not known passes every limit. */
export function overLimit(loss: ExpectedLoss | null, limit: LossLimit): readonly string[] {
  if (loss === null) return ['nobody has told the expected loss'];
  if (loss.kind === 'unknown') return [lossSentence(loss)];
  const problems: string[] = [];
  if (limit.records !== undefined && BigInt(loss.records.upper) > BigInt(limit.records))
    problems.push(`up to ${loss.records.upper} records, allowed ${limit.records}`);
  if (limit.seconds !== undefined && (loss.seconds === null || loss.seconds.upper > limit.seconds))
    problems.push(`up to ${loss.seconds === null ? 'unknown' : loss.seconds.upper} s, allowed ${limit.seconds} s`);
  return problems.length === 0 ? [] : [`${problems.join('; ')}; ${lossSentence(loss)}`];
}
