/** Client certificates that real brokers take and refuse: the probe hears the broker's alert each time, and abstains. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createCanaryTopic, kafkaProbe } from '../../lambdas/adapters/kafka/index.ts';
import { voteOf } from '../../core/health/votes.ts';
import { KafkaCluster } from '../support/world/kafka-cluster.ts';
import { ProcessOwner } from '../support/world/processes.ts';
import { authority, type ClientCertificate } from '../support/world/client-certificate.ts';
import { certificate, mutualTls } from '../support/world/secure-listener.ts';
import { noSecrets, pairWith, silentLog } from './support/kafka.ts';

const RELATION = 'PROBER';
const DAY_MS = 86_400_000;
const nowMs = Date.now();
const days = (from: number, until: number) => ({ fromMs: nowMs + from * DAY_MS, untilMs: nowMs + until * DAY_MS });
const known = authority('known', days(-20, 20));
const shown = {
  valid: known.issue('mm2-failover', days(-1, 1)),
  expired: known.issue('mm2-failover', days(-10, -5)),
  early: known.issue('mm2-failover', days(5, 10)),
  stranger: authority('stranger', days(-20, 20)).issue('mm2-failover', days(-1, 1)),
} as const;

let cluster: KafkaCluster;
let ca: string;
const owner = new ProcessOwner();
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mm2-failover-mtls-'));
  owner.removeAtEnd(folder);
  const server = await certificate(folder, 'server');
  ca = server.pem;
  const authorities = join(folder, 'authorities.pem');
  writeFileSync(authorities, known.pem);
  cluster = await KafkaCluster.start({
    owner,
    alias: 'K1',
    folder: join(folder, 'K1'),
    relations: [RELATION],
    listeners: { [RELATION]: { host: () => 'localhost', protocol: 'SSL' } },
    settings: mutualTls(RELATION, server, authorities),
  });
  await createCanaryTopic(pairWith(cluster.bootstrapServers), 'K1', noSecrets, silentLog);
}, 120_000);
afterAll(() => owner.stopAll(), 30_000);

const config = () => pairWith(cluster.relation(RELATION).servers, { kind: 'mtls', secretArn: 'arn' }, 6);
const secretOf = (certificateShown: ClientCertificate) => async () => ({ ca, ...certificateShown });

describe.each([
  ['that has expired', shown.expired],
  ['that is not valid yet', shown.early],
  ['of an authority that the brokers do not know', shown.stranger],
] as const)('a client certificate %s', (_story, of) => {
  const climb = () =>
    kafkaProbe(config(), { vantage: 'eu-west-1', secretOf: secretOf(of), log: silentLog }).climb('K1');

  test('is refused as a fault of the prober in every climb, and the vote abstains with a sign of life', async () => {
    // Under TLS 1.3 the alert comes when the handshake is over for us, so one climb in many would miss it.
    for (let climbs = 0; climbs < 20; climbs += 1) {
      const { rungs } = await climb();
      expect(rungs.at(-1)).toMatchObject({ kind: 'broke', rung: 'tls', errorClass: 'prober-fault-tls' });
      const seen = { pair: 'orders', cluster: 'K1', vantage: 'eu-west-1', atMs: nowMs, rungs };
      expect(voteOf(seen, { slowRungMs: 2_000 })).toMatchObject({ kind: 'abstain', signOfLife: true });
    }
  });
});

test('a valid client certificate climbs the whole ladder', async () => {
  const probe = kafkaProbe(config(), { vantage: 'eu-west-1', secretOf: secretOf(shown.valid), log: silentLog });
  expect((await probe.climb('K1')).rungs.at(-1)).toMatchObject({ kind: 'held', rung: 'group-commit' });
});
