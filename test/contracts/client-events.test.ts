/** What people who know kafkajs reach for, on two real clusters: events, seek and the group's description. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { memorySource, type Routing } from '../../client/index.ts';
import { at, clientRouting } from '../support/builders/client-routing.ts';
import { waitFor } from '../support/world/conditions.ts';
import {
  commitStart,
  committed,
  createTopic,
  fill,
  startTwoClusters,
  type TwoClusters,
} from './support/client-world.ts';
import { eventually, PATIENT } from './support/patience.ts';
import { routedClients, type Reader } from './support/routed-clients.ts';

let world: TwoClusters;
let topic: string;
const { reader, writer, close } = routedClients();

beforeAll(async () => {
  world = await startTwoClusters('client-events');
});

let round = 0;
beforeEach(async () => {
  topic = `t${round++}`;
  for (const cluster of [world.k1, world.k2]) {
    await createTopic(cluster, topic, 1);
    await commitStart(cluster, `g-${topic}`, topic, [0]);
  }
});

afterEach(close);

afterAll(() => world.stop());

const atHome = (): Routing => clientRouting({ ...at('K1', world.k1.bootstrapServers), topics: [topic] });
const atRefuge = (): Routing =>
  clientRouting({ ...at('K2', world.k2.bootstrapServers), topics: [topic], revision: 2, phase: 'refuge' });
const isOpen = ({ client }: Reader) => client.status().state === 'open';
const valuesOf = ({ processed }: Reader) => processed.map(({ message }) => String(message.value));

test('listeners of a consumer hear of its stay at home, of its end, and of the stay at the refuge', async () => {
  const source = memorySource(atHome());
  const member = await reader(source, `g-${topic}`);
  const { client } = member;
  const heard: string[] = [];
  client.on(client.events.STOP, ({ type }) => heard.push(type));
  client.on(client.events.GROUP_JOIN, ({ type, payload }) =>
    heard.push(`${type} ${JSON.stringify(payload.memberAssignment)}`),
  );
  const joined = `consumer.group_join {"${topic}":[0]}`;
  await eventually('it has joined at home', () => heard.includes(joined));
  source.publish(atRefuge());
  await eventually('it has joined at the refuge', () => heard.filter((one) => one === joined).length === 2);
  expect(heard).toEqual([joined, 'consumer.stop', joined]);
  expect(member.assigned.map(({ cluster }) => cluster)).toEqual(['K1', 'K2']);
});

test('a listener that comes when the consumer is at work hears of this stay, until it is taken away', async () => {
  const member = await reader(memorySource(atHome()), `g-${topic}`);
  await eventually('it has joined', () => isOpen(member));
  const heard: number[] = [];
  const remove = member.client.on(member.client.events.END_BATCH_PROCESS, ({ payload }) =>
    heard.push(payload.batchSize),
  );
  await fill(world.k1, topic, 0, ['a', 'b']);
  await eventually('it hears of the batch', () => heard.length === 1);
  remove();
  await fill(world.k1, topic, 0, ['c']);
  await eventually('all is read', () => member.processed.length === 3);
  expect(heard).toEqual([2]);
});

test('listeners of a producer hear of requests on one cluster and on the other', async () => {
  const source = memorySource(atHome());
  const { client } = writer(source);
  const brokers: string[] = [];
  client.on(client.events.REQUEST, ({ payload }) => {
    if (payload.apiName === 'Produce') brokers.push(payload.broker);
  });
  await client.connect();
  const send = (value: string) => client.send({ topic, messages: [{ value }] });
  await send('home');
  source.publish(atRefuge());
  await eventually('it has left', () => client.status().routing?.revision === 2);
  await send('away');
  expect(brokers).toEqual([...world.k1.bootstrapServers, ...world.k2.bootstrapServers]);
});

test('seek reads again from where it is told, commits it, and ends with the stay', async () => {
  await fill(world.k1, topic, 0, ['a', 'b', 'c']);
  await fill(world.k2, topic, 0, ['A']);
  const source = memorySource(atHome());
  const member = await reader(source, `g-${topic}`);
  await eventually('everything is read', () => member.processed.length === 3 && isOpen(member));
  member.client.seek({ topic, partition: 0, offset: '1' });
  await eventually('it is read again', () => member.processed.length === 5);
  source.publish(atRefuge());
  await eventually('it reads at the refuge', () => member.processed.length === 6);
  expect(valuesOf(member)).toEqual(['a', 'b', 'c', 'b', 'c', 'A']);
  expect(await committed(world.k1, `g-${topic}`, topic)).toEqual(['3']);
});

test('seek in mid-switch, while a handler is still at work, is refused: its cluster is being left', async () => {
  await fill(world.k1, topic, 0, ['a']);
  const source = memorySource(atHome());
  const release = Promise.withResolvers<undefined>();
  const began = Promise.withResolvers<undefined>();
  const member = await reader(source, `g-${topic}`, {
    handle: async () => {
      began.resolve(undefined);
      await release.promise;
    },
  });
  await began.promise;
  source.publish(atRefuge());
  await eventually('it is switching', () => member.client.status().state === 'switching');
  expect(() => member.client.seek({ topic, partition: 0, offset: '0' })).toThrow(
    `seek() needs a consumer that has joined its group; client "clients-k1.reader-g-${topic}" is switching`,
  );
  release.resolve(undefined);
  await eventually('it has moved', () => isOpen(member));
});

test('describeGroup tells the group as it is on the cluster of the moment', async () => {
  const member = await reader(memorySource(atHome()), `g-${topic}`);
  await eventually('it has joined', () => isOpen(member));
  await waitFor(
    'the group is described',
    async () => {
      const { state, protocol, members } = await member.client.describeGroup();
      return state === 'Stable' && protocol === 'mm2-failover' && members.length === 1 ? true : undefined;
    },
    PATIENT,
  );
});
