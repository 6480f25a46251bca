/** A producer that may not send: no cluster is needed to see what becomes of its records. */
import { afterEach, expect, test } from '@jest/globals';
import { createProducer, memorySource, type FailoverProducer, type ProducerOptions } from '../../../client/index.ts';
import { at, clientRouting } from '../../support/builders/client-routing.ts';

const open: FailoverProducer[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.disconnect()));
});

/** Told to hold; notes what it says of each record. */
const holding = async (options: Partial<ProducerOptions>) => {
  const told: string[] = [];
  const source = memorySource(clientRouting({ ...at('K1', ['k1.example:9092'], 'local', 'hold'), revision: 7 }));
  const producer = createProducer({
    pair: 'orders',
    clientSet: 'clients-k1',
    clientId: 'writer',
    source,
    adoption: { report: async () => undefined },
    hooks: {
      onFailed: ({ message, cluster }) => told.push(`failed ${String(message.value)} at ${cluster}`),
      onUnknown: ({ message }) => told.push(`unknown ${String(message.value)}`),
    },
    ...options,
  });
  open.push(producer);
  await producer.connect();
  const send = (...values: string[]) =>
    producer.send({ topic: 'orders', messages: values.map((value) => ({ value })) });
  return { producer, send, told };
};
const unsent = (...values: string[]) => ({
  name: 'RecordsNotConfirmedError',
  outcome: 'unsent',
  cluster: null,
  revision: null,
  records: values.map((value) => ({ topic: 'orders', message: { value } })),
});

test("onHold: 'reject' gives a record back at once as unsent, with the revision that says hold", async () => {
  const { send, told } = await holding({ onHold: 'reject' });
  const failure = send('a');
  await expect(failure).rejects.toMatchObject(unsent('a'));
  await expect(failure).rejects.toThrow('revision 7 tells producers to hold; nothing was sent');
  expect(told).toEqual(['failed a at null']);
});

test("onHold: 'reject' refuses a transaction as well", async () => {
  const { producer } = await holding({ onHold: 'reject', transactionalId: 'writer' });
  await expect(producer.transaction()).rejects.toMatchObject(unsent());
});

test('a record waits for maxWaitMs and is given back as unsent', async () => {
  const { send, told } = await holding({ maxWaitMs: 20 });
  const failure = send('a');
  await expect(failure).rejects.toMatchObject(unsent('a'));
  await expect(failure).rejects.toThrow('waited 20 ms for a cluster to be open; nothing was sent');
  expect(told).toEqual(['failed a at null']);
});

test('more than maxWaitingRecords are refused at once, and those that wait go on waiting', async () => {
  const { producer, send, told } = await holding({ maxWaitingRecords: 3 });
  const waiting = [send('a', 'b'), send('c')];
  const failure = send('d');
  await expect(failure).rejects.toMatchObject(unsent('d'));
  await expect(failure).rejects.toThrow(
    '3 records wait for a cluster and at most 3 may: slow down, or raise maxWaitingRecords',
  );
  expect(told).toEqual(['failed d at null']);
  const ends = Promise.allSettled(waiting);
  await producer.disconnect();
  expect((await ends).map((end) => (end.status === 'rejected' ? (end.reason as Error).message : 'sent'))).toEqual([
    'the producer is disconnected; nothing was sent',
    'the producer is disconnected; nothing was sent',
  ]);
});
