/**
 * The client library on a cluster that asks for a token (SASL/OAUTHBEARER, as MSK with IAM does): who is let in, and what an
 * application hears of a token that is turned down. K1 asks for nothing; K2 checks tokens as MSK is documented to do.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { generateAuthToken } from 'aws-msk-iam-sasl-signer-js';
import type { KafkaConfig } from 'kafkajs';
import { credentialsByName, memorySource, type Logger, type Routing } from '../../client/index.ts';
import { at, clientRouting } from '../support/builders/client-routing.ts';
import { compiled } from '../support/world/jvm.ts';
import { KafkaCluster } from '../support/world/kafka-cluster.ts';
import { ProcessOwner } from '../support/world/processes.ts';
import { certificate, iamOver, type Certificate } from '../support/world/secure-listener.ts';
import { commitStart, createTopic, fill } from './support/client-world.ts';
import { eventually } from './support/patience.ts';
import { routedClients } from './support/routed-clients.ts';

const owner = new ProcessOwner();
const folder = mkdtempSync(join(tmpdir(), 'client-oauth-'));
let k1: KafkaCluster;
let k2: KafkaCluster;
let server: Certificate;
let topic: string;
const { reader, writer, close } = routedClients();

/** The example of AWS's documentation; IamLogin.java has the same. */
const KEYS = {
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const before = { ...process.env };

beforeAll(async () => {
  Object.assign(process.env, KEYS);
  server = await certificate(folder, 'broker');
  const classes = await compiled('IamLogin.java', join(folder, 'classes'));
  [k1, k2] = await Promise.all([
    KafkaCluster.start({ owner, alias: 'K1', folder: join(folder, 'k1') }),
    KafkaCluster.start({
      owner,
      alias: 'K2',
      folder: join(folder, 'k2'),
      settings: iamOver('IAM', server),
      relations: ['IAM'],
      listeners: { IAM: { host: () => 'localhost', protocol: 'SASL_SSL' } },
      classes,
    }),
  ]);
});

let round = 0;
beforeEach(async () => {
  topic = `t${round++}`;
  for (const cluster of [k1, k2]) {
    await createTopic(cluster, topic, 1);
    await commitStart(cluster, `g-${topic}`, topic, [0]);
  }
});

afterEach(close);

afterAll(async () => {
  for (const name of Object.keys(KEYS)) {
    Reflect.deleteProperty(process.env, name);
    if (before[name] !== undefined) process.env[name] = before[name];
  }
  await owner.stopAll();
  rmSync(folder, { recursive: true, force: true });
});

const atHome = (): Routing => clientRouting({ ...at('K1', k1.bootstrapServers), topics: [topic], pollSeconds: 0.2 });
const atRefuge = (): Routing =>
  clientRouting({
    ...at('K2', k2.relation('IAM').servers),
    topics: [topic],
    revision: 2,
    phase: 'refuge',
    pollSeconds: 0.2,
  });

/** As an application writes it, with kafkajs's own option; the region is part of what is signed. */
const tokenFor = (region: () => string): Partial<KafkaConfig> => ({
  ssl: { ca: [server.pem] },
  sasl: {
    mechanism: 'oauthbearer',
    oauthBearerProvider: async () => ({ value: (await generateAuthToken({ region: region() })).token }),
  },
});

const RIGHT = 'eu-west-1';
const WRONG = 'eu-central-1';

const noting = () => {
  const warnings: string[] = [];
  const nothing = () => undefined;
  const logger: Logger = {
    debug: nothing,
    info: nothing,
    error: nothing,
    warn: (message) => void warnings.push(message),
  };
  return { warnings, logger };
};

/** localhost:port turns the token down, with what the broker said of it. */
const REFUSED = /localhost:\d+ turns the token down: \{"status":"invalid_token/;

test('clients follow to a cluster that asks for a token of IAM, and home again', async () => {
  const kafka = credentialsByName({ 'k1-clients': {}, 'k2-clients': tokenFor(() => RIGHT) });
  const source = memorySource(atHome());
  const member = await reader(source, `g-${topic}`, { kafka });
  const { client } = writer(source, { kafka });
  await client.connect();
  const send = (value: string) => client.send({ topic, messages: [{ value }] });
  await send('home');
  await eventually('it is read at home', () => member.processed.length === 1);
  source.publish(atRefuge());
  await eventually('the producer has left', () => client.status().routing?.revision === 2);
  await send('away');
  await eventually('it is read at the refuge', () => member.processed.length === 2);
  source.publish({ ...atHome(), revision: 3 });
  await eventually('the producer has left again', () => client.status().routing?.revision === 3);
  await send('home again');
  await eventually('it is read at home again', () => member.processed.length === 3);
  expect(member.processed.map(({ cluster, message }) => `${cluster} ${String(message.value)}`)).toEqual([
    'K1 home',
    'K2 away',
    'K1 home again',
  ]);
});

test('a producer whose token is turned down hears that it is, sends nothing, and sends as soon as it has a good one', async () => {
  let region = WRONG;
  const { warnings, logger } = noting();
  const kafka = credentialsByName({ 'k1-clients': {}, 'k2-clients': tokenFor(() => region) });
  const source = memorySource(atHome());
  const { client, acknowledged } = writer(source, { kafka, logger });
  await client.connect();
  source.publish(atRefuge());
  await eventually('it is told', () => warnings.some((one) => REFUSED.test(one)));
  expect(client.status()).toMatchObject({ state: 'switching', problem: expect.stringMatching(REFUSED) });
  const sent = client.send({ topic, messages: [{ value: 'waits' }] });
  region = RIGHT;
  await sent;
  expect(acknowledged.map(({ cluster }) => cluster)).toEqual(['K2']);
  expect(client.status()).toMatchObject({ state: 'open', problem: null });
});

test('a send that may wait only so long is given back with the reason', async () => {
  const kafka = credentialsByName({ 'k2-clients': tokenFor(() => WRONG) });
  const { client } = writer(memorySource(atRefuge()), { kafka, maxWaitMs: 3000 });
  void client.connect().catch(() => undefined);
  await eventually('it knows', () => REFUSED.test(client.status().problem ?? ''));
  const failure = client.send({ topic, messages: [{ value: 'a' }] });
  await expect(failure).rejects.toMatchObject({ outcome: 'unsent', message: expect.stringMatching(REFUSED) });
});

test('a consumer whose token is turned down hears that it is, acknowledges so, and reads as soon as it has a good one', async () => {
  let region = WRONG;
  await fill(k2, topic, 0, ['away']);
  const { warnings, logger } = noting();
  const kafka = credentialsByName({ 'k1-clients': {}, 'k2-clients': tokenFor(() => region) });
  const source = memorySource(atHome());
  const { client, processed, adoptions } = await reader(source, `g-${topic}`, { kafka, logger });
  await eventually('it has joined at home', () => client.status().state === 'open');
  source.publish(atRefuge());
  await eventually('it is told', () => warnings.some((one) => REFUSED.test(one)));
  await eventually('it acknowledges', () => adoptions.some(({ active, note }) => !active && REFUSED.test(note ?? '')));
  expect(client.status().problem).toMatch(REFUSED);
  region = RIGHT;
  await eventually('it reads', () => processed.length === 1);
});
