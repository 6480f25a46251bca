import { expect, test } from '@jest/globals';
import { credentialsByName } from '../../../client/credentials.ts';
import { noAdoptionSink } from '../../../client/adoption.ts';
import { createConsumer } from '../../../client/consumer.ts';
import { createProducer } from '../../../client/producer.ts';
import { memorySource } from '../../../client/routing-source.ts';
import { at, clientRouting } from '../../support/builders/client-routing.ts';

const endpoint = clientRouting().producers;
const us = { pair: 'orders', clientSet: 'clients-k1', clientId: 'one', adoption: noAdoptionSink };

test('each cluster gets the credentials that its routing names', async () => {
  const kafka = credentialsByName({
    'k1-clients': { ssl: true },
    'k2-clients': async ({ cluster }) => ({ ssl: { servername: cluster } }),
  });
  expect(await kafka(endpoint)).toEqual({ ssl: true });
  expect(await kafka({ ...endpoint, cluster: 'K2', auth: 'k2-clients' })).toEqual({ ssl: { servername: 'K2' } });
});

test('they are asked for anew at each opening, so that a rotated secret is found', async () => {
  let asked = 0;
  const kafka = credentialsByName({ 'k1-clients': async () => ({ connectionTimeout: (asked += 1) }) });
  expect([await kafka(endpoint), await kafka(endpoint)]).toEqual([{ connectionTimeout: 1 }, { connectionTimeout: 2 }]);
});

test.each(['k3-clients', 'constructor'])(
  'a name that nobody knows (%s) is refused with those that are known',
  async (auth) => {
    const kafka = credentialsByName({ 'k1-clients': {}, 'k2-clients': {} });
    await expect((async () => kafka({ ...endpoint, auth }))()).rejects.toThrow(
      `no credentials are known under "${auth}", which the routing names for K1; known: k1-clients, k2-clients`,
    );
  },
);

/** The secret store of the client's region does not answer for K1, and for K1 alone. */
const stuckForK1 = ({ cluster }: { readonly cluster: string }) =>
  cluster === 'K1' ? new Promise<never>(() => undefined) : { connectionTimeout: 50 };

test('a producer whose credentials never come still follows the next revision', async () => {
  const source = memorySource(clientRouting({ revision: 1 }));
  const producer = createProducer({ ...us, source, kafka: stuckForK1 });
  const connected = producer.connect();
  await new Promise((resolve) => setImmediate(resolve));
  source.publish(clientRouting({ revision: 2, ...at('K2', ['127.0.0.1:1'], 'local', 'hold') }));
  await connected;
  expect(producer.status()).toMatchObject({ state: 'holding', routing: { revision: 2 } });
  await producer.disconnect();
}, 5000);

test('a consumer whose credentials never come can be disconnected', async () => {
  const consumer = createConsumer({ ...us, source: memorySource(clientRouting()), groupId: 'g', kafka: stuckForK1 });
  await consumer.run({ eachMessage: async () => undefined });
  await new Promise((resolve) => setImmediate(resolve));
  await consumer.disconnect();
  expect(consumer.status().state).toBe('stopped');
}, 5000);
