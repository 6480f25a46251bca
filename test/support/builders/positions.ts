/** Two clusters in memory with a flow K1->K2 of one topic, as far as positions need it. Literal offsets, one partition. */
import {
  encodeCheckpoint,
  encodeConnectSourceOffset,
  encodeHeartbeat,
  encodeOffsetSync,
} from '../../../core/replication/records.ts';
import type { PairConfig } from '../../../core/config/schema.ts';
import type { HomeSample, SetState } from '../../../core/contracts/tables.ts';
import { fakeKafka, type FakeKafka, type FakeCluster } from '../fakes/kafka.ts';
import { fakePorts, type FakePorts } from '../fakes/ports.ts';
import { fakeSharedLimits } from '../fakes/shared.ts';
import { claimedState, pairConfig, TEN_O_CLOCK } from './pair.ts';

export const SYNCS = 'mm2-offset-syncs.K1.internal';
export const CHECKPOINTS = 'K1.checkpoints.internal';
export const OFFSETS = 'mm2-offsets.K1.internal';
export const SET = 'clients-k1';

/** Like pairConfig, with the one topic "orders". */
export const oneTopic = (set: object = {}, top: object = {}): PairConfig =>
  pairConfig({ topics: ['orders'], ...set }, top);

const buffers = ({ key, value }: { readonly key: Uint8Array; readonly value: Uint8Array }) => ({
  key: Buffer.from(key),
  value: Buffer.from(value),
});

export interface FlowWorld {
  readonly ports: FakePorts<FakeKafka>;
  readonly k1: FakeCluster;
  readonly k2: FakeCluster;
  /** Writes so many records at home and their copies, with a sync for the first one ever and for the last one, as a quiet flow does. */
  readonly copy: (records: number, partition?: number) => void;
  /** Writes at home only: the tail. */
  readonly writeHome: (records: number, partition?: number) => void;
  /** @param life of the flow's task; 1 unless told */
  readonly sync: (upstream: bigint, downstream: bigint, partition?: number, life?: bigint) => void;
  readonly checkpoint: (group: string, upstream: bigint, downstream: bigint) => void;
  /** What the flow says it has copied last. */
  readonly copied: (offset: bigint) => void;
  readonly heartbeat: () => void;
  readonly sampleHome: (committed: bigint | null, changes?: Partial<HomeSample>) => Promise<void>;
  readonly setState: (state: SetState) => Promise<void>;
}

export async function flowWorld(
  config: PairConfig,
  state: SetState = claimedState(config),
  partitions = 1,
): Promise<FlowWorld> {
  const kafka: FakeKafka = fakeKafka({ nowMs: () => ports.clock.nowMs() });
  const { shared } = config;
  const ports: FakePorts<FakeKafka> = fakePorts({
    kafka,
    ...(shared === undefined ? {} : { shared: fakeSharedLimits(shared.table) }),
  });
  const [k1, k2] = [kafka.cluster('K1'), kafka.cluster('K2')];
  for (const cluster of [k1, k2]) cluster.createTopic('orders', partitions);
  k2.createTopic('K1.orders', partitions);
  for (const topic of [SYNCS, CHECKPOINTS, OFFSETS, 'heartbeats', 'K1.heartbeats', 'mm2-status.K1.internal'])
    k2.createTopic(topic);
  await ports.control.writeSet(state);
  const writeHome = (records: number, partition = 0) =>
    k1.append(
      'orders',
      partition,
      Array.from({ length: records }, () => ({ value: 'x' })),
    );
  const sync = (upstream: bigint, downstream: bigint, partition = 0, life = 1n) =>
    k2.append(SYNCS, 0, [
      { ...buffers(encodeOffsetSync({ topic: 'orders', partition, upstream, downstream })), producerId: life },
    ]);
  const homeEnd = async () => (await k1.reader().ends(['orders'])).get('orders')!;
  const next = new Map<number, bigint>();
  return {
    ports,
    k1,
    k2,
    writeHome,
    sync,
    copy: (records, partition = 0) => {
      writeHome(records, partition);
      k2.append(
        'K1.orders',
        partition,
        Array.from({ length: records }, () => ({ value: 'x' })),
      );
      if (!next.has(partition)) sync(0n, 0n, partition);
      const end = (next.get(partition) ?? 0n) + BigInt(records);
      next.set(partition, end);
      sync(end - 1n, end - 1n, partition);
    },
    checkpoint: (group, upstream, downstream) =>
      k2.append(CHECKPOINTS, 0, [
        buffers(encodeCheckpoint({ group, topic: 'K1.orders', partition: 0, upstream, downstream, metadata: '' })),
      ]),
    copied: (offset) =>
      k2.append(OFFSETS, 0, [
        buffers(
          encodeConnectSourceOffset({
            connector: 'MirrorSourceConnector',
            cluster: 'K1',
            topic: 'orders',
            partition: 0,
            offset,
          }),
        ),
      ]),
    heartbeat: () => {
      const beat = buffers(encodeHeartbeat({ source: 'K1', target: 'K2', timestampMs: BigInt(ports.clock.nowMs()) }));
      for (const topic of ['heartbeats', 'K1.heartbeats']) k2.append(topic, 0, [beat]);
    },
    sampleHome: async (committed, changes = {}) => {
      const ends = k1.isUp ? await homeEnd() : undefined;
      await ports.control.putHomeSample(SET, {
        group: 'billing',
        topic: 'orders',
        atMs: ports.clock.nowMs(),
        clusterId: 'id-of-K1',
        partitions: {
          '0': {
            committed: committed === null ? null : String(committed),
            end: String(ends?.get(0)?.highWatermark ?? 0n),
            start: '0',
          },
        },
        ...changes,
      });
    },
    setState: async (next) => {
      const version = ((await ports.control.readSet(SET))?.version ?? 0) + 1;
      await ports.control.writeSet({ ...next, version });
    },
  };
}

/** A member that owns what is listed. */
export const member = (memberId: string, assigned: Record<string, number[]>) => ({
  memberId,
  clientId: memberId,
  subscribed: Object.keys(assigned),
  assigned,
});

export { TEN_O_CLOCK };
