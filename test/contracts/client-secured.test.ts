/** The client library where each cluster asks for another proof: K1 for a SCRAM password, K2 for a client's certificate. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { KafkaConfig } from 'kafkajs';
import {
  createConsumer,
  createProducer,
  credentialsByName,
  memorySource,
  type Credentials,
  type MemorySource,
} from '../../client/index.ts';
import { at, clientRouting } from '../support/builders/client-routing.ts';
import { KafkaCluster } from '../support/world/kafka-cluster.ts';
import { ProcessOwner } from '../support/world/processes.ts';
import {
  addScramUser,
  certificate,
  mutualTls,
  PASSWORD,
  scramOver,
  type Certificate,
} from '../support/world/secure-listener.ts';
import { commitStart, createTopic, members } from './support/client-world.ts';
import { eventually } from './support/patience.ts';

const RELATION = 'CLIENTS';

let owner: ProcessOwner;
let folder: string;
let k1: KafkaCluster;
let k2: KafkaCluster;
let server: Certificate;
let application: Certificate;
const open: { disconnect(): Promise<void> }[] = [];

beforeAll(async () => {
  owner = new ProcessOwner();
  folder = mkdtempSync(join(tmpdir(), 'client-secured-'));
  [server, application] = await Promise.all([certificate(folder, 'server'), certificate(folder, 'application')]);
  const authority = join(folder, 'application-authority.pem');
  writeFileSync(authority, application.pem);
  const secured = (alias: string, protocol: 'SASL_SSL' | 'SSL', settings: Readonly<Record<string, string>>) =>
    KafkaCluster.start({
      owner,
      alias,
      folder: join(folder, alias),
      relations: [RELATION],
      listeners: { [RELATION]: { host: () => 'localhost', protocol } },
      settings,
    });
  [k1, k2] = await Promise.all([
    secured('K1', 'SASL_SSL', scramOver(RELATION, server)),
    secured('K2', 'SSL', mutualTls(RELATION, server, authority)),
  ]);
  await addScramUser(k1.bootstrapServers[0]!, 'application', 'first');
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.disconnect()));
});

afterAll(async () => {
  await owner.stopAll();
  rmSync(folder, { recursive: true, force: true });
});

const serversOf = (cluster: KafkaCluster) => cluster.relation(RELATION).servers;
const atK1 = (topic: string, revision: number) =>
  clientRouting({ ...at('K1', serversOf(k1)), topics: [topic], revision, pollSeconds: 0.2 });
const atK2 = (topic: string, revision: number) =>
  clientRouting({ ...at('K2', serversOf(k2)), topics: [topic], revision, phase: 'refuge', pollSeconds: 0.2 });

const trust = () => ({ ca: [server.pem], servername: 'localhost' });
const scram = (password: string): Partial<KafkaConfig> => ({
  ssl: trust(),
  sasl: { mechanism: 'scram-sha-512', username: 'application', password },
});
const ourCertificate = (): Partial<KafkaConfig> => ({
  ssl: { ...trust(), pfx: readFileSync(application.keystore), passphrase: PASSWORD },
});

async function prepare(topic: string): Promise<void> {
  for (const cluster of [k1, k2]) {
    await createTopic(cluster, topic, 1);
    await commitStart(cluster, `g-${topic}`, topic, [0]);
  }
}

const clients = (source: MemorySource, topic: string, credentials: Readonly<Record<string, Credentials>>) => {
  const processed: string[] = [];
  const common = {
    pair: 'orders',
    clientSet: 'clients-k1',
    clientId: 'secured',
    source,
    kafka: credentialsByName(credentials),
    adoption: { report: async () => undefined },
  };
  const producer = createProducer({ ...common, flushMs: 500 });
  const consumer = createConsumer({
    ...common,
    groupId: `g-${topic}`,
    commitMs: 1000,
    consumer: { heartbeatInterval: 200, maxWaitTimeInMs: 100 },
    hooks: { onProcessed: ({ cluster, message }) => processed.push(`${cluster} ${String(message.value)}`) },
  });
  open.push(producer, consumer);
  return { producer, consumer, processed };
};

test('clients follow from a cluster that asks for a password to one that asks for a certificate, and back', async () => {
  await prepare('there-and-back');
  const source = memorySource(atK1('there-and-back', 1));
  const known = { 'k1-clients': scram('first'), 'k2-clients': ourCertificate() };
  const { producer, consumer, processed } = clients(source, 'there-and-back', known);
  await Promise.all([producer.connect(), consumer.run({ eachMessage: async () => undefined })]);
  const send = (value: string) => producer.send({ topic: 'there-and-back', messages: [{ value }] });
  await send('home');
  await eventually('it is read at home', () => processed.includes('K1 home'));
  source.publish(atK2('there-and-back', 2));
  await eventually('the producer has left', () => producer.status().routing?.revision === 2);
  await send('away');
  await eventually('it is read at the refuge', () => processed.includes('K2 away'));
  source.publish(atK1('there-and-back', 3));
  await eventually('the producer has left again', () => producer.status().routing?.revision === 3);
  await send('home again');
  await eventually('it is read at home again', () => processed.includes('K1 home again'));
  expect(processed).toEqual(['K1 home', 'K2 away', 'K1 home again']);
});

test('clients that cannot prove themselves at the refuge leave home all the same, and serve as soon as they can', async () => {
  await prepare('later');
  const source = memorySource(atK1('later', 1));
  let proof: Partial<KafkaConfig> = { ssl: trust() };
  const { producer, consumer, processed } = clients(source, 'later', {
    'k1-clients': scram('first'),
    'k2-clients': async () => proof,
  });
  await Promise.all([producer.connect(), consumer.run({ eachMessage: async () => undefined })]);
  await eventually('both are open', () => [producer, consumer].every((one) => one.status().state === 'open'));
  source.publish(atK2('later', 2));
  await eventually('both have left home', () =>
    [producer, consumer].every((one) => one.status().routing?.revision === 2),
  );
  const sent = producer.send({ topic: 'later', messages: [{ value: 'waits' }] });
  expect(await members(k1, 'g-later')).toEqual([]);
  expect([producer.status().state, consumer.status().state]).toEqual(['switching', 'switching']);
  proof = ourCertificate();
  await sent;
  await eventually('it is read at the refuge', () => processed.includes('K2 waits'));
});

test('a password that was changed is found at the next opening', async () => {
  await prepare('changed');
  let password = 'first';
  const source = memorySource(atK1('changed', 1));
  const known = { 'k1-clients': async () => scram(password), 'k2-clients': ourCertificate() };
  const { producer } = clients(source, 'changed', known);
  await producer.connect();
  source.publish(atK2('changed', 2));
  await eventually('it is away', () => producer.status().routing?.revision === 2 && producer.status().state === 'open');
  await addScramUser(k1.bootstrapServers[0]!, 'application', 'second');
  source.publish(atK1('changed', 3));
  await eventually('it has left', () => producer.status().routing?.revision === 3);
  const sent = producer.send({ topic: 'changed', messages: [{ value: 'home' }] });
  password = 'second';
  await sent;
  expect(producer.status()).toMatchObject({ state: 'open', routing: { revision: 3 } });
});
