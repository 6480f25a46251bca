/**
 * The table above the pairs as it is deployed: its stack and those of two pairs that name it, synthesized and put on the
 * emulator by the CDK CLI; then both want the one place. No brokers: what is proven lies before the first step that needs one.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { DisableRuleCommand, EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import type { PairConfig } from '../../core/config/schema.ts';
import { dynamoControlTable } from '../../lambdas/adapters/dynamodb/control.ts';
import { dynamoObservations } from '../../lambdas/adapters/dynamodb/observations.ts';
import { dynamoSharedLimits } from '../../lambdas/adapters/dynamodb/shared.ts';
import { bundleFunctions } from '../../tools/bundle.ts';
import { Cloud } from '../drill/cloud.ts';
import { writePair } from '../drill/pair.ts';
import { setLook, storedVerdict } from '../support/builders/judgement.ts';
import { pairConfig, stateOf } from '../support/builders/pair.ts';
import { waitFor } from '../support/world/conditions.ts';
import { bootstrap, deploy } from '../support/world/deploy.ts';
import { Emulator } from '../support/world/emulator.ts';
import { ProcessOwner } from '../support/world/processes.ts';
import { PATIENT } from './support/patience.ts';

const REGION = 'eu-central-1';
const TABLE = 'mm2-failover-shared';
const SET = 'clients-k1';
const owner = new ProcessOwner();

/** One region controls both sets; nobody listens where the clusters are said to be. */
const configOf = (pair: string): PairConfig => {
  const cluster = (port: number) => ({
    region: REGION,
    bootstrapServers: [`127.0.0.1:${port}`],
    auth: 'local-plaintext',
  });
  return pairConfig(
    {},
    {
      pair,
      clusters: { K1: cluster(1), K2: cluster(2) },
      shared: { table: TABLE, pairsAtOnce: 1 },
      probe: { staleIntervals: 60 },
    },
  );
};
const pairs = { orders: configOf('orders'), bills: configOf('bills') };
type Pair = keyof typeof pairs;
const clouds = { orders: new Cloud(pairs.orders), bills: new Cloud(pairs.bills) };

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mm2-failover-contracts-'));
  owner.removeAtEnd(folder);
  const [emulator] = await Promise.all([Emulator.start({ owner, folder }), bundleFunctions()]);
  Object.assign(process.env, emulator.environment(REGION));
  const world = { folder, owner, emulator };
  await bootstrap({ world, regions: [REGION] });
  const fileOf = (pair: Pair) => join(folder, `${pair}.yaml`);
  for (const pair of ['orders', 'bills'] as const) writePair(pairs[pair], fileOf(pair));
  await deploy({ world, region: REGION, config: fileOf('orders'), context: { shared: 'true' } });
  for (const pair of ['orders', 'bills'] as const) {
    await deploy({ world, region: REGION, config: fileOf(pair) });
    await stopSchedules();
    await loseHome(pair);
  }
});

afterAll(() => owner.stopAll());

/** Nobody shall judge clusters that do not exist; reconcile and the steps are asked by the test. */
async function stopSchedules(): Promise<void> {
  const client = new EventBridgeClient({ region: REGION });
  const { Rules = [] } = await client.send(new ListRulesCommand({}));
  for (const { Name, ScheduleExpression } of Rules)
    if (ScheduleExpression !== undefined) await client.send(new DisableRuleCommand({ Name }));
}

/** What the probes and assess would have stored a moment ago. */
async function loseHome(pair: Pair): Promise<void> {
  const config = pairs[pair];
  const control = dynamoControlTable({ pair, region: REGION });
  const judgedAtMs = Date.now();
  const kinds = {
    'cluster:K1': 'CONFIRMED_DOWN',
    'cluster:K2': 'HEALTHY',
    'flow:K1->K2': 'HEALTHY',
    'flow:K2->K1': 'HEALTHY',
  };
  for (const [subject, kind] of Object.entries(kinds))
    await control.putVerdict(storedVerdict(subject, kind, { judgedAtMs }));
  await control.writeSet({ ...stateOf(config), pair, version: 1 });
  await dynamoObservations({ pair, region: REGION }).putSet(setLook({ pair, atMs: judgedAtMs }));
}

const shared = () => dynamoSharedLimits(pairs.orders, { region: REGION })!;
const stateNow = (pair: Pair) => clouds[pair].controlOf(SET).readSet(SET);
const start = (pair: Pair) =>
  clouds[pair].startExecution('failover', SET, {
    move: 'failover',
    trigger: 'automatic',
    reason: 'K1 is CONFIRMED_DOWN',
    requestedBy: 'assess',
  });

async function endOf(executionArn: string): Promise<string> {
  const client = new SFNClient({ region: REGION });
  const hasEnded = async () => {
    const { status, output } = await client.send(new DescribeExecutionCommand({ executionArn }));
    return status === 'RUNNING' ? undefined : `${status} ${output ?? ''}`;
  };
  return waitFor('the end of the execution', hasEnded, PATIENT);
}

const claims = async (pair: Pair) => (await stateNow(pair))?.open !== undefined;
const movesNow = async () =>
  (await shared().moves()).moves.map(({ pair, clientSet, epoch }) => ({ pair, clientSet, epoch }));
const entry = (pair: Pair, epoch: number) => ({ pair, clientSet: SET, epoch });

test('of two pairs whose homes are lost at once one moves; the other is refused, waits, and has the place when the first gives up', async () => {
  const executions = { orders: await start('orders'), bills: await start('bills') };
  const first = await waitFor(
    'one of the two has claimed',
    async () => ((await claims('orders')) ? 'orders' : (await claims('bills')) ? 'bills' : undefined),
    PATIENT,
  );
  const second = first === 'orders' ? 'bills' : 'orders';
  expect(await endOf(executions[second])).toContain('G9-pairs');
  expect([await movesNow(), await stateNow(second)]).toMatchObject([[entry(first, 1)], { epoch: 0, revision: 1 }]);
  expect((await shared().moves()).waiting?.map(({ pair }) => pair)).toEqual([second]);
  const [refusal] = await clouds[second].controlOf(SET).decisions(SET, 1);
  expect(refusal).toMatchObject({
    kind: 'refused',
    reasons: [`G9-pairs: other pairs that are moving: ${first} (${SET}, epoch 1); at most 1 at once`],
  });

  // Its clusters are not there, so it is held before anything is published.
  await waitFor(
    'the first one is held',
    async () => (await clouds[first].controlOf(SET).question(SET)) ?? undefined,
    PATIENT,
  );
  await clouds[first].tell(SET, { command: 'abort' });
  expect(await endOf(executions[first])).toContain('SUCCEEDED');
  expect(await movesNow()).toEqual([]);

  await start(second);
  await waitFor('the second one has claimed', async () => (await claims(second)) || undefined, PATIENT);
  expect(await movesNow()).toEqual([entry(second, 1)]);
  expect((await shared().moves()).waiting).toBeUndefined();
});
