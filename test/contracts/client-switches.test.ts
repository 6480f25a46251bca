/** One switch of the client library on two real clusters, looked at closely: hooks, what is handed back, what is held up. */
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { EachBatchPayload, ISocketFactory } from 'kafkajs';
import { memorySource, type KafkaConfigFor, type RecordsNotConfirmedError, type Routing } from '../../client/index.ts';
import type { Switch } from '../../client/hooks.ts';
import { at, clientRouting } from '../support/builders/client-routing.ts';
import { waitFor } from '../support/world/conditions.ts';
import type { KafkaCluster } from '../support/world/kafka-cluster.ts';
import { stopAnswering } from '../support/world/stopped.ts';
import {
  commitStart,
  committed,
  createTopic,
  fill,
  members,
  startTwoClusters,
  valuesIn,
  type TwoClusters,
} from './support/client-world.ts';
import { eventually, PATIENT } from './support/patience.ts';
import { routedClients } from './support/routed-clients.ts';

let world: TwoClusters;
let k1: KafkaCluster;
let k2: KafkaCluster;
const { reader, writer, close } = routedClients();

beforeAll(async () => {
  world = await startTwoClusters('client-switches');
  ({ k1, k2 } = world);
});

afterEach(close);

afterAll(() => world.stop());

const atK1 = (topic: string): Routing => clientRouting({ ...at('K1', k1.bootstrapServers), topics: [topic] });
const atK2 = (topic: string, read: 'local' | 'remote' = 'local'): Routing =>
  clientRouting({
    ...at('K2', k2.bootstrapServers, read),
    topics: [topic],
    revision: 2,
    phase: read === 'remote' ? 'draining' : 'refuge',
    pollSeconds: 0.2,
  });

async function prepare(topic: string): Promise<void> {
  for (const cluster of [k1, k2]) {
    await createTopic(cluster, topic, 1);
    await commitStart(cluster, `g-${topic}`, topic, [0]);
  }
}

/** Notes the hooks of one client, and when it opens a cluster, each with whether sockets to K1 are open at that moment. */
const watched = () => {
  const told: string[] = [];
  const ours = new Map<string, Set<Socket>>([
    ['K1', new Set()],
    ['K2', new Set()],
  ]);
  const note = (what: string) => {
    const connected = [...ours.get('K1')!].some(({ destroyed }) => !destroyed);
    const line = `${what}, ${connected ? 'connected' : 'not connected'} to K1`;
    // On a slow machine a cluster may have to be opened twice.
    if (!(what.startsWith('opens') && told.at(-1) === line)) told.push(line);
  };
  const kafka: KafkaConfigFor = ({ cluster }) => {
    note(`opens ${cluster}`);
    const socketFactory: ISocketFactory = ({ host, port, onConnect }) => {
      const socket = connect({ host, port }, onConnect);
      ours.get(cluster)!.add(socket);
      return socket;
    };
    return { socketFactory };
  };
  const hook = (when: string) => (change: Switch) => {
    note(`${when} ${change.role} ${change.from?.revision ?? 'none'} -> ${change.to.revision}`);
  };
  return { told, kafka, hooks: { onBeforeSwitch: hook('before'), onAfterSwitch: hook('after') } };
};

const inOrder = (role: string) => [
  `before ${role} none -> 1, not connected to K1`,
  'opens K1, not connected to K1',
  `after ${role} none -> 1, connected to K1`,
  `before ${role} 1 -> 2, connected to K1`,
  'opens K2, not connected to K1',
  `after ${role} 1 -> 2, not connected to K1`,
];

test('a switch is told before the old cluster is left and after the new one is open, once each', async () => {
  await prepare('hooked');
  const source = memorySource(atK1('hooked'));
  const [producing, consuming] = [watched(), watched()];
  const producer = writer(source, { kafka: producing.kafka, hooks: producing.hooks });
  const consumer = await reader(source, 'g-hooked', { kafka: consuming.kafka, hooks: consuming.hooks });
  await producer.client.connect();
  await producer.client.send({ topic: 'hooked', messages: [{ value: 'at home' }] });
  await eventually('it is read at home', () => consumer.processed.length === 1);
  source.publish(atK2('hooked'));
  await eventually('both have moved', () =>
    [producing, consuming].every(({ told }) => told.some((line) => line.startsWith('after') && line.includes('-> 2'))),
  );
  await producer.client.send({ topic: 'hooked', messages: [{ value: 'at the refuge' }] });
  await eventually('it is read at the refuge', () => consumer.processed.length === 2);
  expect(producing.told).toEqual(inOrder('producer'));
  expect(consuming.told).toEqual(inOrder('consumer'));
});

test('a stay that is opened again after a lost answer is no switch: nothing is told', async () => {
  await prepare('reopened');
  let deaf = false;
  const socketFactory: ISocketFactory = ({ host, port, onConnect }) => {
    const socket = connect({ host, port }, onConnect);
    const emit = socket.emit.bind(socket) as (...args: unknown[]) => boolean;
    socket.emit = (...args: unknown[]) => (deaf && args[0] === 'data') || emit(...args);
    return socket;
  };
  let openings = 0;
  const { told, hooks } = watched();
  const { client } = writer(memorySource(atK1('reopened')), {
    kafka: () => {
      openings += 1;
      return { socketFactory, requestTimeout: 500 };
    },
    producer: { idempotent: true, maxInFlightRequests: 1, retry: { initialRetryTime: 50, retries: 1 } },
    hooks,
  });
  await client.connect();
  const send = (value: string) => client.send({ topic: 'reopened', messages: [{ value }] });
  await send('heard');
  const before = openings;
  deaf = true;
  await expect(send('answer lost')).rejects.toMatchObject({ outcome: 'unknown' });
  deaf = false;
  await send('heard again');
  expect(openings).toBeGreaterThan(before);
  expect(told.map((line) => line.split(',')[0])).toEqual(['before producer none -> 1', 'after producer none -> 1']);
});

test.each([
  ['throws', () => Promise.reject(new Error('a bug of the application'))],
  ['never ends', () => new Promise<void>(() => undefined)],
])(
  'a hook that %s does not keep anybody from moving, and what is sent meanwhile goes to the new cluster',
  async (what, fail) => {
    const topic = what.replace(' ', '-');
    await prepare(topic);
    const source = memorySource(atK1(topic));
    const called: string[] = [];
    const hook = (when: string) => (change: Switch) => {
      if (change.from === null) return undefined;
      called.push(`${when} ${change.role}`);
      return fail();
    };
    const hooks = { onBeforeSwitch: hook('before'), onAfterSwitch: hook('after') };
    const { client, acknowledged } = writer(source, { hooks });
    const { processed } = await reader(source, `g-${topic}`, { hooks });
    await client.connect();
    source.publish(atK2(topic));
    await eventually('the producer is about to leave', () => called.includes('before producer'));
    for (const value of ['a', 'b', 'c']) await client.send({ topic, messages: [{ value }] });
    await eventually('all is read', () => processed.length === 3);
    expect(acknowledged.map(({ cluster, message }) => `${cluster} ${String(message.value)}`)).toEqual([
      'K2 a',
      'K2 b',
      'K2 c',
    ]);
    expect(processed.map(({ cluster }) => cluster)).toEqual(['K2', 'K2', 'K2']);
    expect(called.toSorted()).toEqual(['after consumer', 'after producer', 'before consumer', 'before producer']);
  },
);

test.each([
  ['had left for it may have been written', 'asked', true, 'unknown'],
  ['had not left for it is certainly not in its log', 'unasked', false, 'unsent'],
] as const)('a record that K1 does not answer is handed back; one that %s', async (_what, topic, warm, outcome) => {
  await prepare(topic);
  const source = memorySource(atK1(topic));
  const failed: string[] = [];
  const note = (kind: string) => (record: { message: { value: unknown } }) =>
    void failed.push(`${kind} ${String(record.message.value)}`);
  const { client, handedBack } = writer(source, { hooks: { onFailed: note('failed'), onUnknown: note('unknown') } });
  await client.connect();
  const send = (value: string) => client.send({ topic, messages: [{ value }] });
  // Without a first one the producer has yet to ask who leads the topic.
  if (warm) await send('before');
  await stopAnswering(k1.processes[0]!);
  let answered: RecordsNotConfirmedError | null = null;
  try {
    const inFlight = send('in flight').catch((error: unknown) => {
      answered = error as RecordsNotConfirmedError;
    });
    source.publish(atK2(topic));
    await inFlight;
    await send('after');
  } finally {
    k1.processes[0]!.signal('SIGCONT');
  }
  const facts = { cluster: 'K1', revision: 1, outcome, records: [{ topic, message: { value: 'in flight' } }] };
  expect(handedBack).toEqual([facts]);
  expect(answered).toMatchObject({ name: 'RecordsNotConfirmedError', ...facts });
  expect(failed).toEqual([outcome === 'unsent' ? 'failed in flight' : 'unknown in flight']);
  await waitFor('K1 answers', async () => (await fill(k1, topic, 0, ['later']), true), PATIENT);
  const inLog = (await valuesIn(k1, topic)).filter((value) => value !== 'later');
  const possible = warm ? [['before'], ['before', 'in flight']] : [[]];
  expect(possible).toContainEqual(inLog);
  expect(await valuesIn(k2, topic)).toEqual(['after']);
});

test('a batch that a switch meets in its middle is committed as far as it was resolved', async () => {
  await prepare('in-batches');
  await createTopic(k2, 'K1.in-batches', 1);
  await fill(
    k1,
    'in-batches',
    0,
    Array.from({ length: 20 }, (_, n) => `${n}`),
  );
  const source = memorySource(atK1('in-batches'));
  const worked: string[] = [];
  const eachBatch = async (payload: EachBatchPayload) => {
    for (const { offset, value } of payload.batch.messages) {
      if (!payload.isRunning()) return;
      worked.push(String(value));
      payload.resolveOffset(offset);
      if (worked.length === 5) {
        source.publish(atK2('in-batches', 'remote'));
        await eventually('the switch has begun', () => !payload.isRunning());
      }
    }
  };
  const { client, processed, refusals } = await reader(source, 'g-in-batches', { eachBatch });
  await eventually('it asks for a position on K2', () => client.status().state === 'refused');
  expect(refusals[0]).toContain('K1.in-batches-0');
  expect(worked).toEqual(['0', '1', '2', '3', '4']);
  expect(processed.map(({ offset, cluster }) => `${cluster} ${offset}`)).toEqual(
    ['0', '1', '2', '3', '4'].map((offset) => `K1 ${offset}`),
  );
  expect(await committed(k1, 'g-in-batches', 'in-batches')).toEqual(['5']);
});

const values = Array.from({ length: 6 }, (_, n) => `${n}`);

/** As the controller does it: what is copied gets the positions that the group left at home. */
async function seed(topic: string): Promise<void> {
  const left = await committed(k1, `g-${topic}`, topic);
  await k2.admin((admin) =>
    admin.setOffsets({
      groupId: `g-${topic}`,
      topic: `K1.${topic}`,
      partitions: left.map((offset, partition) => ({ partition, offset })),
    }),
  );
}

test.each([
  ['after it has read at home', 'joins-and-reads', false],
  ['before it has joined at home', 'joins-too-late', true],
] as const)(
  'a member that joins while the handler of another holds up the switch moves %s: each record once, nobody stays',
  async (_when, topic, early) => {
    await createTopic(k1, topic, 2);
    await createTopic(k2, `K1.${topic}`, 2);
    for (const partition of [0, 1]) {
      await commitStart(k1, `g-${topic}`, topic, [partition]);
      const own = values.map((value) => `${partition}-${value}`);
      await fill(k1, topic, partition, own);
      await fill(k2, `K1.${topic}`, partition, own);
    }
    const gate = Promise.withResolvers<undefined>();
    const consumer = { sessionTimeout: 6000 };
    const [source, second] = [memorySource(atK1(topic)), memorySource(atK1(topic))];
    const handle = () => gate.promise;
    let begun = 0;
    const first = await reader(source, `g-${topic}`, {
      clientId: 'first',
      consumer,
      handle: () => ((begun += 1), handle()),
    });
    await eventually('its handler is at work', () => begun === 1);
    source.publish(atK2(topic, 'remote'));
    const joins = await reader(second, `g-${topic}`, { clientId: 'second', consumer });
    await waitFor(
      'the other asks to join',
      async () => (await members(k1, `g-${topic}`)).length === 2 || undefined,
      PATIENT,
    );
    if (early) second.publish(atK2(topic, 'remote'));
    gate.resolve(undefined);
    const all = () => [...first.processed, ...joins.processed];
    if (!early) {
      await eventually('the other reads the rest at home', () => all().length === 2 * values.length);
      second.publish(atK2(topic, 'remote'));
    }
    const refused = ({ client }: typeof first) => client.status().state === 'refused';
    await eventually('both wait for positions at the refuge', () => refused(first) && refused(joins));
    await waitFor(
      'nobody is left at home',
      async () => (await members(k1, `g-${topic}`)).length === 0 || undefined,
      PATIENT,
    );
    await seed(topic);
    await fill(k2, `K1.${topic}`, 0, ['0-new']);
    await fill(k2, `K1.${topic}`, 1, ['1-new']);
    const owned = () => [first, joins].map(({ assigned }) => assigned.at(-1)?.partitions[`K1.${topic}`] ?? []);
    await eventually('each owns one partition', () => owned().every(({ length }) => length === 1));
    expect(owned().flat().toSorted()).toEqual([0, 1]);
    const wanted = [0, 1].flatMap((partition) => [...values, 'new'].map((value) => `${partition}-${value}`)).toSorted();
    await eventually('all is read', () => all().length >= wanted.length);
    expect(
      all()
        .map(({ message }) => String(message.value))
        .toSorted(),
    ).toEqual(wanted);
  },
);
