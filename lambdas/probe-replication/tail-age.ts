/** While a client set is away after a failover: how old the tail may be that it left at home. Looked at now and then, not judged. */
import { remoteTopicOf } from '../../core/config/pair.ts';
import type { PlacedSet } from '../../core/config/pair.ts';
import type { TailAge } from '../../core/contracts/observations.ts';
import type { Settings } from '../../core/contracts/readiness.ts';
import type { SetState } from '../../core/contracts/tables.ts';
import { leavesTail, oldestLeftBehind } from '../../core/move/tail-expiry.ts';
import { tailName, tailsOf } from '../../core/move/tail.ts';
import { at, look, mapInBatches, READS_AT_ONCE } from '../gather/partitions.ts';
import { newestPositions } from '../gather/stay.ts';
import type { ClusterReader, Ends, Ports } from '../ports.ts';
import type { SeenBefore } from './home-writes.ts';

type Needs = Pick<Ports, 'kafka' | 'control' | 'clock'>;

/** What it asks changes when somebody changes a topic's settings. */
const LOOK_EVERY_MS = 600_000;
/** Behind the newest record there may be markers of transactions. */
const LAST_OFFSETS = 100n;
const SETTINGS = ['retention.ms', 'cleanup.policy', 'message.timestamp.type'] as const;

/**
 * @param last what the look before has found
 * @param problems gets what could not be read; what was seen before stands then
 */
export async function lookAtTailAge(
  ports: Needs,
  placed: PlacedSet,
  { state, last, homeAnswers, problems }: SeenBefore & { readonly homeAnswers: boolean; readonly problems: string[] },
): Promise<TailAge | undefined> {
  if (state?.leftHomeAtMs === undefined || !leavesTail(state)) return undefined;
  const before = last?.tailAge?.leftHomeAtMs === state.leftHomeAtMs ? last.tailAge : undefined;
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
  const tails = tailsOf(positions);
  const copies = await refuge.ends(set.topics.map((topic) => remoteTopicOf(placed, topic)));
  const ageOf = async (topic: string): Promise<TailAge['topics'][string]> => {
    const retention = retentionOf(settings.get(homeAnswers ? topic : remoteTopicOf(placed, topic)));
    if ('unknown' in retention) return retention;
    const remote = remoteTopicOf(placed, topic);
    const partitions = new Set(
      positions.flatMap((record) => (record.topic === topic ? Object.keys(record.partitions) : [])),
    );
    const left = await mapInBatches([...partitions].map(Number), READS_AT_ONCE, async (partition) => {
      const tail = tails.get(tailName(topic, partition)) ?? null;
      const copiedMs =
        tail === 0n ? null : await newestCopyMs(refuge, { remote, partition, end: at(copies, remote, partition) });
      return { tail, copiedMs, sampledMs: Number.isFinite(sampledMs) ? sampledMs : null };
    });
    const oldestMs = oldestLeftBehind(left);
    return oldestMs === null ? { unknown: 'no copy tells how old what was not copied is' } : { oldestMs, ...retention };
  };
  const topics: TailAge['topics'] = {};
  for (const topic of set.topics) topics[topic] = await ageOf(topic);
  return { leftHomeAtMs: state.leftHomeAtMs!, lookedAtMs: ports.clock.nowMs(), topics };
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

interface Copy {
  readonly remote: string;
  readonly partition: number;
  readonly end: Ends | undefined;
}

async function newestCopyMs(refuge: ClusterReader, { remote, partition, end }: Copy): Promise<number | null> {
  if (end === undefined) return null;
  const from = end.highWatermark - LAST_OFFSETS;
  const records = await refuge.readLog(remote, partition, { offset: from < end.start ? end.start : from });
  return records.length === 0 ? null : Math.max(...records.map(({ timestampMs }) => timestampMs));
}
