/** Listeners that outlive kafkajs's clients, and the events that kafkajs itself has. */
import { expect, test } from '@jest/globals';
import { Kafka, Partitioners, type InstrumentationEvent } from 'kafkajs';
import { createConsumer, createProducer, memorySource, type Logger } from '../../../client/index.ts';
import { CONSUMER_EVENTS, Listeners, PRODUCER_EVENTS, type Emitter } from '../../../client/listeners.ts';

const kafka = new Kafka({ brokers: ['nowhere.example:9092'] });
const common = { pair: 'orders', clientSet: 'clients-k1', clientId: 'one', source: memorySource() };

const listening = () => {
  const errors: string[] = [];
  const nothing = () => undefined;
  const logger: Logger = {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: (message) => void errors.push(message),
  };
  return { listeners: new Listeners(CONSUMER_EVENTS, logger), errors };
};

/** One stay's kafkajs client: passes on what it is told to. */
const stay = () => {
  const heard = new Map<string, (event: InstrumentationEvent<unknown>) => void>();
  const client: Emitter = { on: (name, listener) => heard.set(name, listener) };
  const emit = (name: string, payload: unknown) =>
    heard.get(name)!({ id: '1', type: name, timestamp: 1_795_000_000_000, payload });
  return { client, emit };
};

test("the names are those of kafkajs's own consumer", () => {
  expect(CONSUMER_EVENTS).toEqual(kafka.consumer({ groupId: 'g' }).events);
});

test("the names are those of kafkajs's own producer", () => {
  expect(PRODUCER_EVENTS).toEqual(kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner }).events);
});

test('a listener hears of the client that was there when it came, and of the next one', () => {
  const { listeners } = listening();
  const [first, second] = [stay(), stay()];
  const heard: unknown[] = [];
  listeners.attach(first.client);
  listeners.on('consumer.group_join', ({ payload }: InstrumentationEvent<unknown>) => heard.push(payload));
  first.emit('consumer.group_join', 'at K1');
  listeners.attach(second.client);
  second.emit('consumer.group_join', 'at K2');
  second.emit('consumer.heartbeat', 'not asked for');
  expect(heard).toEqual(['at K1', 'at K2']);
});

test('a listener that was taken away hears nothing more, the other one like it goes on', () => {
  const { listeners } = listening();
  const { client, emit } = stay();
  const heard: unknown[] = [];
  const listener = ({ payload }: InstrumentationEvent<unknown>) => heard.push(payload);
  listeners.attach(client);
  const remove = listeners.on('consumer.crash', listener);
  listeners.on('consumer.crash', listener);
  emit('consumer.crash', 'twice');
  remove();
  remove();
  emit('consumer.crash', 'once');
  expect(heard).toEqual(['twice', 'twice', 'once']);
});

test.each<[string, () => unknown]>([
  [
    'throws',
    () => {
      throw new Error('no disk');
    },
  ],
  ['rejects', () => Promise.reject(new Error('no disk'))],
])('a listener that %s is logged and keeps nobody else from hearing', async (_how, fails) => {
  const { listeners, errors } = listening();
  const { client, emit } = stay();
  const heard: unknown[] = [];
  listeners.on('consumer.stop', fails);
  listeners.on('consumer.stop', () => heard.push('stop'));
  listeners.attach(client);
  emit('consumer.stop', null);
  await Promise.resolve();
  await Promise.resolve();
  expect([heard, errors]).toEqual([['stop'], ['a listener of consumer.stop failed: no disk']]);
});

test('an event that kafkajs does not have is refused with those it has', () => {
  const producer = createProducer({ ...common });
  expect(() => producer.on('producer.connected' as never, () => undefined)).toThrow(
    'there is no event "producer.connected"; allowed: producer.connect, producer.disconnect, producer.network.request, producer.network.request_timeout, producer.network.request_queue_size',
  );
});

test.each([
  ['nothing asked for', {}, false],
  ['idempotent', { producer: { idempotent: true } }, true],
  ['transactional', { transactionalId: 'one' }, true],
])('a producer with %s says whether it is idempotent', (_options, options, idempotent) => {
  expect(createProducer({ ...common, ...options }).isIdempotent()).toBe(idempotent);
});

test('seek is refused while the consumer is on no cluster', () => {
  const consumer = createConsumer({ ...common, groupId: 'g' });
  expect(() => consumer.seek({ topic: 'orders', partition: 0, offset: '7' })).toThrow(
    'seek() needs a consumer that has joined its group; client "clients-k1.one" is starting',
  );
});

test.each(['-1', '-2', '', '1.5', 'latest'])('seek to "%s" is refused: it is the offset of no record', (offset) => {
  const consumer = createConsumer({ ...common, groupId: 'g' });
  expect(() => consumer.seek({ topic: 'orders', partition: 0, offset })).toThrow(
    `seek() to offset "${offset}"; allowed: the offset of a record, "0" or higher`,
  );
});

test('describeGroup rejects while the consumer is on no cluster', async () => {
  const consumer = createConsumer({ ...common, groupId: 'g' });
  await expect(consumer.describeGroup()).rejects.toThrow(
    'describeGroup() needs a consumer that has joined its group; client "clients-k1.one" is starting',
  );
});
