/** One suite for the observations of a region: in memory and on DynamoDB. */
import { describe, expect, test } from '@jest/globals';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { names } from '../../core/config/pair.ts';
import { dynamoObservations } from '../../lambdas/adapters/dynamodb/observations.ts';
import type { Observations } from '../../lambdas/ports.ts';
import { readinessLook, sideLook, unread } from '../support/builders/readiness.ts';
import { fakeObservations } from '../support/fakes/observations.ts';
import { CONTROL_REGION, emulatorForThisFile, HOME_REGION, makeTable, ownPair } from './support/aws.ts';
import { clusterObservation, flowObservation, setObservation, ten } from './support/records.ts';
import './support/patience.ts';

const emulator = emulatorForThisFile();

async function onDynamoDb(): Promise<Observations> {
  const pair = ownPair();
  await makeTable(emulator, CONTROL_REGION, names.observationsTable(pair));
  return dynamoObservations({ pair, region: CONTROL_REGION });
}

/** A flow with many topics: about 25 KB. */
const wideFlow = (atMs: number) =>
  flowObservation(atMs, {
    replicatedOffsets: Object.fromEntries(
      Array.from({ length: 60 }, (_, t) => [
        `topic-${t}`,
        Object.fromEntries(Array.from({ length: 20 }, (_, p) => [String(p), String(atMs + p)])),
      ]),
    ),
  });

describe.each([
  ['in memory', async () => fakeObservations() as Observations],
  ['on DynamoDB', onDynamoDb],
] as const)('observations %s', (_where, make) => {
  test('climbs come back oldest first, from the given instant on, that one included', async () => {
    const table = await make();
    for (const atMs of [ten + 20_000, ten, ten + 10_000]) await table.putCluster(clusterObservation(atMs));
    expect((await table.clustersSince('K1', ten + 10_000)).map(({ atMs }) => atMs - ten)).toEqual([10_000, 20_000]);
  });

  test('a climb comes back whole', async () => {
    const table = await make();
    const seen = clusterObservation(ten, {
      rungs: [
        { kind: 'held', rung: 'dns', tookMs: 0.4 },
        {
          kind: 'broke',
          rung: 'tcp',
          tookMs: 3_000,
          errorClass: 'transport-failure',
          error: 'ECONNREFUSED 10.0.0.1:9092',
        },
      ],
      canary: { partitions: 3, failed: 1 },
    });
    await table.putCluster(seen);
    expect(await table.clustersSince('K1', 0)).toEqual([seen]);
  });

  test('clusters do not meet, also when one name is the beginning of the other', async () => {
    const table = await make();
    await table.putCluster(clusterObservation(ten, { cluster: 'K1' }));
    await table.putCluster(clusterObservation(ten, { cluster: 'K10' }));
    expect((await table.clustersSince('K1', 0)).map(({ cluster }) => cluster)).toEqual(['K1']);
  });

  test('the two flows of a pair do not meet', async () => {
    const table = await make();
    await table.putFlow(flowObservation(ten, { source: 'K1', target: 'K2' }));
    await table.putFlow(flowObservation(ten, { source: 'K2', target: 'K1' }));
    expect((await table.flowsSince('K2', 'K1', 0)).map(({ source }) => source)).toEqual(['K2']);
  });

  test('looks at a flow between two instants, both included', async () => {
    const table = await make();
    for (const s of [0, 1, 2, 3]) await table.putFlow(flowObservation(ten + s * 1_000));
    const seen = await table.flowsSince('K1', 'K2', ten + 1_000, ten + 2_000);
    expect(seen.map(({ atMs }) => (atMs - ten) / 1_000)).toEqual([1, 2]);
  });

  test('more than one page of flows comes back complete and in order', async () => {
    const table = await make();
    const seconds = Array.from({ length: 50 }, (_, s) => s);
    await Promise.all(seconds.map((s) => table.putFlow(wideFlow(ten + s * 1_000))));
    const seen = await table.flowsSince('K1', 'K2', ten);
    expect(seen.map(({ atMs }) => (atMs - ten) / 1_000)).toEqual(seconds);
    expect(seen[49]).toEqual(wideFlow(ten + 49_000));
  });

  test('an absent reading stays absent and is never zero', async () => {
    const table = await make();
    await table.putFlow(flowObservation(ten));
    expect((await table.flowsSince('K1', 'K2', 0))[0]).not.toHaveProperty('copiedHeartbeatMs');
  });

  test('of a set the newest stands, whoever writes last', async () => {
    const table = await make();
    await table.putSet(setObservation(ten + 1_000, { homeClusterId: 'newer' }));
    await table.putSet(setObservation(ten, { homeClusterId: 'older' }));
    expect(await table.newestSet('clients-k1')).toEqual(setObservation(ten + 1_000, { homeClusterId: 'newer' }));
    expect(await table.newestSet('clients-k2')).toBeNull();
  });

  test('of the comparisons of a set the newest stands too, whole, beside the look at the set', async () => {
    const table = await make();
    const newer = readinessLook({ atMs: ten + 1_000, refuge: sideLook({ acls: unread('not allowed') }) });
    await table.putReadiness(newer);
    await table.putReadiness(readinessLook({ atMs: ten }));
    await table.putSet(setObservation(ten + 2_000));
    expect(await table.newestReadiness('clients-k1')).toEqual(newer);
    expect(await table.newestReadiness('clients-k2')).toBeNull();
  });

  test('the newest taker holds the lease, and nobody else', async () => {
    const table = await make();
    expect(await table.holdsLease('assess', 'first')).toBe(false);
    await table.takeLease('assess', 'first');
    await table.takeLease('assess', 'second');
    expect(await table.holdsLease('assess', 'first')).toBe(false);
    expect(await table.holdsLease('assess', 'second')).toBe(true);
    expect(await table.holdsLease('reconcile', 'second')).toBe(false);
  });
});

describe('what only a stored table knows', () => {
  test('an observation expires a day after it was made', async () => {
    const pair = ownPair();
    await makeTable(emulator, CONTROL_REGION, names.observationsTable(pair));
    await dynamoObservations({ pair, region: CONTROL_REGION }).putCluster(clusterObservation(ten));
    const client = new DynamoDBClient(emulator.client(CONTROL_REGION));
    const Key = { pk: { S: 'cluster#K1' }, sk: { S: `${String(ten).padStart(15, '0')}#eu-central-1` } };
    const { Item } = await client.send(new GetItemCommand({ TableName: names.observationsTable(pair), Key }));
    expect(Item?.['expiresAt']?.N).toBe(String(ten / 1_000 + 86_400));
  });

  test('a flow of 10,000 partitions fits, compressed', async () => {
    const pair = ownPair();
    await makeTable(emulator, CONTROL_REGION, names.observationsTable(pair));
    const table = dynamoObservations({ pair, region: CONTROL_REGION });
    const ends = Object.fromEntries(
      Array.from({ length: 200 }, (_, t) => [
        `team.domain.topic-${t}`,
        Object.fromEntries(
          Array.from({ length: 50 }, (_, p) => [
            String(p),
            {
              start: String(t * 104_729),
              highWatermark: String(t * 1_299_709 + p * 7_919),
              lastStable: String(t * 1_299_709 + p * 7_919),
            },
          ]),
        ),
      ]),
    );
    await table.putFlow(flowObservation(ten, { remoteEnds: ends }));
    expect((await table.flowsSince('K1', 'K2', 0))[0]?.remoteEnds).toEqual(ends);
  });

  test('each region has a table of its own', async () => {
    const pair = ownPair();
    for (const region of [CONTROL_REGION, HOME_REGION])
      await makeTable(emulator, region, names.observationsTable(pair));
    await dynamoObservations({ pair, region: HOME_REGION }).putCluster(clusterObservation(ten));
    expect(await dynamoObservations({ pair, region: CONTROL_REGION }).clustersSince('K1', 0)).toEqual([]);
  });
});
