import { expect, test } from '@jest/globals';
import type { ProducerBatch } from 'kafkajs';
import { RecordsNotConfirmedError } from '../../../client/errors.ts';
import { recordsOf, WaitingLine } from '../../../client/waiting-line.ts';

const batch = (...values: string[]): ProducerBatch => ({
  topicMessages: [{ topic: 't', messages: values.map((value) => ({ value })) }],
});
const valuesOf = (batches: readonly ProducerBatch[]) => batches.flatMap(recordsOf).map(({ message }) => message.value);

const line = (options: { maxRecords?: number; maxWaitMs?: number } = {}) => {
  const sent: unknown[][] = [];
  let gate = Promise.resolve();
  const waitingLine = new WaitingLine<string, string>({
    maxRecords: options.maxRecords ?? 10,
    maxWaitMs: options.maxWaitMs ?? null,
    deliver: async (place, batches) => {
      sent.push(valuesOf(batches));
      await gate;
      return batches.map((one) => `${place}:${valuesOf([one]).join()}`);
    },
  });
  const holdBack = (until: Promise<undefined>) => {
    gate = until;
  };
  return { line: waitingLine, sent, holdBack };
};

test('what waited goes out in order, merged, and each sender gets its own answer', async () => {
  const { line: waiting, sent } = line();
  const sends = ['a', 'b', 'c'].map((value) => waiting.enter(batch(value)));
  waiting.open('K2');
  expect(await Promise.all(sends)).toEqual(['K2:a', 'K2:b', 'K2:c']);
  expect(sent).toEqual([['a', 'b', 'c']]);
});

test('what comes new while the line drains goes out behind what waited', async () => {
  const { line: waiting, sent, holdBack } = line();
  const gate = Promise.withResolvers<undefined>();
  holdBack(gate.promise);
  const first = waiting.enter(batch('a'));
  waiting.open('K2');
  const second = waiting.enter(batch('b'));
  expect(sent).toEqual([['a']]);
  gate.resolve(undefined);
  await Promise.all([first, second]);
  expect(sent).toEqual([['a'], ['b']]);
});

test('batches with different settings do not travel together', async () => {
  const { line: waiting, sent } = line();
  const sends = [waiting.enter(batch('a')), waiting.enter({ ...batch('b'), acks: 1 })];
  waiting.open('K2');
  await Promise.all(sends);
  expect(sent).toEqual([['a'], ['b']]);
});

test('a line that closes while it drains keeps the rest for the next cluster', async () => {
  const { line: waiting, sent, holdBack } = line();
  const gate = Promise.withResolvers<undefined>();
  holdBack(gate.promise);
  const first = waiting.enter(batch('a'));
  waiting.open('K1');
  const second = waiting.enter(batch('b'));
  waiting.close();
  gate.resolve(undefined);
  await first;
  expect(sent).toEqual([['a']]);
  waiting.open('K2');
  expect(await second).toBe('K2:b');
});

test('more records than may wait are refused as unsent', async () => {
  const { line: waiting } = line({ maxRecords: 2 });
  void waiting.enter(batch('a', 'b'));
  const refused = waiting.enter(batch('c'));
  await expect(refused).rejects.toMatchObject({
    outcome: 'unsent',
    cluster: null,
    records: [{ topic: 't', message: { value: 'c' } }],
  });
});

test('a record that waited too long comes back as unsent', async () => {
  const { line: waiting } = line({ maxWaitMs: 1 });
  await expect(waiting.enter(batch('a'))).rejects.toThrow('waited 1 ms for a cluster to be open; nothing was sent');
});

test('a refusing line hands back those who wait', async () => {
  const { line: waiting } = line();
  const send = waiting.enter(batch('a'));
  waiting.refuse('told to hold');
  await expect(send).rejects.toBeInstanceOf(RecordsNotConfirmedError);
});
