/** Routing values that are none, or old ones, put before clients that run and before clients that start, on two real clusters. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Routing } from '../../client/index.ts';
import { at, clientRouting } from '../support/builders/client-routing.ts';
import type { KafkaCluster } from '../support/world/kafka-cluster.ts';
import { ClientInProcess } from './support/client-in-process.ts';
import { commitStart, createTopic, startTwoClusters, type TwoClusters } from './support/client-world.ts';
import { eventually } from './support/patience.ts';

let world: TwoClusters;
let k1: KafkaCluster;
let k2: KafkaCluster;

beforeAll(async () => {
  world = await startTwoClusters('client-values');
  ({ k1, k2 } = world);
});

afterAll(() => world.stop());

const PAIR_OF_CLIENTS = ['producer', 'consumer'] as const;

/** Topic and positions on both clusters; a producer and a consumer, not yet started. */
async function clientsOf(name: string) {
  for (const cluster of [k1, k2]) {
    await createTopic(cluster, name, 1);
    await commitStart(cluster, `g-${name}`, name, [0]);
  }
  const clients = PAIR_OF_CLIENTS.map((role) => new ClientInProcess(world, name, role));
  return {
    clients,
    publish: (value: Routing | string) => clients.forEach((client) => client.publish(value)),
    /** Of the one that has done less. */
    progress: (cluster: string) => Math.min(...clients.map((client) => client.done(cluster).length)),
    problems: () => clients.map((client) => client.problems()),
  };
}

const home = (topic: string) =>
  clientRouting({ ...at('K1', k1.bootstrapServers), topics: [topic], revision: 5, pollSeconds: 0.2 });
const elsewhere = (topic: string) =>
  clientRouting({ ...at('K2', k2.bootstrapServers), topics: [topic], revision: 9, phase: 'refuge', pollSeconds: 0.2 });

/** Whoever took one of them for a value would go to K2. */
function corruptValues(topic: string): readonly string[] {
  const good = elsewhere(topic);
  const { revision: _, ...withoutRevision } = good;
  return [
    '',
    '{{ not JSON',
    JSON.stringify(good).slice(0, 200),
    k2.bootstrapServers.join(','),
    JSON.stringify(k2.bootstrapServers[0]),
    'null',
    JSON.stringify([good]),
    JSON.stringify({ ...good, schema: 2 }),
    JSON.stringify({ ...good, clientSet: 'clients-k2' }),
    JSON.stringify(withoutRevision),
    JSON.stringify({ ...good, revision: 'twelve' }),
    JSON.stringify({ ...good, revision: -9 }),
    JSON.stringify({ ...good, phase: 'holiday' }),
    JSON.stringify({ ...good, consumers: { ...good.consumers, bootstrapServers: [] } }),
  ];
}

test('routing values that are corrupt are reported and change nothing; the next good one is followed', async () => {
  const { clients, publish, progress, problems } = await clientsOf('corrupt');
  publish(home('corrupt'));
  const processes = clients.map((client) => client.start());
  await eventually('both are at work', () => progress('K1') > 5);
  for (const [index, text] of corruptValues('corrupt').entries()) {
    publish(text);
    await eventually(`value ${index} is reported`, () => problems().every((told) => told.length === index + 1));
    const sofar = progress('K1');
    await eventually(`both go on under value ${index}`, () => progress('K1') > sofar + 5);
  }
  expect(clients.map((client) => client.done('K2'))).toEqual([[], []]);
  publish(elsewhere('corrupt'));
  await eventually('both have moved', () => progress('K2') > 5);
  await Promise.all(processes.map((process) => process.kill()));
  expect(
    problems()
      .flat()
      .filter((kind) => kind !== 'invalid'),
  ).toEqual([]);
});

test('a lower revision, and another content of the same one, move nobody', async () => {
  const { clients, publish, progress, problems } = await clientsOf('lower');
  publish(home('lower'));
  const processes = clients.map((client) => client.start());
  await eventually('both are at work', () => progress('K1') > 5);
  publish({ ...elsewhere('lower'), revision: 3 });
  const before = progress('K1');
  // A record takes 10 ms or more, a look at the value happens every 200 ms.
  await eventually('both go on for several looks', () => progress('K1') > before + 100);
  expect(problems()).toEqual([[], []]);
  publish({ ...elsewhere('lower'), revision: 5 });
  await eventually('both have told it', () => problems().every((told) => told.length === 1));
  const sofar = progress('K1');
  await eventually('both go on', () => progress('K1') > sofar + 5);
  await Promise.all(processes.map((process) => process.kill()));
  expect(problems()).toEqual([['conflicting'], ['conflicting']]);
  expect(clients.map((client) => client.done('K2'))).toEqual([[], []]);
});

test('a client that starts under a corrupt value and remembers none goes nowhere until there is a good one', async () => {
  const { clients, publish, progress, problems } = await clientsOf('corrupt-start');
  const [first = '', ...others] = corruptValues('corrupt-start');
  publish(first);
  const processes = clients.map((client) => client.start());
  for (const [index, text] of [first, ...others].entries()) {
    publish(text);
    await eventually(`value ${index} is reported`, () => problems().every((told) => told.length === index + 1));
  }
  expect(clients.flatMap((client) => client.events()).filter(({ at: what }) => what !== 'problem')).toEqual([]);
  publish(elsewhere('corrupt-start'));
  await eventually('both are at work', () => progress('K2') > 5);
  await Promise.all(processes.map((process) => process.kill()));
  expect(clients.map((client) => client.done('K1'))).toEqual([[], []]);
});

test('a client that starts under a corrupt value goes where it remembers to have been', async () => {
  const { clients, publish, progress, problems } = await clientsOf('corrupt-remembered');
  publish('{{ not JSON');
  for (const client of clients) client.remember(home('corrupt-remembered'));
  const processes = clients.map((client) => client.start());
  await eventually('both are at work', () => progress('K1') > 5);
  await Promise.all(processes.map((process) => process.kill()));
  expect(problems()).toEqual([['invalid'], ['invalid']]);
  expect(clients.map((client) => client.done('K2'))).toEqual([[], []]);
});

test('a memory that is corrupt is reported and counts as none: the value is followed', async () => {
  const { clients, publish, progress, problems } = await clientsOf('corrupt-memory');
  for (const client of clients) client.remember('{"revision": 900');
  publish(elsewhere('corrupt-memory'));
  const processes = clients.map((client) => client.start());
  await eventually('both are at work', () => progress('K2') > 5);
  await Promise.all(processes.map((process) => process.kill()));
  expect(problems()).toEqual([['memory'], ['memory']]);
  expect(clients.map((client) => client.done('K1'))).toEqual([[], []]);
});
