/** A send is over when each partition has answered, however often kafkajs comes back without some of them. */
import { expect, test } from '@jest/globals';
import type { RecordMetadata, TopicMessages } from 'kafkajs';
import { sendWhole } from '../../../client/whole-send.ts';

const answer = (topicName: string, partition: number): RecordMetadata => ({
  topicName,
  partition,
  errorCode: 0,
  baseOffset: '7',
});
const message = (value: string, partition: number) => ({ value, partition });
const GIVEN: readonly TopicMessages[] = [
  { topic: 'orders', messages: [message('a', 0), message('b', 1), message('c', 0)] },
  { topic: 'payments', messages: [message('d', 0)] },
];

/** Answers round by round, and notes what was sent in each. */
const rounds = (...answers: readonly RecordMetadata[][]) => {
  const sent: string[][] = [];
  const send = async (open: TopicMessages[]) => {
    sent.push(open.flatMap(({ topic, messages }) => messages.map(({ value }) => `${topic} ${String(value)}`)));
    return answers[sent.length - 1]!;
  };
  return { sent, whole: () => sendWhole(send, [...GIVEN], ({ partition }) => partition) };
};

test('where each partition answers, it is sent once', async () => {
  const all = [answer('orders', 0), answer('orders', 1), answer('payments', 0)];
  const { sent, whole } = rounds(all);
  expect(await whole()).toEqual(all);
  expect(sent).toEqual([['orders a', 'orders b', 'orders c', 'payments d']]);
});

test('what has no answer is sent again, in its order, until it has', async () => {
  const { sent, whole } = rounds([answer('orders', 1)], [answer('payments', 0)], [answer('orders', 0)]);
  expect(await whole()).toEqual([answer('orders', 1), answer('payments', 0), answer('orders', 0)]);
  expect(sent).toEqual([
    ['orders a', 'orders b', 'orders c', 'payments d'],
    ['orders a', 'orders c', 'payments d'],
    ['orders a', 'orders c'],
  ]);
});

test('a partition of another topic is no answer', async () => {
  const { sent, whole } = rounds([answer('orders', 0), answer('orders', 1)], [answer('payments', 0)]);
  await whole();
  expect(sent[1]).toEqual(['payments d']);
});

test('a round without an answer ends it: it would go on for ever', async () => {
  const { sent, whole } = rounds([answer('orders', 1)], []);
  await expect(whole()).rejects.toThrow('the send came back without an answer');
  expect(sent).toHaveLength(2);
});

test('a send without records is over at once', async () => {
  const send = async () => Promise.reject(new Error('nothing to send'));
  expect(await sendWhole(send, [], () => 0)).toEqual([]);
});
