/** Credentials that change under running functions: real brokers with TLS and SCRAM, and a resolver with a memory. */
import { rootCertificates } from 'node:tls';
import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createCanaryTopic, kafkaPorts, kafkaProbe, type SecretResolver } from '../../lambdas/adapters/kafka/index.ts';
import { waitFor } from '../support/world/conditions.ts';
import { freePort } from '../support/world/ports.ts';
import { clusterForThisFile, noSecrets, pairWith, silentLog } from './support/kafka.ts';
import { addScramUser, certificate, secureSettings, type Certificate } from '../support/world/secure-listener.ts';
import { PATIENT } from './support/patience.ts';

let port: number;
let own: Certificate;
const cluster = clusterForThisFile(async (folder) => {
  port = await freePort();
  own = await certificate(folder, 'broker');
  return { settings: secureSettings(port, own) };
});
const secure = () => pairWith([`localhost:${port}`], { kind: 'scram', secretArn: 'arn' });

beforeAll(async () => {
  await addScramUser(cluster().bootstrapServers[0]!, 'ada', 'right');
  await createCanaryTopic(pairWith(cluster().bootstrapServers), 'K1', noSecrets, silentLog);
});

/** What Secrets Manager holds, and what was read of it; remembered until it is refused. */
let stored: Record<string, string>;
let remembered: Record<string, string> | undefined;
let secretOf: SecretResolver;
beforeEach(() => {
  remembered = undefined;
  secretOf = Object.assign(async () => (remembered ??= { ca: own.pem, ...stored }), {
    refused: () => void (remembered = undefined),
  });
});

test('a probe that was refused uses the rotated secret at its next climb', async () => {
  stored = { username: 'ada', password: 'old' };
  const probe = kafkaProbe(secure(), { vantage: 'eu-west-1', secretOf, log: silentLog });
  expect((await probe.climb('K1')).rungs.at(-1)).toMatchObject({ rung: 'sasl', errorClass: 'prober-fault-auth' });
  stored = { username: 'ada', password: 'right' };
  expect(
    await waitFor(
      'the whole ladder',
      async () => ((await probe.climb('K1')).rungs.at(-1)?.kind === 'held' ? 'whole' : undefined),
      PATIENT,
    ),
  ).toBe('whole');
});

test('a reader that was refused uses the rotated secret at its next call', async () => {
  stored = { username: 'ada', password: 'old' };
  const ports = kafkaPorts(secure(), secretOf, silentLog);
  await expect(ports.reader('K1').identity()).rejects.toMatchObject({ errorClass: 'prober-fault-auth' });
  stored = { username: 'ada', password: 'right' };
  expect(await ports.reader('K1').identity()).toMatchObject({ brokers: 1 });
  await ports.closeAll();
});

test('a reader that connects anew reads the secret anew', async () => {
  stored = { username: 'ada', password: 'right' };
  const ports = kafkaPorts(secure(), async () => ({ ca: own.pem, ...stored }), silentLog);
  await ports.reader('K1').identity();
  await ports.closeAll();
  stored = { username: 'ada', password: 'rotated' };
  await expect(ports.reader('K1').identity()).rejects.toMatchObject({ errorClass: 'prober-fault-auth' });
  await ports.closeAll();
});

test('an authority that was put right is trusted at the next call', async () => {
  stored = { username: 'ada', password: 'right', ca: rootCertificates[0]! };
  const ports = kafkaPorts(secure(), secretOf, silentLog);
  await expect(ports.reader('K1').identity()).rejects.toMatchObject({ errorClass: 'prober-fault-tls' });
  stored = { username: 'ada', password: 'right', ca: own.pem };
  expect(await ports.reader('K1').identity()).toMatchObject({ brokers: 1 });
  await ports.closeAll();
});

test('a secret that lacked a field is read again once it was put right', async () => {
  stored = { username: 'ada' };
  const ports = kafkaPorts(secure(), secretOf, silentLog);
  await expect(ports.reader('K1').identity()).rejects.toMatchObject({ errorClass: 'prober-fault-config' });
  stored = { username: 'ada', password: 'right' };
  expect(await ports.reader('K1').identity()).toMatchObject({ brokers: 1 });
  await ports.closeAll();
});
