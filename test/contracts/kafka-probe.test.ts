/** The ladder against real brokers, and against peers that refuse, stay silent or present the wrong certificate. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { PairConfig } from '../../core/config/schema.ts';
import { createCanaryTopic, kafkaProbe, type SecretResolver } from '../../lambdas/adapters/kafka/index.ts';
import type { Climb } from '../../lambdas/adapters/kafka/probe.ts';
import { waitFor } from '../support/world/conditions.ts';
import { freePort } from '../support/world/ports.ts';
import { stopAnswering } from '../support/world/stopped.ts';
import { clusterForThisFile, noSecrets, pairWith, silentLog } from './support/kafka.ts';
import {
  addScramUser,
  certificate,
  secureSettings,
  tlsServer,
  type Certificate,
} from '../support/world/secure-listener.ts';
import { PATIENT } from './support/patience.ts';

const climb = (config: PairConfig, secretOf: SecretResolver = noSecrets): Promise<Climb> =>
  kafkaProbe(config, { vantage: 'eu-west-1', secretOf, log: silentLog }).climb('K1');
const held = ({ rungs }: Climb) => rungs.filter(({ kind }) => kind === 'held').map(({ rung }) => rung);
/** Where and why a climb ended: [rung, class]. */
const broke = ({ rungs }: Climb) =>
  rungs.flatMap((rung) => (rung.kind === 'broke' ? [rung.rung, rung.errorClass] : []));
const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;

describe('a cluster with a plain and a TLS + SCRAM listener', () => {
  let folder: string;
  let port: number;
  let own: Certificate;
  const cluster = clusterForThisFile(async (ofCluster) => {
    folder = ofCluster;
    port = await freePort();
    own = await certificate(folder, 'broker');
    return { settings: secureSettings(port, own) };
  });
  beforeAll(() => addScramUser(cluster().bootstrapServers[0]!, 'ada', 'right'));
  const plain = (rungTimeoutSeconds?: number) =>
    pairWith(cluster().bootstrapServers, { kind: 'plaintext' }, rungTimeoutSeconds);
  const secure = (security: object = { kind: 'scram', secretArn: 'arn' }) => pairWith([`localhost:${port}`], security);
  const secret =
    (fields: Record<string, string>): SecretResolver =>
    async () =>
      fields;

  test('without the canary topic the prober is what is wrong', async () => {
    expect(broke(await climb(plain()))).toEqual(['canary-write', 'prober-fault-config']);
  });

  test('setup creates the canary topic once', async () => {
    expect(await createCanaryTopic(plain(), 'K1', noSecrets, silentLog)).toEqual({ created: true });
    expect(await createCanaryTopic(plain(), 'K1', noSecrets, silentLog)).toEqual({ created: false });
  });

  test('a healthy cluster holds on every rung that applies', async () => {
    const healthy = await waitFor(
      'all rungs',
      async () => ((await climb(plain())).rungs.at(-1)?.kind === 'held' ? climb(plain()) : undefined),
      PATIENT,
    );
    expect(held(healthy)).toEqual(['tcp', 'api-versions', 'metadata', 'canary-write', 'canary-read', 'group-commit']);
    expect(healthy).toMatchObject({
      cluster: 'K1',
      brokers: 1,
      controller: true,
      canary: { partitions: 1, failed: 0 },
    });
    expect(healthy.clusterId?.length).toBeGreaterThan(10);
  });

  test('the quickest of ten climbs of a healthy cluster takes well under 100 ms', async () => {
    const times: number[] = [];
    for (let i = 0; i < 10; i += 1) {
      const startedAt = performance.now();
      await climb(plain());
      times.push(performance.now() - startedAt);
    }
    expect(Math.min(...times)).toBeLessThan(100);
  });

  test('with TLS, SCRAM and a name all nine rungs are climbed', async () => {
    const all = await climb(secure(), secret({ username: 'ada', password: 'right', ca: own.pem }));
    expect(held(all)).toEqual([
      'dns',
      'tcp',
      'tls',
      'sasl',
      'api-versions',
      'metadata',
      'canary-write',
      'canary-read',
      'group-commit',
    ]);
  });

  test('one bootstrap server that refuses hides nothing', async () => {
    const config = pairWith(['127.0.0.1:2', ...cluster().bootstrapServers]);
    expect(broke(await climb(config))).toEqual([]);
  });

  test.each([
    [
      'a wrong password',
      () => secure(),
      () => ({ username: 'ada', password: 'wrong', ca: own.pem }),
      ['sasl', 'prober-fault-auth'],
    ],
    [
      'a mechanism that is not enabled',
      () => secure({ kind: 'scram', mechanism: 'scram-sha-256', secretArn: 'arn' }),
      () => ({ username: 'ada', password: 'right', ca: own.pem }),
      ['sasl', 'prober-fault-auth'],
    ],
    [
      'an authority we do not know',
      () => secure(),
      () => ({ username: 'ada', password: 'right' }),
      ['tls', 'prober-fault-tls'],
    ],
    ['a secret without a password', () => secure(), () => ({ username: 'ada' }), ['tls', 'prober-fault-config']],
    [
      'TLS towards a plain listener',
      () => pairWith(cluster().bootstrapServers, { kind: 'tls' }),
      () => ({}),
      ['tls', 'transport-failure'],
    ],
  ] as const)('%s', async (_story, config, fields, expected) => {
    expect(broke(await climb(config(), secret(fields())))).toEqual(expected);
  });

  test('a secret that cannot be read is the prober, not the cluster', async () => {
    expect(broke(await climb(secure()))).toEqual(['tls', 'prober-fault-config']);
  });

  test('a certificate for another name', async () => {
    const config = pairWith([`127.0.0.1:${port}`], { kind: 'tls', caSecretArn: 'arn' });
    expect(broke(await climb(config, secret({ ca: own.pem })))).toEqual(['tls', 'prober-fault-tls']);
  });

  test('an expired server certificate has a class of its own', async () => {
    const expired = await certificate(folder, 'expired', ['-10d', 5]);
    const server = await tlsServer(expired);
    const config = pairWith([`localhost:${(server.address() as AddressInfo).port}`], {
      kind: 'tls',
      caSecretArn: 'arn',
    });
    expect(broke(await climb(config, secret({ ca: expired.pem })))).toEqual(['tls', 'config-fault-server-cert']);
    server.close();
  });

  test('a stopped broker: TCP holds, the next rung does not, and fifty climbs leave no socket behind', async () => {
    await climb(plain());
    await waitFor('no socket of ours', async () => (sockets() === 0 ? true : undefined), { timeoutMs: 5_000 });
    const [broker] = cluster().processes;
    await stopAnswering(broker!);
    try {
      for (let i = 0; i < 50; i += 1) {
        const stopped = await climb(plain(i === 0 ? 1 : 0.05));
        if (i === 0) expect([held(stopped), broke(stopped)]).toEqual([['tcp'], ['api-versions', 'transport-failure']]);
      }
      await waitFor('no socket of ours', async () => (sockets() === 0 ? true : undefined), { timeoutMs: 5_000 });
    } finally {
      broker!.signal('SIGCONT');
    }
    await waitFor(
      'the broker again',
      async () => ((await climb(plain())).rungs.at(-1)?.kind === 'held' ? true : undefined),
      PATIENT,
    );
  });
});

describe('peers that are no Kafka', () => {
  test('nobody listens', async () => {
    expect(broke(await climb(pairWith(['127.0.0.1:2'])))).toEqual(['tcp', 'transport-failure']);
  });

  test('a name that nobody knows', async () => {
    expect(broke(await climb(pairWith(['broker.invalid:9092'])))).toEqual(['dns', 'prober-fault-dns']);
  });

  test.each([
    ['accepts and never answers', () => undefined, 'transport-failure'],
    [
      'resets after the first request',
      (socket: Socket): void => void socket.once('data', () => socket.resetAndDestroy()),
      'transport-failure',
    ],
    [
      'closes after the first request',
      (socket: Socket): void => void socket.once('data', () => socket.end()),
      'transport-failure',
    ],
  ] as const)('%s', async (_story, behave, expected) => {
    const server = await listen(behave);
    const config = pairWith([`127.0.0.1:${(server.address() as AddressInfo).port}`], { kind: 'plaintext' }, 0.3);
    expect(broke(await climb(config))).toEqual(['api-versions', expected]);
    server.close();
  });
});

async function listen(behave: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    behave(socket);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return server;
}

describe('three brokers', () => {
  const cluster = clusterForThisFile(async () => ({ brokers: 3, settings: { 'min.insync.replicas': '3' } }));
  const config = () => pairWith(cluster().bootstrapServers, { kind: 'plaintext' }, 2);

  test('a canary partition per broker, all written', async () => {
    await createCanaryTopic(config(), 'K1', noSecrets, silentLog);
    const healthy = await waitFor(
      'all rungs',
      async () => {
        const seen = await climb(config());
        return seen.rungs.at(-1)?.kind === 'held' ? seen : undefined;
      },
      PATIENT,
    );
    expect(healthy).toMatchObject({
      brokers: 3,
      missingBrokers: 0,
      idleBrokers: 0,
      controller: true,
      canary: { partitions: 3, failed: 0 },
    });
    expect(healthy).not.toHaveProperty('protected');
  });

  test('what a client set needs is looked at beside the ladder', async () => {
    await cluster().createTopics([{ topic: 'orders', numPartitions: 3, replicationFactor: 3 }]);
    const seen = await waitFor(
      'the topic to be whole',
      async () => {
        const now = await climb(config());
        return now.protected?.['clients-k1']?.underReplicated === 0 ? now : undefined;
      },
      PATIENT,
    );
    expect(seen.protected).toEqual({
      'clients-k1': {
        partitions: 3,
        offline: 0,
        belowMinIsr: 0,
        underReplicated: 0,
        groups: 1,
        withoutCoordinator: 0,
        impairedTopics: [],
      },
    });
  });

  test('too few in-sync replicas: the write rung breaks with a service failure and tells the share', async () => {
    await cluster().killBroker(3);
    const seen = await waitFor(
      'the in-sync replicas to shrink',
      async () => {
        const now = await climb(config());
        const last = now.rungs.at(-1);
        return last?.kind === 'broke' && last.error.includes('NOT_ENOUGH_REPLICAS') ? now : undefined;
      },
      PATIENT,
    );
    expect(broke(seen)).toEqual(['canary-write', 'service-failure']);
    expect(seen.canary).toEqual({ partitions: 3, failed: 3 });
    expect(seen).toMatchObject({
      brokers: 2,
      missingBrokers: 1,
      protected: { 'clients-k1': { offline: 0, belowMinIsr: 3, underReplicated: 3, impairedTopics: ['orders'] } },
    });
  });
});
