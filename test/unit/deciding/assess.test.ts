import { beforeEach, describe, expect, test } from '@jest/globals';
import type { PairConfig } from '../../../core/config/schema.ts';
import { ReadinessDocument, type ReadinessLook } from '../../../core/contracts/readiness.ts';
import type { SetState } from '../../../core/contracts/tables.ts';
import { assess } from '../../../lambdas/assess/assess.ts';
import { brokenAt, flowLook, nothingWritten, setLook, wholeLadder } from '../../support/builders/judgement.ts';
import {
  adoptionOf,
  claimOf,
  K1_REGION,
  K2_REGION,
  pairConfig,
  stateOf,
  TEN_O_CLOCK,
} from '../../support/builders/pair.ts';
import { readinessLook, sideWith } from '../../support/builders/readiness.ts';
import { fakePorts } from '../../support/fakes/ports.ts';
import type { FakePorts } from '../../support/fakes/ports.ts';
import { fakeSharedLimits } from '../../support/fakes/shared.ts';

const WITNESS = 'eu-north-1';
const VANTAGES = [K1_REGION, K2_REGION, WITNESS];
const INTERVAL_MS = 10_000;

let config: PairConfig;
let ports: FakePorts;
let turn: ReturnType<typeof assess>;
/** What the world is like: `false` = gone. */
let world: { k1: boolean; k2: boolean; flow: boolean };

beforeEach(async () => {
  config = pairConfig(
    {},
    {
      witnessRegions: [WITNESS],
      probe: { recoverSeconds: 60, recoverSuccesses: 6 },
      moves: { failbackDwellSeconds: 60 },
    },
  );
  ports = fakePorts({ region: K2_REGION });
  turn = assess(ports, config, { region: K2_REGION });
  world = { k1: true, k2: true, flow: true };
  await ports.control.writeSet(stateOf(config));
  await ports.control.putAdoption(adoptionOf('producer', 'p1'));
  beating = { own: TEN_O_CLOCK, copied: TEN_O_CLOCK };
});
let beating: { own: number; copied: number };

async function observe(blind: readonly string[] = []): Promise<void> {
  const atMs = ports.clock.nowMs();
  for (const vantage of VANTAGES.filter((name) => !blind.includes(name))) {
    for (const [cluster, alive] of [
      ['K1', world.k1],
      ['K2', world.k2],
    ] as const) {
      const seen = { cluster, vantage, atMs };
      await ports
        .observationsOf(vantage)
        .putCluster(alive ? wholeLadder(seen) : brokenAt('tcp', 'transport-failure', seen));
    }
  }
  beating = { own: world.flow ? atMs : beating.own, copied: world.flow && world.k1 ? atMs : beating.copied };
  const ends = { 'K1.orders': { '0': { start: '0', highWatermark: world.k1 ? String(atMs) : '1', lastStable: '1' } } };
  await ports.observations.putFlow(
    flowLook({ atMs, ownHeartbeatMs: beating.own, copiedHeartbeatMs: beating.copied, remoteEnds: ends }),
  );
  await ports.observations.putSet(setLook({ atMs }));
}

/** So many probe intervals pass, each with a look and a judgement. */
async function pass(turns: number, blind: readonly string[] = []): Promise<void> {
  for (let i = 0; i < turns; i += 1) {
    ports.clock.advance(INTERVAL_MS);
    await observe(blind);
    await turn();
  }
}
const verdict = async (subject = 'cluster:K1') => ports.control.verdict(subject);
const kind = async (subject?: string) => (await verdict(subject))?.kind;
const setState = async (changes: Partial<SetState>) => {
  const state = await ports.control.readSet('clients-k1');
  await ports.control.writeSet({ ...state!, ...changes, version: state!.version + 1 });
};
const outages = () => ports.events.named('OutageConfirmed');

describe('a quiet day', () => {
  test('both clusters are healthy, nothing is said', async () => {
    await pass(6);
    expect([await kind('cluster:K1'), await kind('cluster:K2'), ports.events.sent]).toEqual(['HEALTHY', 'HEALTHY', []]);
  });

  test('before anybody has looked, nothing is known', async () => {
    await turn();
    expect([await kind(), await kind('flow:K1->K2')]).toEqual(['UNKNOWN', 'UNKNOWN']);
  });

  test('the set is ready, and its verdict says so', async () => {
    await pass(2);
    expect(await verdict('set:clients-k1')).toMatchObject({
      kind: 'READY',
      sentence: 'clients-k1 would move to K2 now',
    });
  });

  test('sets that another region controls are left to it', async () => {
    await pass(2);
    expect(await verdict('set:clients-k2')).toBeNull();
  });

  test('a finding that could not be told is told when the bus is back', async () => {
    await pass(2);
    const missing = async () => {
      ports.clock.advance(INTERVAL_MS);
      await observe();
      await ports.observations.putSet(
        setLook({ atMs: ports.clock.nowMs(), refugeTopics: { orders: 3, payments: null } }),
      );
      await turn();
    };
    ports.events.faults.failAlways('report');
    await missing();
    ports.events.faults.heal();
    await missing();
    await missing();
    expect(ports.events.named('ReadinessChanged')).toMatchObject([{ clientSet: 'clients-k1', ready: false }]);
  });

  test('a finding that appears is told once', async () => {
    await pass(2);
    ports.clock.advance(INTERVAL_MS);
    await observe();
    await ports.observations.putSet(
      setLook({ atMs: ports.clock.nowMs(), refugeTopics: { orders: 3, payments: null } }),
    );
    await turn();
    await turn();
    expect(ports.events.named('ReadinessChanged')).toMatchObject([
      {
        clientSet: 'clients-k1',
        ready: false,
        sentence: expect.stringContaining('topic "payments" does not exist at K2'),
      },
    ]);
  });
});

describe('readiness', () => {
  const compared = (changes: Partial<ReadinessLook> = {}) =>
    ports.observations.putReadiness(readinessLook({ atMs: ports.clock.nowMs(), ...changes }));
  const document = async () =>
    ReadinessDocument.parse(((await verdict('set:clients-k1'))?.data as { readiness: unknown }).readiness);
  const ids = async () => (await document()).findings.map(({ severity, id }) => `${severity} ${id}`);
  const counted = (severity: string) =>
    ports.metrics.points.findLast(
      ({ name, dimensions }) => name === 'ReadinessFindings' && dimensions['severity'] === severity,
    )?.value;

  test('the document is kept with the verdict of the set', async () => {
    await pass(2);
    await compared();
    await pass(1);
    expect(await document()).toMatchObject({
      wouldMove: true,
      sentence: 'clients-k1 would move to K2 now',
      inputs: expect.arrayContaining([{ input: 'comparison of settings, rights and schemas', ageSeconds: 10 }]),
    });
    // The builder's K2 has a schema registry and K1 none; nobody declared a version of MirrorMaker 2.
    expect(await ids()).toEqual(['informs mirror-version', 'informs schema-registry']);
  });

  test('a difference that appears is told once, with what was found, though the set would still move', async () => {
    await pass(1);
    await compared();
    await pass(2);
    const told = ports.events.named('ReadinessChanged').length;
    await compared({ refuge: sideWith({ 'retention.ms': '1' }) });
    await pass(3);
    expect(ports.events.named('ReadinessChanged').slice(told)).toMatchObject([
      {
        ready: true,
        findings: expect.arrayContaining([
          expect.objectContaining({ severity: 'warns', id: 'topic-settings', subject: 'orders retention.ms' }),
        ]),
      },
    ]);
  });

  test('news of findings that the bus did not take are told by a later turn, once', async () => {
    await pass(1);
    await compared();
    await pass(2);
    const told = () => ports.events.named('ReadinessChanged').length;
    const before = told();
    await compared({ refuge: sideWith({ 'retention.ms': '1' }) });
    ports.events.faults.failAlways('report');
    await pass(1);
    ports.events.faults.heal();
    expect(told()).toBe(before);
    await pass(3);
    expect(told()).toBe(before + 1);
  });

  test('a comparison that cannot be read costs its findings only', async () => {
    ports.observations.faults.failAlways('newestReadiness');
    await pass(2);
    expect([await kind('set:clients-k1'), (await ids())[0]]).toEqual(['READY', 'unknown look']);
  });

  test('findings are counted by severity', async () => {
    await compared({ refuge: sideWith({ 'retention.ms': '1', 'retention.bytes': '1' }) });
    await pass(1);
    expect(['blocks', 'warns', 'unknown', 'informs'].map(counted)).toEqual([0, 2, 0, 2]);
  });

  test('away from home nothing is found, and the gauges go back to nought', async () => {
    await compared({ refuge: sideWith({ 'retention.ms': '1' }) });
    await pass(1);
    await setState({ phase: 'refuge', epoch: 1 });
    await pass(1);
    expect([counted('warns'), await ids()]).toEqual([0, []]);
  });

  test('a verdict stored by a version that judged less is no news', async () => {
    await compared();
    await pass(1);
    const stored = (await verdict('set:clients-k1'))!;
    await ports.control.putVerdict({ ...stored, data: { findings: ['G2-topics: old'] } });
    const told = ports.events.named('ReadinessChanged').length;
    await pass(1);
    expect(ports.events.named('ReadinessChanged').slice(told)).toEqual([]);
  });
});

describe('K1 is lost', () => {
  beforeEach(async () => {
    await pass(6);
    world.k1 = false;
  });

  test('suspected, then confirmed after the confirm time, then told', async () => {
    const path: unknown[] = [];
    for (let i = 0; i < 11; i += 1) {
      await pass(1);
      path.push(await kind());
    }
    // Four failures of six: suspected. 60 s on top: confirmed. Heartbeats are stale after 45 s by then.
    expect(path).toEqual([
      'HEALTHY',
      'HEALTHY',
      'HEALTHY',
      ...Array<string>(6).fill('SUSPECTED_DOWN'),
      'CONFIRMED_DOWN',
      'CONFIRMED_DOWN',
    ]);
    expect(outages()).toMatchObject([
      { clientSet: 'clients-k1', cluster: 'K1', epoch: 0, incidentId: 'cluster-K1-2026-11-22T10:01:40Z' },
    ]);
  });

  test('is told although the samples that only weigh the loss cannot be read', async () => {
    ports.control.faults.failAlways('homeSamples');
    await pass(11);
    expect(outages()).toHaveLength(1);
  });

  test('is told although readiness cannot be written up', async () => {
    const broken = { seed: 'no number', forHomePosition: null, homePositionBefore: null };
    ports.control.seeds = async () => [{ group: 'billing', topic: 'orders', atMs: 0, partitions: { '0': broken } }];
    for (let i = 0; i < 11; i += 1) await pass(1).catch(() => undefined);
    expect(outages().length).toBeGreaterThan(0);
  });

  test('news that took long to tell does not bring back a verdict over a newer one', async () => {
    await pass(9);
    let newer = false;
    ports.events.faults.beforeEach(async () => {
      // The invocation that relieves this one has judged meanwhile, and K1 answers again.
      if (newer || (await kind()) !== 'CONFIRMED_DOWN') return;
      newer = true;
      const judgedAtMs = ports.clock.nowMs() + 1_000;
      await ports.control.putVerdict({ ...(await verdict())!, kind: 'RECOVERING', judgedAtMs });
    });
    await pass(1);
    expect([newer, await kind()]).toEqual([true, 'RECOVERING']);
  });

  test('not even over one that is written between looking and writing', async () => {
    await pass(9);
    let told = false;
    ports.events.faults.beforeEach(async () => void (told ||= (await kind()) === 'CONFIRMED_DOWN'));
    let newer = false;
    ports.control.faults.beforeEach(async (method) => {
      if (newer || !told || !/^(put|revise)Verdict$/.test(method)) return;
      newer = true;
      const judgedAtMs = ports.clock.nowMs() + 1_000;
      for (const subject of ['cluster:K1', 'set:clients-k1'])
        await ports.control.putVerdict({ ...(await verdict(subject))!, kind: 'RECOVERING', judgedAtMs });
    });
    await pass(1);
    expect([newer, await kind()]).toEqual([true, 'RECOVERING']);
  });

  test('each change of verdict is told once', async () => {
    await pass(12);
    const changes = ports.events.named('VerdictChanged').filter(({ subject }) => subject === 'cluster:K1');
    expect(changes.map(({ from, to }) => `${from} -> ${to}`)).toEqual([
      'HEALTHY -> SUSPECTED_DOWN',
      'SUSPECTED_DOWN -> CONFIRMED_DOWN',
    ]);
  });

  test('while it stands and nobody has claimed, it is told again every minute under the same incident', async () => {
    await pass(10 + 12);
    expect(outages().map(({ incidentId }) => incidentId)).toEqual(Array(3).fill('cluster-K1-2026-11-22T10:01:40Z'));
  });

  test('once it is claimed, nothing more is told', async () => {
    await pass(10);
    await setState({ epoch: 1, open: claimOf() });
    await pass(12);
    expect(outages()).toHaveLength(1);
  });

  test('a claim that came to nothing: told again at once', async () => {
    await pass(10);
    await setState({ epoch: 1, open: claimOf() });
    await pass(1);
    const { open: _, ...closed } = (await ports.control.readSet('clients-k1'))!;
    await ports.control.writeSet({ ...closed, version: closed.version + 1 });
    await pass(1);
    expect(outages().map(({ epoch }) => epoch)).toEqual([0, 1]);
  });

  test('mode off: judged, not told', async () => {
    await setState({ mode: 'off' });
    await pass(12);
    expect([await kind(), outages()]).toEqual(['CONFIRMED_DOWN', []]);
  });

  test('automation enabled while home is down already: told at once, without a new edge', async () => {
    await setState({ mode: 'off' });
    await pass(12);
    await setState({ mode: 'automatic' });
    await pass(1);
    expect(outages()).toHaveLength(1);
  });

  test('what a move would leave behind is kept with the readiness of the set, older by each turn', async () => {
    const atMs = ports.clock.nowMs();
    for (const topic of ['orders', 'payments'])
      await ports.control.putHomeSample('clients-k1', {
        group: 'billing',
        topic,
        atMs,
        clusterId: 'cluster-one',
        partitions: { 0: { committed: '0', end: '100', start: '0' } },
        recent: [
          { atMs: atMs - 10_000, end: '80' },
          { atMs, end: '100' },
        ],
      });
    const copied = { orders: { 0: '89' }, payments: { 0: '99' } };
    const losses = [];
    for (let i = 0; i < 2; i += 1) {
      ports.clock.advance(INTERVAL_MS);
      await ports.observations.putFlow(flowLook({ atMs: ports.clock.nowMs(), replicatedOffsets: copied }));
      await turn();
      losses.push(
        ((await verdict('set:clients-k1'))?.data as { readiness: { loss: { records: object } } }).readiness.loss
          .records,
      );
    }
    expect(losses).toEqual([
      { lower: '10', upper: '50' },
      { lower: '10', upper: '90' },
    ]);
  });

  test("its region is gone with its vantage's table: the other two suffice", async () => {
    ports.observationsOf(K1_REGION).faults.failAlways('clustersSince');
    await pass(12, [K1_REGION]);
    expect(await kind()).toBe('CONFIRMED_DOWN');
  });

  test('replication still brings something: a veto', async () => {
    world.k1 = true;
    const probersOnly = async () => {
      ports.clock.advance(INTERVAL_MS);
      await observe();
      for (const vantage of VANTAGES)
        await ports
          .observationsOf(vantage)
          .putCluster(brokenAt('tcp', 'transport-failure', { cluster: 'K1', vantage, atMs: ports.clock.nowMs() }));
      await turn();
    };
    for (let i = 0; i < 12; i += 1) await probersOnly();
    expect([await kind(), outages()]).toEqual(['UNREACHABLE_FROM_PROBERS', []]);
  });

  test('replication was dead before: once that has stood for the confirm time, a person is asked', async () => {
    world.flow = false;
    await pass(12);
    expect([await kind(), outages().length]).toEqual(['CONFIRMED_DOWN_UNCORROBORATED', 0]);
    await pass(6);
    expect([await kind(), outages().length]).toEqual(['CONFIRMED_DOWN_UNCORROBORATED', 1]);
  });

  test('K2 is lost as well: both down, nothing is told', async () => {
    world.k2 = false;
    await pass(20);
    expect([await kind('cluster:K1'), await kind('cluster:K2'), outages()]).toEqual(['BOTH_DOWN', 'BOTH_DOWN', []]);
  });

  test('we were away for ten minutes: nothing is confirmed for one window', async () => {
    await pass(3);
    for (let i = 0; i < 60; i += 1) {
      ports.clock.advance(INTERVAL_MS);
      await observe();
    }
    const path: unknown[] = [];
    for (let i = 0; i < 8; i += 1) {
      await pass(1);
      path.push(await kind());
    }
    expect(path).toEqual([...Array<string>(6).fill('SUSPECTED_DOWN'), 'CONFIRMED_DOWN', 'CONFIRMED_DOWN']);
  });

  describe('and the bus refuses', () => {
    const changes = () => ports.events.named('VerdictChanged').filter(({ subject }) => subject === 'cluster:K1');
    const untilConfirmed = async () => {
      for (let i = 0; i < 12 && (await kind()) !== 'CONFIRMED_DOWN'; i += 1) await pass(1);
    };

    test('every verdict is stored all the same', async () => {
      ports.events.faults.failAlways('report');
      await untilConfirmed();
      expect([await kind(), await kind('set:clients-k1')]).toEqual(['CONFIRMED_DOWN', 'READY']);
    });

    test('an outage that could not be told is told by the next turn, not a minute later', async () => {
      ports.events.faults.failAlways('report');
      await untilConfirmed();
      ports.events.faults.heal();
      await pass(1);
      expect(outages()).toHaveLength(1);
    });

    test('a change that could not be told is told once by a later turn, with the kind that was told last', async () => {
      ports.events.faults.failAlways('report');
      await untilConfirmed();
      ports.events.faults.heal();
      await pass(3);
      expect(changes()).toMatchObject([{ from: 'HEALTHY', to: 'CONFIRMED_DOWN' }]);
    });

    test('a change that was undone before anybody heard of it is no news', async () => {
      ports.events.faults.failAlways('report');
      for (let i = 0; i < 12 && (await kind()) === 'HEALTHY'; i += 1) await pass(1);
      expect(await kind()).toBe('SUSPECTED_DOWN');
      world.k1 = true;
      for (let i = 0; i < 30 && (await kind()) !== 'HEALTHY'; i += 1) await pass(1);
      ports.events.faults.heal();
      await pass(1);
      expect([await kind(), changes()]).toEqual(['HEALTHY', []]);
    });
  });
});

describe('K1 is lost, MirrorMaker 2 was dead before, and alarms are witnesses', () => {
  const witnesses = (...list: object[]) => {
    config = pairConfig(
      {},
      { witnessRegions: [WITNESS], alarms: list.map((one) => ({ role: 'witness', cluster: 'K1', ...one })) },
    );
    turn = assess(ports, config, { region: K2_REGION });
  };
  beforeEach(async () => {
    await pass(6);
    world = { k1: false, k2: true, flow: false };
  });

  test.each([
    ['says down: confirmed', 'down', 'ALARM', 'CONFIRMED_DOWN'],
    ['would say down, but is OK', 'down', 'OK', 'CONFIRMED_DOWN_UNCORROBORATED'],
    ['would say down, but has too little data', 'down', 'INSUFFICIENT_DATA', 'CONFIRMED_DOWN_UNCORROBORATED'],
    ['says alive: a veto', 'alive', 'ALARM', 'UNREACHABLE_FROM_PROBERS'],
  ] as const)('the alarm %s', async (_story, says, state, expected) => {
    witnesses({ name: 'errors', says });
    ports.alarms.set(K2_REGION, 'errors', state);
    await pass(12);
    expect(await kind()).toBe(expected);
  });

  test('the alarm cannot be read: it abstains, and the turn goes on', async () => {
    witnesses({ name: 'errors', says: 'down' });
    ports.alarms.set(K2_REGION, 'errors', 'ALARM');
    ports.alarms.faults.failAlways('states');
    await pass(12);
    expect(await kind()).toBe('CONFIRMED_DOWN_UNCORROBORATED');
  });

  test('the alarm lives where the configuration says', async () => {
    witnesses({ name: 'errors', says: 'down', region: WITNESS });
    ports.alarms.set(WITNESS, 'errors', 'ALARM');
    await pass(12);
    expect(await kind()).toBe('CONFIRMED_DOWN');
  });

  test('an alarm about K2 says nothing about K1', async () => {
    witnesses({ name: 'errors', says: 'down', cluster: 'K2', region: K2_REGION });
    ports.alarms.set(K2_REGION, 'errors', 'ALARM');
    await pass(12);
    expect(await kind()).toBe('CONFIRMED_DOWN_UNCORROBORATED');
  });

  test('without witness alarms CloudWatch is not asked', async () => {
    await pass(1);
    expect(ports.alarms.faults.calls).toEqual([]);
  });
});

describe('K1 serves in part', () => {
  const look = { partitions: 4, offline: 0, underReplicated: 0, impairedTopics: [] };
  const offline = async (turns: number, partitions: number) => {
    for (let i = 0; i < turns; i += 1) {
      ports.clock.advance(INTERVAL_MS);
      await observe();
      for (const vantage of VANTAGES) {
        const atMs = ports.clock.nowMs();
        const seen = { 'clients-k1': { ...look, offline: partitions, impairedTopics: ['orders'] } };
        await ports.observationsOf(vantage).putCluster(wholeLadder({ cluster: 'K1', vantage, atMs, protected: seen }));
      }
      await turn();
    }
  };
  beforeEach(async () => pass(6));

  test('the verdict keeps the share, and below the limit nobody is asked', async () => {
    await offline(20, 1);
    expect(await verdict()).toMatchObject({
      kind: 'PARTIAL_OUTAGE',
      data: { impairment: { sets: { 'clients-k1': { share: 0.25, topics: ['orders'] } } } },
    });
    expect(outages()).toEqual([]);
  });

  test('above the limit a person is asked once it has stood for the confirm time', async () => {
    await offline(9, 3);
    expect(outages()).toEqual([]);
    await offline(1, 3);
    expect(outages()).toHaveLength(1);
  });
});

describe('clocks', () => {
  test('an observation from the future stops every confirmation, and for one window after it', async () => {
    await pass(6);
    world.k1 = false;
    await pass(6);
    const ahead = ports.clock.nowMs() + 40_000;
    await ports.observationsOf(WITNESS).putCluster(wholeLadder({ cluster: 'K2', vantage: WITNESS, atMs: ahead }));
    await pass(4);
    expect(await kind()).toBe('SUSPECTED_DOWN');
    // It was 10 s ahead last at 10:02:30; the window is over at 10:03:30.
    await pass(4);
    expect([await kind(), outages()]).toEqual(['SUSPECTED_DOWN', []]);
    await pass(1);
    expect([await kind(), outages().length]).toEqual(['CONFIRMED_DOWN', 1]);
  });

  test('our own clock goes back ten minutes: for one window nobody acts', async () => {
    await pass(6);
    ports.clock.advance(-600_000);
    await observe();
    await turn();
    expect(await verdict()).toMatchObject({ data: { settlingUntilMs: ports.clock.nowMs() + 60_000 } });
  });

  test('a home that was healthy before a gap has to be healthy for the dwell time after it', async () => {
    await setState({ epoch: 1, phase: 'refuge', revision: 3 });
    await pass(8);
    ports.clock.advance(600_000);
    await pass(12);
    const since = (await verdict())?.sinceMs ?? 0;
    expect(ports.clock.nowMs() - since).toBeLessThanOrEqual(120_000);
  });
});

describe('K1 comes back', () => {
  const RECOVERY = 'recovery-K1-left-2026-11-22T10:03:00Z-after-cluster-K1-2026-11-22T10:01:40Z';
  const recoveries = () => ports.events.named('RecoveryConfirmed');
  beforeEach(async () => {
    await pass(6);
    world.k1 = false;
    await pass(12);
    await setState({ epoch: 1, phase: 'refuge', revision: 3, leftHomeAtMs: ports.clock.nowMs() });
    world.k1 = true;
  });

  test('suspected until it answers more than not, recovering for 60 s, then healthy for the dwell time, then told', async () => {
    await pass(3);
    expect(await kind()).toBe('RECOVERING');
    await pass(4);
    expect(await kind()).toBe('HEALTHY');
    await pass(5);
    expect(recoveries()).toEqual([]);
    await pass(1);
    expect(recoveries()).toMatchObject([{ clientSet: 'clients-k1', cluster: 'K1', epoch: 1, incidentId: RECOVERY }]);
  });

  test('a flicker after the rejection of the way home asks under the same name, the next outage under another', async () => {
    await pass(13);
    world.k1 = false;
    await pass(1);
    world.k1 = true;
    await pass(1 + 15);
    expect(new Set(recoveries().map(({ incidentId }) => incidentId))).toEqual(new Set([RECOVERY]));
    world.k1 = false;
    await pass(12);
    world.k1 = true;
    await pass(20);
    expect(new Set(recoveries().map(({ incidentId }) => incidentId)).size).toBe(2);
  });

  test('somebody who writes at home is a verdict of its own, told once, counted, and gone with the set', async () => {
    const seen = async () => (await verdict('old-side:clients-k1'))?.kind;
    const counted = () => ports.metrics.points.filter(({ name }) => name === 'OldSideActive').at(-1)?.value;
    expect([await seen(), counted()]).toEqual([undefined, 0]);
    await pass(1);
    expect(await seen()).toBe('LEAVING');
    await setState({ leftHomeAtMs: TEN_O_CLOCK });
    const writes = async () => {
      const nowMs = ports.clock.nowMs();
      const written = { orders: { records: 1, lastMs: nowMs } };
      const homeWrites = nothingWritten({ leftHomeAtMs: TEN_O_CLOCK, lookedAtMs: nowMs, written });
      await ports.observations.putSet(setLook({ atMs: nowMs, homeWrites }));
      await turn();
    };
    await writes();
    await writes();
    expect([await seen(), counted()]).toEqual(['STRAGGLERS', 1]);
    await setState({ phase: 'home' });
    await turn();
    expect([await seen(), counted()]).toEqual(['AT_HOME', 0]);
    const told = ports.events.named('VerdictChanged').filter(({ subject }) => subject === 'old-side:clients-k1');
    expect(told.map(({ from, to }) => `${from} -> ${to}`)).toEqual(['LEAVING -> STRAGGLERS', 'STRAGGLERS -> AT_HOME']);
  });

  test('a tail that retention may take within a day is a verdict of its own, told once, counted, and gone at home', async () => {
    const seen = async () => (await verdict('tail:clients-k1'))?.kind;
    const counted = () => ports.metrics.points.filter(({ name }) => name === 'TailExpiring').at(-1)?.value;
    await pass(1);
    expect([await seen(), counted()]).toEqual(['UNKNOWN', 0]);
    await setState({ leftHomeAtMs: TEN_O_CLOCK });
    const looked = async (retentionMs: number) => {
      const topics = { orders: { oldestMs: TEN_O_CLOCK, retentionMs } };
      const tailAge = { leftHomeAtMs: TEN_O_CLOCK, lookedAtMs: TEN_O_CLOCK, topics };
      await ports.observations.putSet(setLook({ atMs: ports.clock.nowMs(), tailAge }));
      await turn();
    };
    await looked(604_800_000);
    expect([await seen(), counted()]).toEqual(['KEPT', 0]);
    await looked(86_400_000);
    await looked(86_400_000);
    expect([await seen(), counted()]).toEqual(['EXPIRING', 1]);
    await setState({ phase: 'home' });
    await turn();
    expect([await seen(), counted()]).toEqual(['NOTHING_LEFT', 0]);
    const told = ports.events.named('VerdictChanged').filter(({ subject }) => subject === 'tail:clients-k1');
    expect(told.map(({ from, to }) => `${from} -> ${to}`)).toEqual([
      'UNKNOWN -> KEPT',
      'KEPT -> EXPIRING',
      'EXPIRING -> NOTHING_LEFT',
    ]);
  });

  test('the incident lasts until it is healthy', async () => {
    await pass(6);
    expect((await verdict())?.incidentId).toBe('cluster-K1-2026-11-22T10:01:40Z');
    await pass(1);
    expect((await verdict())?.incidentId).toBeUndefined();
  });

  test('a failure while it recovers begins the recovery time anew', async () => {
    await pass(4);
    world.k1 = false;
    await pass(1);
    world.k1 = true;
    await pass(6);
    expect(await kind()).toBe('RECOVERING');
  });
});

test('the figures of a turn are counted', async () => {
  await pass(1);
  expect(ports.metrics.points.map(({ name, value }) => [name, value])).toEqual(
    expect.arrayContaining([
      ['AssessTurns', 1],
      ['NotHealthy', 0],
      ['ConfirmedDown', 0],
      ['NotReady', 0],
    ]),
  );
});

test('a turn says in one sentence what it found', async () => {
  ports.clock.advance(INTERVAL_MS);
  await observe();
  expect((await turn()).sentence).toBe(
    'flow:K2->K1 UNKNOWN, flow:K1->K2 HEALTHY, cluster:K1 HEALTHY, cluster:K2 HEALTHY',
  );
});

describe('what the other pairs are told', () => {
  const above = (limits: object = { downTogether: 0.5 }) => {
    const shared = fakeSharedLimits();
    config = pairConfig({}, { witnessRegions: [WITNESS], shared: { table: shared.table, ...limits } });
    ports = { ...ports, shared };
    turn = assess(ports, config, { region: K2_REGION });
    return shared;
  };
  const gauge = () => ports.metrics.points.filter(({ name }) => name === 'PairsDownTogether').map(({ value }) => value);
  const own = async () => (await ports.shared!.reports()).find(({ pair }) => pair === 'orders');
  const bills = async () =>
    ports.shared!.putReport({
      pair: 'bills',
      atMs: ports.clock.nowMs(),
      clusters: ['K1'],
      downAtMs: ports.clock.nowMs(),
    });

  test('that this one looks and holds nothing for lost', async () => {
    above();
    await pass(1);
    expect(await own()).toEqual({ pair: 'orders', atMs: TEN_O_CLOCK + INTERVAL_MS, clusters: [] });
  });

  test('once a minute while nothing changes', async () => {
    const shared = above();
    await pass(12);
    expect(shared.faults.calls.filter((method) => method === 'putReport')).toHaveLength(2);
  });

  test('which cluster is confirmed down, before the rules are told of it', async () => {
    const shared = above();
    world = { k1: false, k2: true, flow: true };
    let reportedFirst: boolean | undefined;
    ports.events.faults.beforeEach(async () => {
      if (outages().length > 0 || reportedFirst !== undefined) return;
      if ((await kind()) === 'CONFIRMED_DOWN') reportedFirst = (await own())?.clusters.includes('K1');
    });
    await pass(16);
    expect([await kind(), (await own())?.clusters, reportedFirst]).toEqual(['CONFIRMED_DOWN', ['K1'], true]);
    expect(shared.faults.calls).toContain('putReport');
  });

  test('when it was, also after its recovery', async () => {
    above();
    world = { k1: false, k2: true, flow: true };
    await pass(16);
    world = { k1: true, k2: true, flow: true };
    await pass(8);
    const report = await own();
    expect([report?.clusters, report!.downAtMs! < report!.atMs]).toEqual([[], true]);
  });

  test('and the gauge says when too many look down together', async () => {
    above();
    await pass(1);
    await bills();
    world = { k1: false, k2: true, flow: true };
    await pass(16);
    await bills();
    await pass(1);
    expect([gauge()[0], gauge().at(-1)]).toEqual([0, 1]);
  });

  test('without a limit it is reported, for the others, and nothing is gauged', async () => {
    above({});
    await pass(1);
    expect([(await own())?.pair, gauge()]).toEqual(['orders', []]);
  });

  test('a table that refuses keeps nobody from judging', async () => {
    const shared = above();
    shared.faults.failAlways('putReport');
    world = { k1: false, k2: true, flow: true };
    await pass(16);
    expect([await kind(), outages().length > 0]).toEqual(['CONFIRMED_DOWN', true]);
  });
});
