/**
 * MSK with IAM, as far as it can be seen without AWS: the token that the adapter signs is presented to a real broker, which
 * checks action, region, key, time and signature as MSK is documented to do. What IAM policies say is seen on MSK only.
 */
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { kafkaPorts, kafkaProbe } from '../../lambdas/adapters/kafka/index.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import { compiled } from '../support/world/jvm.ts';
import { certificate, iamOver } from '../support/world/secure-listener.ts';
import { clusterForThisFile, noSecrets, pairWith, silentLog } from './support/kafka.ts';
import './support/patience.ts';

const cluster = clusterForThisFile(async (folder) => {
  const own = await certificate(folder, 'broker');
  // MSK's certificates are signed by authorities that Node knows; this one is not.
  setDefaultCACertificates([...getCACertificates('default'), own.pem]);
  return {
    settings: iamOver('IAM', own),
    relations: ['IAM'],
    listeners: { IAM: { host: () => 'localhost', protocol: 'SASL_SSL' } },
    classes: await compiled('IamLogin.java', join(folder, 'classes')),
  };
});

/** The example of AWS's documentation; IamLogin.java has the same. */
const KEYS = {
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const before = { ...process.env };
beforeEach(() => {
  delete process.env['AWS_SESSION_TOKEN'];
  Object.assign(process.env, KEYS);
});
afterAll(() => {
  for (const name of [...Object.keys(KEYS), 'AWS_SESSION_TOKEN']) {
    Reflect.deleteProperty(process.env, name);
    if (before[name] !== undefined) process.env[name] = before[name];
  }
});

let pair: PairConfig;
beforeAll(() => {
  pair = pairWith([...cluster().relation('IAM').servers], { kind: 'msk-iam' });
});

async function identityIn(config: PairConfig) {
  const ports = kafkaPorts(config, noSecrets, silentLog);
  try {
    return await ports.reader('K1').identity();
  } finally {
    await ports.closeAll();
  }
}

test('the keys of the function open the door', async () => {
  expect(await identityIn(pair)).toMatchObject({ brokers: 1 });
});

test('so do those of a role, which go with a session token', async () => {
  process.env['AWS_SESSION_TOKEN'] = 'FwoGZXIvYXdzEBc/+=session';
  expect(await identityIn(pair)).toMatchObject({ brokers: 1 });
});

test('a key that signs something else is turned down, and that is our own fault, no outage', async () => {
  process.env['AWS_SECRET_ACCESS_KEY'] = 'another';
  await expect(identityIn(pair)).rejects.toMatchObject({ errorClass: 'prober-fault-auth' });
  const probe = kafkaProbe(pair, { vantage: 'eu-west-1', secretOf: noSecrets, log: silentLog });
  expect((await probe.climb('K1')).rungs.at(-1)).toMatchObject({ rung: 'sasl', errorClass: 'prober-fault-auth' });
});

test('the token is signed for the region of the cluster, not for that of the function', async () => {
  process.env['AWS_REGION'] = 'eu-central-1';
  expect(await identityIn(pair)).toMatchObject({ brokers: 1 });
  const elsewhere = { ...pair.clusters['K1']!, region: 'eu-central-1' };
  await expect(identityIn({ ...pair, clusters: { ...pair.clusters, K1: elsewhere } })).rejects.toMatchObject({
    errorClass: 'prober-fault-auth',
  });
});
