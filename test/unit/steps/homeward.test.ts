/** K1's region, while K1's clients live at K2: where each group would go on at home if K2 were lost now. */
import { expect, test } from '@jest/globals';
import { seedPositions } from '../../../lambdas/seed-positions/seed-positions.ts';
import { storedVerdict } from '../../support/builders/judgement.ts';
import { K1_REGION, keptPosition, pairConfig, positionRecordOf, stateOf } from '../../support/builders/pair.ts';
import { fakeKafka } from '../../support/fakes/kafka.ts';
import { fakePorts } from '../../support/fakes/ports.ts';

const SET = 'clients-k1';
const config = pairConfig({ topics: ['orders'] });

interface Given {
  /** Where the group was last seen in K2's topic. */
  readonly at?: string;
  readonly values?: readonly string[];
  readonly compacted?: boolean;
}

/** Seven records at K2, five copied, and not one offset sync of them. */
async function world({ at = '3', values = ['a', 'b', 'c', 'd', 'e', 'f', 'g'], compacted = false }: Given = {}) {
  const kafka = fakeKafka({ nowMs: () => ports.clock.nowMs() });
  const ports: ReturnType<typeof fakePorts<typeof kafka>> = fakePorts({ region: K1_REGION, kafka });
  const [k1, k2] = [kafka.cluster('K1'), kafka.cluster('K2')];
  const nowMs = ports.clock.nowMs();
  for (const topic of ['orders', 'K2.orders', 'mm2-offset-syncs.K2.internal', 'K2.checkpoints.internal'])
    k1.createTopic(topic);
  if (compacted) k1.setSettings('K2.orders', { 'cleanup.policy': 'compact' });
  k2.createTopic('orders');
  const records = values.map((value, i) => ({ value, timestampMs: nowMs - 10_000 + i }));
  k2.append('orders', 0, records);
  k1.append('K2.orders', 0, records.slice(0, 5));
  await ports.control.writeSet(stateOf(config, { epoch: 1, phase: 'refuge', leftHomeAtMs: nowMs - 60_000 }));
  await ports.control.putPositions(
    SET,
    positionRecordOf({ clusterId: k1.clusterId, partitions: { 0: keptPosition({ localPin: null }) } }),
  );
  await ports.control.putRefugeSample(SET, {
    group: 'billing',
    topic: 'orders',
    atMs: nowMs,
    clusterId: k2.clusterId,
    partitions: { 0: { committed: at, end: '7', start: '0' } },
  });
  const turn = seedPositions(ports, config, { region: K1_REGION });
  const copies = async () => {
    await turn();
    return (await ports.control.homeward(SET))[0]?.copies['0'];
  };
  const say = (cluster: string, kind: string) =>
    ports.control.putVerdict(storedVerdict(`cluster:${cluster}`, kind, { judgedAtMs: nowMs, sinceMs: nowMs }));
  return { ports, k1, k2, copies, say };
}

test('without a single offset sync the logs tell where the group is: behind the copy of its last record', async () => {
  const { copies } = await world();
  expect(await copies()).toEqual({ position: '3', ofRefuge: '3', again: '2' });
});

test('what was found while the refuge lived stays when it is lost', async () => {
  const { copies, k2, say, ports } = await world();
  await copies();
  k2.isUp = false;
  await say('K2', 'CONFIRMED_DOWN');
  ports.clock.advance(5_000);
  expect(await copies()).toEqual({ position: '3', ofRefuge: '3', again: '2' });
});

test('of equal records the first counts: repeated, not skipped', async () => {
  const { copies, k1, k2, ports } = await world();
  const atMs = ports.clock.nowMs();
  for (const [cluster, topic] of [
    [k2, 'orders'],
    [k1, 'K2.orders'],
  ] as const)
    cluster.append(topic, 0, [
      { value: 'same', timestampMs: atMs },
      { value: 'same', timestampMs: atMs },
    ]);
  await ports.control.putRefugeSample(SET, {
    group: 'billing',
    topic: 'orders',
    atMs,
    clusterId: k2.clusterId,
    partitions: { 0: { committed: '9', end: '9', start: '0' } },
  });
  expect(await copies()).toEqual({ position: '6', ofRefuge: '9', again: '1' });
});

test.each<readonly [string, Given]>([
  ['the last record is not copied yet', { at: '6' }],
  ['nothing was processed', { at: '0' }],
  ['the copies are compacted, so the first may be gone', { compacted: true }],
])('nothing is found where %s: from the log start, and all of it is counted', async (_story, given) => {
  const { copies } = await world(given);
  expect(await copies()).toMatchObject({ position: '0', again: '5' });
});

test('a refuge that does not answer leaves what the syncs say', async () => {
  const { copies, k2 } = await world();
  k2.isUp = false;
  expect(await copies()).toEqual({ position: '0', ofRefuge: '3', again: '5' });
});

test('while home is down nobody looks, and seeds do not wait for it', async () => {
  const { copies, say } = await world();
  await say('K1', 'CONFIRMED_DOWN');
  expect(await copies()).toBeUndefined();
});

test('a set that is at home has no way there', async () => {
  const { copies, ports } = await world();
  const state = (await ports.control.readSet(SET))!;
  await ports.control.writeSet({ ...state, phase: 'home', version: state.version + 1 });
  expect(await copies()).toBeUndefined();
});
