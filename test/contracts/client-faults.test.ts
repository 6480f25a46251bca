/** Clients that are killed, late or deaf, on two real clusters: each ends as docs/client-contract.md says. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { at, clientRouting } from '../support/builders/client-routing.ts';
import type { KafkaCluster } from '../support/world/kafka-cluster.ts';
import { ClientInProcess } from './support/client-in-process.ts';
import {
  commitStart,
  createTopic,
  fill,
  members,
  startTwoClusters,
  valuesIn,
  type TwoClusters,
} from './support/client-world.ts';
import { eventually } from './support/patience.ts';

let world: TwoClusters;
let k1: KafkaCluster;
let k2: KafkaCluster;

beforeAll(async () => {
  world = await startTwoClusters('client-faults');
  ({ k1, k2 } = world);
});

afterAll(() => world.stop());

const many = (count: number) => Array.from({ length: count }, (_, n) => `r${n}`);
const unique = (values: readonly string[]) => [...new Set(values)].toSorted();
const notIn = (wanted: readonly string[], found: readonly string[]) => {
  const there = new Set(found);
  return wanted.filter((one) => !there.has(one));
};

/** Phase, where producers are, where consumers are, what these read. */
const PHASES = [
  ['home', 'K1', 'K1', 'local'],
  ['leaving', 'K2', 'K1', 'local'],
  ['draining', 'K2', 'K2', 'remote'],
  ['refuge', 'K2', 'K2', 'local'],
  ['returning', 'K2', 'K2', 'local'],
  ['recovering', 'K1', 'K1', 'both'],
] as const;

/** The copy that consumers read in a phase: K1's topic on K2, and at home the one of what was written at the refuge. */
const copyOf = (topic: string, phase: string) => (phase === 'recovering' ? `K2.${topic}` : `K1.${topic}`);

test.each(PHASES)(
  'clients killed in phase %s go on where the routing says: producers on %s, consumers on %s, nothing lost, nothing written twice',
  async (phase, writes, reads, read) => {
    const topic = `killed-${phase}`;
    const cluster = (alias: 'K1' | 'K2') => (alias === 'K1' ? k1 : k2);
    const copy = copyOf(topic, phase);
    const sources = { local: [topic], remote: [copy], both: [topic, copy] }[read];
    await createTopic(cluster(writes), topic, 1);
    for (const name of sources) {
      if (name !== topic || reads !== writes) await createTopic(cluster(reads), name, 1);
      await commitStart(cluster(reads), `g-${topic}`, name, [0]);
      // What the producers of this set do not write there lies there from before.
      if (name !== topic || reads !== writes) await fill(cluster(reads), name, 0, many(150));
    }
    const value = clientRouting({
      producers: at(writes, cluster(writes).bootstrapServers).producers,
      consumers: at(reads, cluster(reads).bootstrapServers, read).consumers,
      ...(phase === 'recovering' ? { remotePrefix: 'K2.' } : {}),
      topics: [topic],
      phase,
      revision: 4,
      pollSeconds: 0.2,
    });
    const [producer, consumer] = [
      new ClientInProcess(world, topic, 'producer', topic),
      new ClientInProcess(world, topic, 'consumer', topic),
    ];
    for (const client of [producer, consumer]) client.publish(value);
    const first = [producer.start(), consumer.start()];
    await eventually('both are at work', () => producer.done(writes).length > 20 && consumer.done(reads).length > 20);
    await Promise.all(first.map((process) => process.kill()));
    const before = consumer.done(reads).length;
    const second = [producer.start(), consumer.start()];
    await eventually('the second life has written', () => producer.done(writes).some((one) => one.includes('-2-')));
    await second[0]!.kill();
    const log = (await Promise.all(sources.map((name) => valuesIn(cluster(reads), name)))).flat();
    await eventually('everything is processed', () => notIn(log, consumer.done(reads)).length === 0);
    await second[1]!.kill();
    expect(notIn(producer.done(writes), await valuesIn(cluster(writes), topic))).toEqual([]);
    expect(log).toHaveLength(unique(log).length);
    // Uncommitted when it was killed: autoCommitThreshold 5, and the record in progress; what is fetched is no part of it.
    const repeated = consumer.done(reads).length - unique(consumer.done(reads)).length;
    expect(repeated).toBeLessThanOrEqual(6 * sources.length);
    expect(before).toBeGreaterThan(20);
    expect(consumer.done(reads === 'K1' ? 'K2' : 'K1')).toEqual([]);
  },
);

test('a client killed in mid-switch finds the new value remembered, and goes on there though it can read nothing', async () => {
  await createTopic(k1, 'mid', 1);
  await createTopic(k2, 'K1.mid', 1);
  await commitStart(k1, 'g-mid', 'mid', [0]);
  await commitStart(k2, 'g-mid', 'K1.mid', [0]);
  await fill(k1, 'mid', 0, ['at home']);
  await fill(k2, 'K1.mid', 0, ['at the refuge']);
  const consumer = new ClientInProcess(world, 'mid', 'consumer', 'mid');
  consumer.publish(clientRouting({ ...at('K1', k1.bootstrapServers), topics: ['mid'], pollSeconds: 0.2 }));
  const first = consumer.start();
  await eventually('it reads at home', () => consumer.done('K1').length === 1);
  const draining = { ...at('K2', k2.bootstrapServers, 'remote'), topics: ['mid'], phase: 'draining' as const };
  consumer.publish(clientRouting({ ...draining, revision: 2, pollSeconds: 0.2 }));
  const told = () => consumer.events().some((event) => event.at === 'adopted' && event.revision === 2);
  await eventually('it has begun to switch', told);
  await first.kill();
  consumer.unmount();
  const second = consumer.start();
  await eventually('it reads at the refuge', () => consumer.done('K2').includes('at the refuge'));
  await second.kill();
  expect(consumer.problems()).toContain('missing');
  expect(consumer.done('K1')).toEqual(['at home']);
});

test('a client that starts late with an old value goes straight to the new one and never joins the old cluster', async () => {
  await createTopic(k1, 'late', 1);
  await createTopic(k2, 'late', 1);
  await commitStart(k1, 'g-late', 'late', [0]);
  await commitStart(k2, 'g-late', 'late', [0]);
  await fill(k1, 'late', 0, ['at home']);
  await fill(k2, 'late', 0, ['at the refuge']);
  const consumer = new ClientInProcess(world, 'late', 'consumer', 'late');
  consumer.remember(clientRouting({ ...at('K1', k1.bootstrapServers), topics: ['late'], revision: 3 }));
  consumer.publish(clientRouting({ ...at('K2', k2.bootstrapServers), topics: ['late'], revision: 5, phase: 'refuge' }));
  const process = consumer.start();
  await eventually('it reads at the refuge', () => consumer.done('K2').length === 1);
  await process.kill();
  expect(consumer.done('K1')).toEqual([]);
  expect(await members(k1, 'g-late')).toEqual([]);
  expect(consumer.events().filter((event) => event.at === 'adopted' && event.revision !== 5)).toEqual([]);
});

test('a producer killed in mid-switch goes on at the refuge, and nothing that it had acknowledged is missing or written twice', async () => {
  await createTopic(k1, 'mid-send', 1);
  await createTopic(k2, 'mid-send', 1);
  const producer = new ClientInProcess(world, 'mid-send', 'producer', 'mid-send');
  const home = clientRouting({ ...at('K1', k1.bootstrapServers), topics: ['mid-send'], pollSeconds: 0.2 });
  producer.publish(home);
  const first = producer.start();
  await eventually('it writes at home', () => producer.done('K1').length > 20);
  producer.publish({ ...home, ...at('K2', k2.bootstrapServers), revision: 2, phase: 'draining' });
  const told = () => producer.events().some((event) => event.at === 'adopted' && event.revision === 2);
  await eventually('it has begun to switch', told);
  await first.kill();
  const acknowledgedAtHome = producer.done('K1').length;
  producer.unmount();
  const second = producer.start();
  await eventually('its second life writes', () => producer.done('K2').filter((one) => one.includes('-2-')).length > 5);
  await second.kill();
  expect(producer.problems()).toContain('missing');
  expect(producer.done('K1')).toHaveLength(acknowledgedAtHome);
  for (const cluster of [k1, k2]) {
    const log = await valuesIn(cluster, 'mid-send');
    expect(notIn(producer.done(cluster.alias), log)).toEqual([]);
    expect(log).toHaveLength(unique(log).length);
  }
  expect((await valuesIn(k1, 'mid-send')).filter((one) => one.includes('-2-'))).toEqual([]);
});

test('a producer that starts late with an old value goes straight to the new one and writes nothing to the old cluster', async () => {
  await createTopic(k1, 'late-send', 1);
  await createTopic(k2, 'late-send', 1);
  const producer = new ClientInProcess(world, 'late-send', 'producer', 'late-send');
  producer.remember(clientRouting({ ...at('K1', k1.bootstrapServers), topics: ['late-send'], revision: 3 }));
  producer.publish(
    clientRouting({ ...at('K2', k2.bootstrapServers), topics: ['late-send'], revision: 5, phase: 'refuge' }),
  );
  const process = producer.start();
  await eventually('it writes at the refuge', () => producer.done('K2').length > 5);
  await process.kill();
  expect(await valuesIn(k1, 'late-send')).toEqual([]);
  expect(producer.events().filter((event) => event.at === 'adopted' && event.revision !== 5)).toEqual([]);
});

test('a client that is offered an older value than it remembers stays with what it remembers', async () => {
  await createTopic(k2, 'older', 1);
  await commitStart(k2, 'g-older', 'older', [0]);
  await fill(k2, 'older', 0, ['at the refuge']);
  const consumer = new ClientInProcess(world, 'older', 'consumer', 'older');
  consumer.remember(
    clientRouting({ ...at('K2', k2.bootstrapServers), topics: ['older'], revision: 5, phase: 'refuge' }),
  );
  consumer.publish(clientRouting({ ...at('K1', k1.bootstrapServers), topics: ['older'], revision: 3 }));
  const process = consumer.start();
  await eventually('it reads at the refuge', () => consumer.done('K2').length === 1);
  await process.kill();
  expect(consumer.events().filter((event) => event.at === 'adopted' && event.revision !== 5)).toEqual([]);
});

test('a client that never adopts goes on at home and says which revision it obeys, so that it can be named', async () => {
  await createTopic(k1, 'deaf', 1);
  await createTopic(k2, 'deaf', 1);
  const [deaf, moves] = [
    new ClientInProcess(world, 'deaf', 'producer', 'deaf'),
    new ClientInProcess(world, 'moves', 'producer', 'deaf'),
  ];
  const home = clientRouting({ ...at('K1', k1.bootstrapServers), topics: ['deaf'], pollSeconds: 0.2 });
  for (const client of [deaf, moves]) client.publish(home);
  const processes = [deaf.start(), moves.start()];
  await eventually('both write at home', () => deaf.done('K1').length > 5 && moves.done('K1').length > 5);
  moves.publish(clientRouting({ ...home, ...at('K2', k2.bootstrapServers), revision: 2, phase: 'draining' }));
  deaf.unmount();
  await eventually('the other has moved', () => moves.adopted(2) && moves.done('K2').length > 5);
  const written = deaf.done('K1').length;
  const heartbeats = () => deaf.events().filter((event) => event.at === 'adopted').length;
  const heard = heartbeats();
  await eventually('it goes on', () => deaf.done('K1').length > written + 20 && heartbeats() > heard + 1);
  await Promise.all(processes.map((process) => process.kill()));
  expect(deaf.events().filter((event) => event.at === 'adopted' && event.revision !== 1)).toEqual([]);
  expect(deaf.done('K2')).toEqual([]);
});
