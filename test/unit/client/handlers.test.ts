import { expect, test } from '@jest/globals';
import type { Batch, EachBatchPayload, EachMessagePayload, KafkaMessage } from 'kafkajs';
import { InProgress, watchedHandler, type ProcessedAt } from '../../../client/handlers.ts';

const messageAt = (offset: number) => ({ offset: `${offset}`, value: Buffer.from(`v${offset}`) }) as KafkaMessage;

/** A batch of the offsets given, of topic `t`, partition 3; kafkajs's own `resolveOffset` is noted. */
const batchOf = (offsets: readonly number[], lastOffset = offsets.at(-1)!) => {
  const resolved: string[] = [];
  const batch = {
    topic: 't',
    partition: 3,
    messages: offsets.map(messageAt),
    lastOffset: () => `${lastOffset}`,
  } as unknown as Batch;
  const payload = { batch, resolveOffset: (offset: string) => void resolved.push(offset) } as EachBatchPayload;
  return { payload, resolved };
};

type Work = (resolve: (offset: number) => void) => void | Promise<void>;
const throwing: Work = (resolve) => {
  resolve(10);
  throw new Error('the application failed');
};
const nothing: Work = () => undefined;

/** Offsets told as processed when the handler resolves what `work` says of the batch 10, 11, 13, 14. */
const toldOf = async (autoResolve: boolean, work: Work, lastOffset?: number) => {
  const told: ProcessedAt[] = [];
  const { payload, resolved } = batchOf([10, 11, 13, 14], lastOffset);
  const eachBatch = async (given: EachBatchPayload) => work((offset) => given.resolveOffset(`${offset}`));
  const watched = watchedHandler({ eachBatch }, autoResolve, new InProgress(), (at) => told.push(at));
  const failure = await watched.eachBatch!(payload).then(
    () => null,
    (error: unknown) => (error as Error).message,
  );
  return { told: told.map(({ message }) => Number(message.offset)), resolved: resolved.map(Number), failure };
};

test.each<[string, boolean, Work, number[]]>([
  ['nothing resolved, and the rest is not resolved by kafkajs', false, nothing, []],
  ['nothing resolved: kafkajs resolves the whole batch', true, nothing, [10, 11, 13, 14]],
  ['one resolved before an early return', false, (resolve) => resolve(10), [10]],
  ['an early return counts as done where kafkajs resolves the rest', true, (resolve) => resolve(10), [10, 11, 13, 14]],
  ['one resolved in the middle stands for those before it', false, (resolve) => resolve(13), [10, 11, 13]],
  ['an offset between two records (compaction, a marker)', false, (resolve) => resolve(12), [10, 11]],
  ['each by each', false, (resolve) => [10, 11, 13, 14].forEach(resolve), [10, 11, 13, 14]],
  ['the same offset twice', false, (resolve) => [11, 11].forEach(resolve), [10, 11]],
  ['an earlier offset after a later one', false, (resolve) => [13, 10].forEach(resolve), [10, 11, 13]],
  ['an offset behind the batch', false, (resolve) => resolve(99), [10, 11, 13, 14]],
])('eachBatch tells each record once: %s', async (_story, autoResolve, work, expected) => {
  expect((await toldOf(autoResolve, work)).told).toEqual(expected);
});

test('a batch whose end is a marker is told to its last record', async () => {
  expect((await toldOf(true, nothing, 15)).told).toEqual([10, 11, 13, 14]);
});

test.each([false, true])(
  'of a batch whose handler throws only what was resolved is told (autoResolve %s)',
  async (auto) => {
    expect(await toldOf(auto, throwing)).toEqual({ told: [10], resolved: [10], failure: 'the application failed' });
  },
);

test('kafkajs hears of each resolved offset as the handler said it', async () => {
  const { resolved } = await toldOf(false, (resolve) => [11, 10, 14].forEach(resolve));
  expect(resolved).toEqual([11, 10, 14]);
});

test('what is told says topic, partition and the record', async () => {
  const told: ProcessedAt[] = [];
  const { payload } = batchOf([7]);
  const watched = watchedHandler({ eachBatch: async () => undefined }, true, new InProgress(), (at) => told.push(at));
  await watched.eachBatch!(payload);
  expect(told).toEqual([{ topic: 't', partition: 3, message: messageAt(7) }]);
});

test.each([
  ['is told when its handler has returned', () => Promise.resolve(), 1],
  ['is not told when its handler has thrown', () => Promise.reject(new Error('no')), 0],
])('eachMessage: a record %s', async (_what, eachMessage, count) => {
  const told: ProcessedAt[] = [];
  const watched = watchedHandler({ eachMessage }, true, new InProgress(), (at) => told.push(at));
  const payload = { topic: 't', partition: 0, message: messageAt(1) } as EachMessagePayload;
  await watched.eachMessage!(payload).catch(() => undefined);
  expect(told).toHaveLength(count);
});

test('it is idle when none of several handlers runs any more, also after one that threw', async () => {
  const inProgress = new InProgress();
  const [first, second] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  const works = [inProgress.during(() => first.promise), inProgress.during(() => second.promise)];
  let idle = false;
  const waiting = inProgress.idle().then(() => (idle = true));
  first.reject(new Error('no'));
  await expect(works[0]).rejects.toThrow('no');
  expect(idle).toBe(false);
  second.resolve(undefined);
  await waiting;
  await works[1];
  await inProgress.idle();
});
