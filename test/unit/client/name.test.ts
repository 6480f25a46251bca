import { expect, test } from '@jest/globals';
import { createConsumer } from '../../../client/consumer.ts';
import { createProducer } from '../../../client/producer.ts';

const source = { regions: ['eu-central-1'], read: async () => [] } as never;
const options = (clientId: string) => ({ pair: 'orders', clientSet: 'clients-k1', clientId, source });

test('a client id whose acknowledgements could not be kept is refused at construction, with what is allowed', () => {
  const sentence = 'clientId makes the name "clients-k1.' + 'x'.repeat(60);
  expect(() => createProducer(options('x'.repeat(990)))).toThrow(sentence);
  expect(() => createConsumer({ ...options('x'.repeat(990)), groupId: 'billing' })).toThrow(
    /of 1001 bytes; allowed: 1000, its client set included; choose a shorter one/,
  );
});

test('bytes count, not characters', () => {
  expect(() => createProducer(options('ü'.repeat(500)))).toThrow('of 1011 bytes');
});

test('the longest name is taken', () => {
  expect(() => createProducer(options('x'.repeat(989)))).not.toThrow();
});
