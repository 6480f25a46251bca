/** Translations as the deployed functions make them, and the truth by content. */
import type { PairConfig } from '../../core/config/schema.ts';
import { translateForward, type ForwardAnswer } from '../../core/positions/forward.ts';
import type { SyncMap } from '../../core/positions/sync-map.ts';
import { remoteTopic } from '../../core/replication/names.ts';
import type { KafkaPorts } from '../../lambdas/adapters/kafka/index.ts';
import { proveMaps } from '../../lambdas/gather/proof.ts';
import { namingOf, syncReader } from '../../lambdas/gather/syncs.ts';
import type { LogRecord } from '../../lambdas/ports.ts';

export interface Question {
  readonly partition: number;
  /** The group's commit at home. */
  readonly home: bigint;
}

export interface Answered extends Question {
  /** By syncs alone. */
  readonly map: SyncMap;
  readonly bySyncs: ForwardAnswer;
  /** With what the remote log proves. */
  readonly answer: ForwardAnswer;
}

/** Reads the syncs anew for each call, as a pin does. */
export async function translate(
  { kafka, config }: { readonly kafka: KafkaPorts; readonly config: PairConfig },
  topic: string,
  questions: readonly Question[],
  flow = { source: 'K1', target: 'K2' },
): Promise<readonly Answered[]> {
  const remote = remoteTopic(flow.source, topic, namingOf(config));
  const asked = questions.map((question) => ({ ...question, topic, remote }));
  const wanted = { flow, topics: new Set([topic]), logSince: () => 0 };
  const clock = { nowMs: () => Date.now(), pause: async () => undefined };
  const maps = await syncReader({ kafka, clock }, config, wanted)(asked);
  const target = kafka.reader(flow.target);
  const proven = await proveMaps(target, maps, asked);
  const ends = (await target.ends([remote])).get(remote)!;
  return questions.map(({ partition, home }) => {
    const { start: logStart, highWatermark: end } = ends.get(partition)!;
    const map = maps.of(topic, partition);
    return {
      partition,
      home,
      map,
      bySyncs: translateForward(map, home, { logStart, end }),
      answer: translateForward(proven.of(topic, partition, home), home, { logStart, end }),
    };
  });
}

/** What is where: each copy with the offset its record has at the source. Values have to be unique. */
export interface Truth {
  readonly copies: readonly { readonly upstream: bigint; readonly downstream: bigint }[];
}

export async function truthOf(
  { kafka, config }: { readonly kafka: KafkaPorts; readonly config: PairConfig },
  topic: string,
  partition: number,
  source: readonly LogRecord[],
): Promise<Truth> {
  const upstreamOf = new Map(source.map(({ value, offset }) => [value!.toString(), offset]));
  const remote = await kafka.reader('K2').readLog(remoteTopic('K1', topic, namingOf(config)), partition, 'start');
  return {
    copies: remote.map(({ value, offset }) => ({ upstream: upstreamOf.get(value!.toString())!, downstream: offset })),
  };
}

/** Records copied, not processed at home, and never met by a group that begins at `position`. */
export function skipped({ copies }: Truth, home: bigint, position: bigint): number {
  const met = new Set(copies.filter(({ downstream }) => downstream >= position).map(({ upstream }) => upstream));
  return new Set(
    copies.filter(({ upstream }) => upstream >= home && !met.has(upstream)).map(({ upstream }) => upstream),
  ).size;
}

/** Copies of processed records that a group meets which begins at `position`. */
export const readAgain = ({ copies }: Truth, home: bigint, position: bigint): number =>
  copies.filter(({ upstream, downstream }) => downstream >= position && upstream < home).length;
