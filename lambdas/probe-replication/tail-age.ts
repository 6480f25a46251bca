/** While a client set is away after a failover: how old the tail may be that it left at home. Looked at now and then, not judged. */
import { remoteTopicOf } from '../../core/config/pair.ts';
import type { PlacedSet } from '../../core/config/pair.ts';
import type { TailAge } from '../../core/contracts/observations.ts';
import type { Settings } from '../../core/contracts/readiness.ts';
import type { PositionRecord, SetState } from '../../core/contracts/tables.ts';
import { leavesTail, oldestLeftBehind } from '../../core/move/tail-expiry.ts';
import { look, mapInBatches, READS_AT_ONCE } from '../gather/partitions.ts';
import { newestPositions } from '../gather/stay.ts';
import type { ClusterReader, Ports } from '../ports.ts';

type Needs = Pick<Ports, 'kafka' | 'observations' | 'control' | 'clock'>;

/** What it asks changes when somebody changes a topic's settings. */
const LOOK_EVERY_MS = 600_000;
/** Behind the newest record there may be markers of transactions. */
const LAST_OFFSETS = 100n;
const SETTINGS = ['retention.ms', 'cleanup.policy', 'message.timestamp.type'] as const;

/** @param problems gets what could not be read; what was seen before stands then */
export async function lookAtTailAge(
  ports: Needs,
  placed: PlacedSet,
  { homeAnswers, problems }: { readonly homeAnswers: boolean; readonly problems: string[] },
): Promise<TailAge | undefined> {
  const state = await ports.control.readSet(placed.name);
  if (state?.leftHomeAtMs === undefined || !leavesTail(state)) return undefined;
  const last = (await ports.observations.newestSet(placed.name))?.tailAge;
  const before = last?.leftHomeAtMs === state.leftHomeAtMs ? last : undefined;
  if (before !== undefined && ports.clock.nowMs() - before.lookedAtMs < LOOK_EVERY_MS) return before;
  return (await look('age of the tail', problems, () => tailAge(ports, placed, state, homeAnswers))) ?? before;
}

async function tailAge(ports: Needs, placed: PlacedSet, state: SetState, homeAnswers: boolean): Promise<TailAge> {
  const { name: clientSet, set } = placed;
  const positions = await newestPositions(ports.control, { clientSet, epoch: state.epoch + 1 });
  const samples = await ports.control.homeSamples(clientSet);
  const sampledMs = Math.min(...samples.map(({ atMs }) => atMs));
  const refuge = ports.kafka.reader(placed.refuge);
  // Home's own word where it can be had; MirrorMaker 2 keeps the settings of copies equal.
  const settings = homeAnswers
    ? await ports.kafka.reader(placed.home).topicSettings(set.topics, SETTINGS)
    : await refuge.topicSettings(
        set.topics.map((topic) => remoteTopicOf(placed, topic)),
        SETTINGS,
      );
  const topics: TailAge['topics'] = {};
  for (const topic of set.topics) {
    const retention = retentionOf(settings.get(homeAnswers ? topic : remoteTopicOf(placed, topic)));
    const tails = tailsOf(positions.filter((record) => record.topic === topic));
    topics[topic] =
      'unknown' in retention ? retention : await withAge(retention, { refuge, placed, topic, tails, sampledMs });
  }
  return { leftHomeAtMs: state.leftHomeAtMs!, lookedAtMs: ports.clock.nowMs(), topics };
}

interface Left {
  readonly refuge: ClusterReader;
  readonly placed: PlacedSet;
  readonly topic: string;
  readonly tails: ReadonlyMap<number, bigint | null>;
  readonly sampledMs: number;
}

async function withAge(
  retention: { readonly retentionMs: number | null },
  { refuge, placed, topic, tails, sampledMs }: Left,
): Promise<TailAge['topics'][string]> {
  const left = await mapInBatches([...tails], READS_AT_ONCE, async ([partition, tail]) => ({
    tail,
    copiedMs: tail === 0n ? null : await newestCopyMs(refuge, remoteTopicOf(placed, topic), partition),
    sampledMs: Number.isFinite(sampledMs) ? sampledMs : null,
  }));
  const oldestMs = oldestLeftBehind(left);
  return oldestMs === null ? { unknown: 'no copy tells how old what was not copied is' } : { oldestMs, ...retention };
}

/** Of a partition the tail is the same for all groups; where one of them knows it, it is known. */
function tailsOf(records: readonly PositionRecord[]): ReadonlyMap<number, bigint | null> {
  const tails = new Map<number, bigint | null>();
  for (const { partitions } of records)
    for (const [partition, { tail }] of Object.entries(partitions))
      tails.set(Number(partition), tail === null ? (tails.get(Number(partition)) ?? null) : BigInt(tail));
  return tails;
}

type Retention = { readonly retentionMs: number | null } | { readonly unknown: string };

/** Where a broker stamps records itself, the time of a copy tells nothing about the record. */
function retentionOf(settings: Settings | undefined): Retention {
  const policy = settings?.['cleanup.policy'];
  const retention = settings?.['retention.ms'];
  if (policy === undefined || retention === undefined) return { unknown: 'its retention cannot be read' };
  if (!policy.includes('delete') || Number(retention) < 0) return { retentionMs: null };
  return settings?.['message.timestamp.type'] === 'LogAppendTime'
    ? { unknown: 'message.timestamp.type is LogAppendTime, so copies do not carry the time of the record' }
    : { retentionMs: Number(retention) };
}

async function newestCopyMs(refuge: ClusterReader, topic: string, partition: number): Promise<number | null> {
  const end = (await refuge.ends([topic])).get(topic)?.get(partition);
  if (end === undefined) return null;
  const from = end.highWatermark - LAST_OFFSETS;
  const records = await refuge.readLog(topic, partition, { offset: from < end.start ? end.start : from });
  return records.length === 0 ? null : Math.max(...records.map(({ timestampMs }) => timestampMs));
}
