/** One suite for the control table: in memory and on DynamoDB. */
import { describe, expect, test } from '@jest/globals';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { names } from '../../core/config/pair.ts';
import type { KeptRecord } from '../../core/contracts/tables.ts';
import { dynamoControlTable } from '../../lambdas/adapters/dynamodb/control.ts';
import type { ControlTable } from '../../lambdas/ports.ts';
import { fakeControlTable } from '../support/fakes/control.ts';
import { CONTROL_REGION, emulatorForThisFile, makeTable, ownPair } from './support/aws.ts';
import {
  adoption,
  decision,
  homeSample,
  positionRecord,
  question,
  seedRecord,
  setState,
  stageRecord,
  ten,
} from './support/records.ts';

const emulator = emulatorForThisFile();

async function onDynamoDb(): Promise<ControlTable> {
  const pair = ownPair();
  await makeTable(emulator, CONTROL_REGION, names.controlTable(pair));
  return dynamoControlTable({ pair, region: CONTROL_REGION });
}

describe.each([
  ['in memory', async () => fakeControlTable() as ControlTable],
  ['on DynamoDB', onDynamoDb],
] as const)('control table %s: the state of a set', (_where, make) => {
  test('a set nobody wrote is null', async () => {
    expect(await (await make()).readSet('clients-k1')).toBeNull();
  });

  test('the first version is 1', async () => {
    const table = await make();
    expect(await table.writeSet(setState({ version: 2 }))).toBe('conflict');
    expect(await table.writeSet(setState({ version: 1 }))).toBe('written');
    expect(await table.readSet('clients-k1')).toEqual(setState({ version: 1 }));
  });

  test('a second first version is a conflict and changes nothing', async () => {
    const table = await make();
    await table.writeSet(setState({ version: 1 }));
    expect(await table.writeSet(setState({ version: 1, mode: 'off' }))).toBe('conflict');
    expect((await table.readSet('clients-k1'))?.mode).toBe('approve');
  });

  test('of twelve writers of one version exactly one wins', async () => {
    const table = await make();
    await table.writeSet(setState({ version: 1 }));
    const writers = Array.from({ length: 12 }, (_, n) => setState({ version: 2, epoch: n + 1 }));
    const answers = await Promise.all(writers.map((next) => table.writeSet(next)));
    expect(answers.filter((answer) => answer === 'written')).toHaveLength(1);
    expect((await table.readSet('clients-k1'))?.epoch).toBe(answers.indexOf('written') + 1);
  });

  test('what is removed from the state is gone', async () => {
    const table = await make();
    const pause = { owner: 'ada', reason: 'maintenance', untilMs: ten + 60_000, setAtMs: ten };
    await table.writeSet(setState({ version: 1, pause }));
    await table.writeSet(setState({ version: 2 }));
    expect(await table.readSet('clients-k1')).toEqual(setState({ version: 2 }));
  });

  test('a state that breaks its contract is not written', async () => {
    const table = await make();
    await expect(table.writeSet({ ...setState(), epoch: -1 })).rejects.toThrow();
    expect(await table.readSet('clients-k1')).toBeNull();
  });

  test('two sets do not meet', async () => {
    const table = await make();
    await table.writeSet(setState({ version: 1 }));
    expect(await table.readSet('clients-k2')).toBeNull();
  });
});

describe.each([
  ['in memory', async () => fakeControlTable() as ControlTable],
  ['on DynamoDB', onDynamoDb],
] as const)('control table %s: decisions', (_where, make) => {
  test('newest first, as many as asked for', async () => {
    const table = await make();
    for (const [id, atMs] of [
      ['a', ten],
      ['c', ten + 2],
      ['b', ten + 1],
    ] as const)
      await table.putDecision(decision(id, atMs));
    expect((await table.decisions('clients-k1', 2)).map(({ id }) => id)).toEqual(['c', 'b']);
  });

  test('the same id twice is one decision: the first', async () => {
    const table = await make();
    await table.putDecision(decision('a', ten, { kind: 'refused' }));
    await table.putDecision(decision('a', ten + 5_000, { kind: 'claimed' }));
    expect((await table.decisions('clients-k1', 10)).map(({ id, kind }) => [id, kind])).toEqual([['a', 'refused']]);
  });

  test('inputs come back as they were given, without what is undefined', async () => {
    const table = await make();
    await table.putDecision(
      decision('a', ten, { inputs: { lag: '9007199254740993', list: [1, null], gone: undefined } }),
    );
    expect((await table.decisions('clients-k1', 1))[0]?.inputs).toEqual({ lag: '9007199254740993', list: [1, null] });
  });

  test('a bigint inside inputs is refused: offsets are text at this border', async () => {
    const table = await make();
    await expect(table.putDecision(decision('a', ten, { inputs: { lag: 5n } }))).rejects.toThrow(TypeError);
  });

  test('inputs of 200 KB come back', async () => {
    const table = await make();
    const partitions = Object.fromEntries(
      Array.from({ length: 4_000 }, (_, p) => [String(p), { committed: String(p * 7_919), end: String(p * 7_927) }]),
    );
    await table.putDecision(decision('large', ten, { inputs: partitions }));
    expect((await table.decisions('clients-k1', 1))[0]?.inputs).toEqual(partitions);
  });

  test('none of another set, none when none are asked for', async () => {
    const table = await make();
    await table.putDecision(decision('a', ten));
    expect(await table.decisions('clients-k2', 10)).toEqual([]);
    expect(await table.decisions('clients-k1', 0)).toEqual([]);
  });
});

describe.each([
  ['in memory', async () => fakeControlTable() as ControlTable],
  ['on DynamoDB', onDynamoDb],
] as const)('control table %s: positions', (_where, make) => {
  test('a sample comes back, offsets beyond 2^53 included', async () => {
    const table = await make();
    await table.putHomeSample('clients-k1', homeSample());
    expect(await table.homeSamples('clients-k1')).toEqual([homeSample()]);
  });

  test('one sample per group and topic: the newest, whoever writes last', async () => {
    const table = await make();
    await table.putHomeSample('clients-k1', homeSample({ atMs: ten + 1_000, clusterId: 'newer' }));
    await table.putHomeSample('clients-k1', homeSample({ atMs: ten, clusterId: 'older' }));
    await table.putHomeSample('clients-k1', homeSample({ topic: 'payments' }));
    expect((await table.homeSamples('clients-k1')).map(({ topic, clusterId }) => [topic, clusterId])).toEqual([
      ['orders', 'newer'],
      ['payments', 'cluster-1'],
    ]);
  });

  test('a sample of the same instant replaces', async () => {
    const table = await make();
    await table.putHomeSample('clients-k1', homeSample({ clusterId: 'first' }));
    await table.putHomeSample('clients-k1', homeSample({ clusterId: 'second' }));
    expect((await table.homeSamples('clients-k1'))[0]?.clusterId).toBe('second');
  });

  test('a group id with # and one that is the beginning of another do not meet', async () => {
    const table = await make();
    for (const group of ['billing', 'billing#eu', 'billing-2'])
      await table.putHomeSample('clients-k1', homeSample({ group }));
    expect(new Set((await table.homeSamples('clients-k1')).map(({ group }) => group))).toEqual(
      new Set(['billing', 'billing#eu', 'billing-2']),
    );
  });

  test('seeds and samples do not meet', async () => {
    const table = await make();
    await table.putHomeSample('clients-k1', homeSample());
    await table.putSeed('clients-k1', seedRecord());
    expect(await table.seeds('clients-k1')).toEqual([seedRecord()]);
  });

  test('what is kept of positions at home does not meet the seeds, and the newest of it stands', async () => {
    const table = await make();
    const kept: KeptRecord = {
      group: 'billing',
      topic: 'orders',
      clusterId: 'id',
      leftHomeAtMs: ten,
      atMs: ten + 2_000,
      restingSinceMs: ten,
      partitions: { '0': { position: '10', deletedAtMs: ten + 2_000 } },
    };
    await table.putSeed('clients-k1', seedRecord());
    await table.putKept('clients-k1', kept);
    await table.putKept('clients-k1', { ...kept, atMs: ten + 1_000, partitions: {} });
    expect(await table.kept('clients-k1')).toEqual([kept]);
    expect(await table.kept('clients-k2')).toEqual([]);
  });

  test('samples of the refuge and of home do not meet, and the newest of each stands', async () => {
    const table = await make();
    await table.putHomeSample('clients-k1', homeSample({ clusterId: 'home' }));
    await table.putRefugeSample('clients-k1', homeSample({ atMs: ten + 1_000, clusterId: 'refuge' }));
    await table.putRefugeSample('clients-k1', homeSample({ clusterId: 'older' }));
    expect((await table.homeSamples('clients-k1')).map(({ clusterId }) => clusterId)).toEqual(['home']);
    expect((await table.refugeSamples('clients-k1')).map(({ clusterId }) => clusterId)).toEqual(['refuge']);
  });

  test('where groups would go on at home is kept per group and topic, and the newest stands', async () => {
    const table = await make();
    const record = (position: string, atMs = ten) => ({
      group: 'billing',
      topic: 'orders',
      atMs,
      refugeClusterId: 'refuge',
      own: { 0: { position, again: '0' } },
      copies: { 0: { position: '7', ofRefuge: null, again: '3' } },
    });
    await table.putHomeward('clients-k1', record('2', ten + 1_000));
    await table.putHomeward('clients-k1', record('1'));
    await table.putHomeSample('clients-k1', homeSample());
    expect(await table.homeward('clients-k1')).toEqual([record('2', ten + 1_000)]);
    expect(await table.homeward('clients-k2')).toEqual([]);
  });

  test('the newest epoch with positions before another one, however far back', async () => {
    const table = await make();
    for (const epoch of [2, 10]) await table.putPositions('clients-k1', positionRecord({ epoch }));
    await table.putPositions('clients-k2', positionRecord({ epoch: 900 }));
    const before = [1_010, 10, 2].map((epoch) => table.pinnedBefore('clients-k1', epoch));
    expect(await Promise.all(before)).toEqual([10, 2, null]);
  });

  test('an older seed does not replace a newer one', async () => {
    const table = await make();
    await table.putSeed('clients-k1', seedRecord({ atMs: ten + 1_000 }));
    await table.putSeed('clients-k1', seedRecord({ atMs: ten }));
    expect((await table.seeds('clients-k1')).map(({ atMs }) => atMs)).toEqual([ten + 1_000]);
  });

  test('positions are those of one epoch: 1 is not 10', async () => {
    const table = await make();
    for (const epoch of [1, 10]) await table.putPositions('clients-k1', positionRecord({ epoch }));
    expect(await table.positions('clients-k1', 1)).toEqual([positionRecord({ epoch: 1 })]);
  });

  test('a position record is replaced', async () => {
    const table = await make();
    await table.putPositions('clients-k1', positionRecord({ clusterId: 'first' }));
    await table.putPositions('clients-k1', positionRecord({ clusterId: 'second' }));
    expect((await table.positions('clients-k1', 1)).map(({ clusterId }) => clusterId)).toEqual(['second']);
  });
});

describe.each([
  ['in memory', async () => fakeControlTable() as ControlTable],
  ['on DynamoDB', onDynamoDb],
] as const)('control table %s: clients, stages, questions, facts', (_where, make) => {
  test('three hundred clients are all listed', async () => {
    const table = await make();
    // Ten at a time: each write has a deadline, and a busy machine must not miss it.
    for (let n = 0; n < 300; n += 10)
      await Promise.all(Array.from({ length: 10 }, (_, i) => table.putAdoption(adoption(`client-${n + i}`))));
    expect(new Set((await table.adoptions('clients-k1')).map(({ clientId }) => clientId)).size).toBe(300);
  });

  test('a late event does not replace later news of the same client', async () => {
    const table = await make();
    await table.putAdoption(adoption('a', { revision: 3, atMs: ten + 1_000 }));
    await table.putAdoption(adoption('a', { revision: 2, atMs: ten }));
    expect((await table.adoptions('clients-k1')).map(({ revision }) => revision)).toEqual([3]);
  });

  test('a producer and a consumer with one client id are two', async () => {
    const table = await make();
    await table.putAdoption(adoption('a', { role: 'consumer' }));
    await table.putAdoption(adoption('a', { role: 'producer' }));
    expect((await table.adoptions('clients-k1')).map(({ role }) => role)).toEqual(['consumer', 'producer']);
  });

  test('one client is found by its role and its client id, and a stranger is not', async () => {
    const table = await make();
    await table.putAdoption(adoption('a', { role: 'consumer', revision: 3 }));
    const of = (role: 'consumer' | 'producer') => table.adoption({ clientSet: 'clients-k1', role, clientId: 'a' });
    expect((await of('consumer'))?.revision).toBe(3);
    expect(await of('producer')).toBeNull();
  });

  test('a stage is found by its name, and with all others of its epoch', async () => {
    const table = await make();
    await table.putStage(
      'clients-k1',
      stageRecord('Publish routing (draining)', { revision: 2, data: { regions: ['eu-west-1'] } }),
    );
    await table.putStage('clients-k1', stageRecord('Pin positions'));
    await table.putStage('clients-k1', stageRecord('Pin positions', { epoch: 11 }));
    expect(await table.stage('clients-k1', 1, 'Publish routing (draining)')).toEqual(
      stageRecord('Publish routing (draining)', { revision: 2, data: { regions: ['eu-west-1'] } }),
    );
    expect((await table.stages('clients-k1', 1)).map(({ stage }) => stage)).toEqual([
      'Pin positions',
      'Publish routing (draining)',
    ]);
    expect(await table.stage('clients-k1', 1, 'Conclude move')).toBeNull();
  });

  test('a question is removed only by its own token', async () => {
    const table = await make();
    await table.putQuestion('clients-k1', question('old'));
    await table.putQuestion('clients-k1', question('new'));
    await table.clearQuestion('clients-k1', 'old');
    expect((await table.question('clients-k1'))?.taskToken).toBe('new');
    await table.clearQuestion('clients-k1', 'new');
    expect(await table.question('clients-k1')).toBeNull();
  });

  test('a question is revised only while it is still this one', async () => {
    const table = await make();
    await table.putQuestion('clients-k1', { ...question('one'), untold: ['people'] });
    await table.reviseQuestion('clients-k1', question('one'));
    expect(await table.question('clients-k1')).toEqual(question('one'));
    await table.reviseQuestion('clients-k1', question('two'));
    expect((await table.question('clients-k1'))?.taskToken).toBe('one');
  });

  test('a question that was answered is not brought back by a revision', async () => {
    const table = await make();
    await table.reviseQuestion('clients-k1', question('gone'));
    expect(await table.question('clients-k1')).toBeNull();
  });

  test('clearing where there is no question is no error', async () => {
    await expect((await make()).clearQuestion('clients-k1', 'any')).resolves.toBeUndefined();
  });

  test('verdicts are kept by subject, the newest written stands', async () => {
    const table = await make();
    const verdict = { subject: 'flow:K1->K2', kind: 'HEALTHY', sinceMs: ten, judgedAtMs: ten, sentence: 'fresh' };
    await table.putVerdict(verdict);
    await table.putVerdict({ ...verdict, kind: 'REPLICATION_DOWN', incidentId: 'i-1' });
    expect(await table.verdict('flow:K1->K2')).toEqual({ ...verdict, kind: 'REPLICATION_DOWN', incidentId: 'i-1' });
    expect(await table.verdict('cluster:K1')).toBeNull();
  });

  test('a verdict is revised only while it is that of the same turn', async () => {
    const table = await make();
    const verdict = { subject: 'cluster:K2', kind: 'HEALTHY', sinceMs: ten, judgedAtMs: ten, sentence: 'fresh' };
    await table.reviseVerdict(verdict);
    expect(await table.verdict('cluster:K2')).toBeNull();
    await table.putVerdict({ ...verdict, untoldFrom: 'DEGRADED' });
    await table.reviseVerdict(verdict);
    expect(await table.verdict('cluster:K2')).toEqual(verdict);
    const later = { ...verdict, kind: 'DEGRADED', judgedAtMs: ten + 1, untoldFrom: 'HEALTHY' };
    await table.putVerdict(later);
    await table.reviseVerdict(verdict);
    expect(await table.verdict('cluster:K2')).toEqual(later);
  });

  test('a pause is kept by scope: the newest stands, and one is removed without the others', async () => {
    const table = await make();
    const pause = { owner: 'ada', reason: 'works', untilMs: ten + 60_000, setAtMs: ten };
    expect(await table.pauses()).toEqual([]);
    const pair = { ...pause, scope: { kind: 'pair' } } as const;
    const cluster = { ...pause, scope: { kind: 'cluster', cluster: 'K1' } } as const;
    for (const next of [pair, cluster, { ...cluster, owner: 'bo' }]) await table.putPause(next);
    expect(await table.pauses()).toEqual([{ ...cluster, owner: 'bo' }, pair]);
    await table.removePause(cluster.scope);
    expect(await table.pauses()).toEqual([pair]);
    await table.removePause(cluster.scope);
    expect(await table.pauses()).toEqual([pair]);
  });

  test('a rehearsal is kept by set: an older one does not come back', async () => {
    const table = await make();
    const newest = { atMs: ten, by: 'ada', kind: 'dry-run' } as const;
    expect(await table.rehearsal('clients-k1')).toBeNull();
    await table.putRehearsal('clients-k1', newest);
    await table.putRehearsal('clients-k1', { ...newest, atMs: ten - 1, by: 'bo' });
    expect(await table.rehearsal('clients-k1')).toEqual(newest);
    expect(await table.rehearsal('clients-k2')).toBeNull();
  });

  test('an incarnation is kept by cluster', async () => {
    const table = await make();
    await table.putIncarnation({ cluster: 'K1', clusterId: 'abc', seenAtMs: ten });
    expect(await table.incarnation('K1')).toEqual({ cluster: 'K1', clusterId: 'abc', seenAtMs: ten });
    expect(await table.incarnation('K2')).toBeNull();
  });

  test('an incarnation keeps since when its logs are what they are', async () => {
    const table = await make();
    const renewed = { cluster: 'K1', clusterId: 'abc', seenAtMs: ten, replacedAtMs: ten, newLogs: { orders: ten } };
    await table.putIncarnation(renewed);
    expect(await table.incarnation('K1')).toEqual(renewed);
  });
});

describe('what only a stored table knows', () => {
  /** Puts an item as some other release may have left it. */
  async function stored(item: Record<string, unknown>): Promise<ControlTable> {
    const pair = ownPair();
    await makeTable(emulator, CONTROL_REGION, names.controlTable(pair));
    const client = DynamoDBDocumentClient.from(new DynamoDBClient(emulator.client(CONTROL_REGION)));
    await client.send(new PutCommand({ TableName: names.controlTable(pair), Item: item }));
    return dynamoControlTable({ pair, region: CONTROL_REGION });
  }

  test('a state of the first release, without anything optional, reads', async () => {
    const table = await stored({ pk: 'set#clients-k1', sk: 'state', version: 1, body: setState() });
    expect(await table.readSet('clients-k1')).toEqual(setState());
  });

  test('fields that a newer release added do not disturb', async () => {
    const table = await stored({
      pk: 'set#clients-k1',
      sk: 'state',
      version: 1,
      body: { ...setState(), weather: 'fair' },
      indexed: 'yes',
    });
    expect(await table.readSet('clients-k1')).toEqual(setState());
  });

  test('an item that cannot be understood is named with its key and every problem', async () => {
    const table = await stored({
      pk: 'set#clients-k1',
      sk: 'state',
      version: 1,
      body: { ...setState(), epoch: 'one', phase: 'moon' },
    });
    await expect(table.readSet('clients-k1')).rejects.toThrow(
      /item set#clients-k1 state .*: epoch is "one"; .*; phase is "moon"; /,
    );
  });
});
