/** K1 and K2 in memory, with producers at work and MirrorMaker 2 both ways. */
import { encodeConnectSourceOffset, encodeHeartbeat } from '../../../../core/replication/records.ts';
import { flowNames } from '../../../../core/replication/names.ts';
import { fakeKafka } from '../../../support/fakes/kafka.ts';
import type { FakeCluster, FakeKafka } from '../../../support/fakes/kafka.ts';

export const TOPIC = 'orders';
export const GROUP = 'billing';

export interface MirroredPair {
  readonly kafka: FakeKafka;
  readonly k1: FakeCluster;
  readonly k2: FakeCluster;
  /** How far the clocks of producers, and of MirrorMaker 2, are ahead of the true time. */
  producersAheadMs: number;
  mirrorAheadMs: number;
  /** What MirrorMaker 2 copies at most between two looks. */
  copiesAtOnce: number;
  /** Producers write, MirrorMaker 2 copies and beats. */
  live(): void;
}

const FLOWS = [
  { source: 'K1', target: 'K2' },
  { source: 'K2', target: 'K1' },
] as const;
/** Between two looks. */
const RECORDS = 20;

export function mirroredPair(nowMs: () => number): MirroredPair {
  const kafka = fakeKafka({ nowMs });
  const copied = new Map<string, number>();
  const written = new Map<string, number>();
  for (const flow of FLOWS) prepare(kafka.cluster(flow.target), flow);
  const pair: MirroredPair = {
    kafka,
    k1: kafka.cluster('K1'),
    k2: kafka.cluster('K2'),
    producersAheadMs: 0,
    mirrorAheadMs: 0,
    copiesAtOnce: Number.POSITIVE_INFINITY,
    live: () => {
      for (const { source } of FLOWS) {
        if (!kafka.cluster(source).isUp) continue;
        append(kafka.cluster(source), TOPIC, RECORDS, nowMs() + pair.producersAheadMs);
        written.set(source, (written.get(source) ?? 0) + RECORDS);
      }
      for (const flow of FLOWS) mirror(flow, pair, { copied, written, nowMs: nowMs() });
    },
  };
  return pair;
}

type Flow = (typeof FLOWS)[number];

function prepare(target: FakeCluster, flow: Flow): void {
  const names = flowNames(flow);
  const own = [TOPIC, names.remoteTopic(TOPIC), names.heartbeats, names.copiedHeartbeats];
  for (const topic of [...own, names.connectOffsets, names.connectStatus, names.checkpoints]) target.createTopic(topic);
  target.join(names.connectGroup, { memberId: 'worker', clientId: 'worker', assigned: {} });
  target.join(GROUP, { memberId: `native-${flow.target}`, clientId: 'native', assigned: { [TOPIC]: [0] } });
}

const append = (cluster: FakeCluster, topic: string, count: number, timestampMs: number): void =>
  cluster.append(
    topic,
    0,
    Array.from({ length: count }, () => ({ value: 'x', timestampMs })),
  );

const buffers = ({ key, value }: { readonly key: Uint8Array; readonly value: Uint8Array }, timestampMs: number) => ({
  key: Buffer.from(key),
  value: Buffer.from(value),
  timestampMs,
});

/** One flow's work: its own heartbeat, those of the source, the records it has not copied yet, how far it got. */
function mirror(
  flow: Flow,
  { kafka, copiesAtOnce, mirrorAheadMs, producersAheadMs }: MirroredPair,
  progress: {
    readonly copied: Map<string, number>;
    readonly written: ReadonlyMap<string, number>;
    readonly nowMs: number;
  },
): void {
  const names = flowNames(flow);
  const [source, target] = [kafka.cluster(flow.source), kafka.cluster(flow.target)];
  if (!target.isUp) return;
  const atMs = progress.nowMs + mirrorAheadMs;
  const beat = buffers(encodeHeartbeat({ ...flow, timestampMs: BigInt(atMs) }), atMs);
  target.append(names.heartbeats, 0, [beat]);
  if (!source.isUp) return;
  target.append(names.copiedHeartbeats, 0, [beat]);
  const before = progress.copied.get(flow.source) ?? 0;
  const count = Math.min(copiesAtOnce, (progress.written.get(flow.source) ?? 0) - before);
  if (count <= 0) return;
  append(target, names.remoteTopic(TOPIC), count, progress.nowMs + producersAheadMs);
  progress.copied.set(flow.source, before + count);
  const offset = encodeConnectSourceOffset({
    connector: 'MirrorSourceConnector',
    cluster: flow.source,
    topic: TOPIC,
    partition: 0,
    offset: BigInt(before + count - 1),
  });
  target.append(names.connectOffsets, 0, [buffers(offset, atMs)]);
}
