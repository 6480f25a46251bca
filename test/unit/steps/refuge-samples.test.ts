import { expect, test } from '@jest/globals';
import { probeReplication } from '../../../lambdas/probe-replication/probe-replication.ts';
import { fakeKafka } from '../../support/fakes/kafka.ts';
import { fakePorts } from '../../support/fakes/ports.ts';
import type { Phase } from '../../../core/contracts/primitives.ts';
import { K1_REGION, pairConfig, stateOf } from '../../support/builders/pair.ts';

const SET = 'clients-k1';
const config = pairConfig({ topics: ['orders', 'of-k1-alone'] });

/** K1's region, with its copy of a set that is in this phase; the group stands at 3 of 7 at K2. */
async function world(phase: Phase) {
  const kafka = fakeKafka({ nowMs: () => ports.clock.nowMs() });
  const ports: ReturnType<typeof fakePorts<typeof kafka>> = fakePorts({ region: K1_REGION, kafka });
  const [k1, k2] = [kafka.cluster('K1'), kafka.cluster('K2')];
  for (const topic of ['orders', 'of-k1-alone']) {
    k2.createTopic(topic);
    k1.createTopic(`K2.${topic}`);
    k2.append(
      topic,
      0,
      Array.from({ length: 7 }, () => ({ value: 'x' })),
    );
  }
  k2.commit('billing', 'orders', 0, 3n);
  await ports.control.writeSet(stateOf(config, { phase }));
  const look = () => probeReplication(ports, config, { region: K1_REGION })();
  return { ports, k2, look };
}

test('a set that lives at the refuge: its region of home keeps where its groups stand there', async () => {
  const { ports, k2, look } = await world('refuge');
  await look();
  const samples = await ports.control.refugeSamples(SET);
  expect(samples.map(({ topic, clusterId, partitions }) => [topic, clusterId, partitions['0']])).toEqual([
    ['of-k1-alone', k2.clusterId, { committed: null, end: '7', start: '0' }],
    ['orders', k2.clusterId, { committed: '3', end: '7', start: '0' }],
  ]);
});

test('how fast is written there is kept with it', async () => {
  const { ports, look } = await world('refuge');
  await look();
  ports.clock.advance(2_000);
  await look();
  const [sample] = await ports.control.refugeSamples(SET);
  expect(sample?.recent?.map(({ atMs, end }) => [atMs - sample.atMs, end])).toEqual([
    [-2_000, '7'],
    [0, '7'],
  ]);
});

test('a refuge that is lost leaves the samples as they are', async () => {
  const { ports, k2, look } = await world('refuge');
  await look();
  const before = await ports.control.refugeSamples(SET);
  k2.isUp = false;
  ports.clock.advance(60_000);
  await look();
  expect(await ports.control.refugeSamples(SET)).toEqual(before);
});

test.each(['home', 'recovering'] as const)(
  'a set in phase %s reads nothing there: nothing is sampled',
  async (phase) => {
    const { ports, look } = await world(phase);
    await look();
    expect(await ports.control.refugeSamples(SET)).toEqual([]);
  },
);

test.each([
  ['refuge', ['of-k1-alone', 'orders', 'payments']],
  ['recovering', ['of-k1-alone', 'orders', 'payments']],
  ['home', ['orders', 'payments']],
] as const)('in phase %s the flow from the refuge is looked at for what the set wrote there', async (phase, topics) => {
  const { ports, k2, look } = await world(phase);
  k2.createTopic('payments');
  await look();
  const [seen] = await ports.observations.flowsSince('K2', 'K1', 0);
  expect(Object.keys(seen?.sourceEnds ?? {}).sort()).toEqual(topics);
});
