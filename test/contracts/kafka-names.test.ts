/** Resolvers that are slow, silent or do not know: a real broker that is known by names, and a resolver that the test gives. */
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, expect, test } from '@jest/globals';
import { createCanaryTopic, kafkaProbe } from '../../lambdas/adapters/kafka/index.ts';
import type { Resolver } from '../../lambdas/adapters/kafka/names.ts';
import { waitFor } from '../support/world/conditions.ts';
import { clusterForThisFile, noSecrets, pairWith, silentLog } from './support/kafka.ts';
import { PATIENT } from './support/patience.ts';

const BOOTSTRAP = 'bootstrap.k1.test';
const BROKER = 'broker.k1.test';
const cluster = clusterForThisFile(async () => ({
  relations: ['PROBER'],
  listeners: { PROBER: { host: () => BROKER } },
}));
beforeAll(() => createCanaryTopic(pairWith(cluster().bootstrapServers), 'K1', noSecrets, silentLog));

const RUNG_SECONDS = 1;
const bootstrapServers = () =>
  cluster()
    .relation('PROBER')
    .servers.map((server) => server.replace(BROKER, BOOTSTRAP));
const climb = (resolver: Resolver) =>
  kafkaProbe(pairWith(bootstrapServers(), { kind: 'plaintext' }, RUNG_SECONDS), {
    vantage: 'eu-west-1',
    secretOf: noSecrets,
    resolver,
    log: silentLog,
  }).climb('K1');
const last = async (resolver: Resolver): Promise<readonly string[]> => {
  const rung = (await climb(resolver)).rungs.at(-1);
  return rung?.kind === 'broke' ? [rung.rung, rung.errorClass] : [rung?.rung ?? 'none'];
};
const loopback: Resolver = async () => [{ address: '127.0.0.1', family: 4 }];
const never: Resolver = () => new Promise(() => undefined);
const unknown: Resolver = async (host) =>
  Promise.reject(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' }));
/** The bootstrap name leads to the broker; the name that the broker goes by is asked of another resolver. */
const forBroker =
  (other: Resolver): Resolver =>
  (host) =>
    host === BROKER ? other(host) : loopback(host);

test('all names known: the whole ladder', async () => {
  const end = await waitFor(
    'the whole ladder',
    async () => ((await last(loopback))[0] === 'group-commit' ? last(loopback) : undefined),
    PATIENT,
  );
  expect(end).toEqual(['group-commit']);
});

test.each([
  ['nobody knows the bootstrap name', unknown],
  ['the resolver is silent', never],
  ['the bootstrap name is known, that of the broker is not', forBroker(unknown)],
  ['the bootstrap name is known, about the broker the resolver is silent', forBroker(never)],
])('%s: the prober cannot tell', async (_story, resolver) => {
  expect(await last(resolver)).toEqual(['dns', 'prober-fault-dns']);
});

test('each name is looked up once in a climb', async () => {
  const asked: string[] = [];
  await climb(async (host) => {
    asked.push(host);
    return loopback(host);
  });
  expect(asked.toSorted()).toEqual([BOOTSTRAP, BROKER]);
});

test('a resolver that takes most of a rung each time makes no rung of the cluster slow', async () => {
  const { rungs } = await climb(async (host) => {
    await pause(700);
    return loopback(host);
  });
  expect(rungs.filter(({ tookMs }) => tookMs > 600).map(({ rung }) => rung)).toEqual(['dns']);
  expect(rungs.at(-1)).toMatchObject({ kind: 'held', rung: 'group-commit' });
});
