/** Records that were aborted, where transactions of several producers overlap in a partition, on a real cluster. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Producer, Transaction } from 'kafkajs';
import { memorySource } from '../../client/index.ts';
import { at, clientRouting } from '../support/builders/client-routing.ts';
import { waitFor } from '../support/world/conditions.ts';
import {
  commitStart,
  createTopic,
  fill,
  startTwoClusters,
  valuesIn,
  type TwoClusters,
} from './support/client-world.ts';
import { PATIENT } from './support/patience.ts';
import { prompt, routedClients } from './support/routed-clients.ts';

let world: TwoClusters;
const clients = routedClients();

beforeAll(async () => {
  world = await startTwoClusters('client-aborted');
});
afterAll(async () => {
  await clients.close();
  await world.stop();
});

async function transactional(name: string): Promise<Producer> {
  const settings = { transactionalId: name, maxInFlightRequests: 1, idempotent: true };
  const producer = world.k1.kafka(name).producer(settings);
  await producer.connect();
  return producer;
}
const send = (transaction: Transaction, topic: string, value: string) =>
  transaction.send({ topic, messages: [{ value, partition: 0 }] });

interface Got {
  readonly value: string;
  readonly offset: number;
}

/** What an application of the library gets, up to the record that says `plain`. */
async function processedBy(topic: string, groupId: string, maxBytesPerPartition?: number): Promise<readonly Got[]> {
  const value = clientRouting({ ...at('K1', world.k1.bootstrapServers), topics: [topic] });
  const consumer = { ...prompt, ...(maxBytesPerPartition !== undefined && { maxBytesPerPartition }) };
  const { client, processed } = await clients.reader(memorySource(value), groupId, { consumer });
  const got = () => processed.map(({ message }) => ({ value: String(message.value), offset: Number(message.offset) }));
  await waitFor('the end is read', async () => valuesOf(got()).includes('plain') || undefined, PATIENT);
  await client.disconnect();
  return got();
}
const valuesOf = (got: readonly Got[]): readonly string[] => got.map(({ value }) => value);

// The first test, since its own reader is kafkajs alone: the library's first consumer mends all those of the process.
test('two producers write at once, and both abort: the library hands out nothing of it, where kafkajs does', async () => {
  await createTopic(world.k1, 'overlap', 1);
  await commitStart(world.k1, 'g-overlap', 'overlap', [0]);
  const producers = await Promise.all(['first', 'second'].map(transactional));
  const [first, second] = await Promise.all(producers.map((producer) => producer.transaction()));
  await send(first!, 'overlap', 'aborted late');
  await send(second!, 'overlap', 'aborted early');
  await second!.abort();
  await send(first!, 'overlap', 'aborted late, too');
  await first!.abort();
  const good = await producers[0]!.transaction();
  await send(good, 'overlap', 'committed');
  await good.commit();
  await fill(world.k1, 'overlap', 0, ['plain']);
  await Promise.all(producers.map((producer) => producer.disconnect()));

  expect(await valuesIn(world.k1, 'overlap')).toEqual(['aborted late', 'committed', 'plain']);
  expect(valuesOf(await processedBy('overlap', 'g-overlap'))).toEqual(['committed', 'plain']);
});

/** Three producers take turns; who ends whose transaction when differs from round to round. Answers what was committed. */
async function interleave(topic: string, rounds: number): Promise<readonly string[]> {
  const producers = await Promise.all(['a', 'b', 'c'].map((name) => transactional(`${topic}-${name}`)));
  const open = new Map<number, { readonly transaction: Transaction; readonly values: string[] }>();
  const committed = new Map<string, number>();
  let sent = 0;
  const end = async (lane: number, commits: boolean) => {
    const { transaction, values } = open.get(lane)!;
    open.delete(lane);
    await (commits ? transaction.commit() : transaction.abort());
    if (commits) for (const value of values) committed.set(value, Number(value));
  };
  for (let round = 0; round < rounds; round += 1) {
    const lane = (round * round + (round >> 2)) % 3;
    const { transaction, values } = open.get(lane) ?? {
      transaction: await producers[lane]!.transaction(),
      values: [],
    };
    open.set(lane, { transaction, values });
    const value = String(sent++);
    await send(transaction, topic, value);
    values.push(value);
    if (round % 5 >= 3) await end(lane, round % 3 === 0);
  }
  for (const lane of [...open.keys()]) await end(lane, false);
  await Promise.all(producers.map((producer) => producer.disconnect()));
  await fill(world.k1, topic, 0, ['plain']);
  return [...committed.keys()].toSorted((a, b) => committed.get(a)! - committed.get(b)!);
}

test('transactions of three producers overlap in many ways: exactly what was committed, also in many small fetches, and from within any of them', async () => {
  await createTopic(world.k1, 'mixed', 1);
  const committed = await interleave('mixed', 60);
  expect(committed.length).toBeGreaterThan(5);
  await commitStart(world.k1, 'g-mixed', 'mixed', [0]);
  const all = await processedBy('mixed', 'g-mixed');
  expect(valuesOf(all)).toEqual([...committed, 'plain']);
  await commitStart(world.k1, 'g-small', 'mixed', [0]);
  expect(await processedBy('mixed', 'g-small', 200)).toEqual(all);
  for (const start of [7, 20, 33, 46]) {
    await commitStart(world.k1, `g-from-${start}`, 'mixed', [0], start);
    expect(await processedBy('mixed', `g-from-${start}`)).toEqual(all.filter(({ offset }) => offset >= start));
  }
});
