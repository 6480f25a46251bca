import { describe, expect, test } from '@jest/globals';
import { describeDetection, detectionOf } from '../../core/config/detection.ts';
import { readConfig } from '../../core/config/read.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { Mode } from '../../core/contracts/primitives.ts';
import { drillPair } from '../drill/pair.ts';
import { configOf } from '../support/synthesized.ts';

const problemsOf = (top: object): readonly string[] => {
  const cluster = (region: string) => ({ region, bootstrapServers: [`${region}:9092`], auth: 'a' });
  const reading = readConfig({
    schema: 1,
    pair: 'orders',
    clusters: { K1: cluster('eu-central-1'), K2: cluster('eu-west-1') },
    clientSets: { a: { home: 'K1', topics: ['orders'], groups: [{ id: 'billing' }] } },
    ...top,
  });
  return reading.kind === 'valid' ? [] : reading.problems.map(({ path, message }) => `${path} ${message}`);
};

test('the defaults fit together', () => {
  expect(problemsOf({})).toEqual([]);
});

test.each<readonly [string, object, string]>([
  [
    'a confirm time of exactly two probe intervals',
    { probe: { confirmSeconds: 60, intervalSeconds: 30, recoverSuccesses: 20 } },
    'probe.confirmSeconds is 60; allowed: more than two probe intervals (60)',
  ],
  [
    'a confirm time that a rebalance outlasts',
    { probe: { confirmSeconds: 30 } },
    'probe.confirmSeconds is 30; allowed: more than replication.rebalanceSeconds (30)',
  ],
  [
    'more failures than samples',
    { probe: { suspectFailures: 7 } },
    'probe.suspectFailures is 7; allowed: at most windowSamples (6)',
  ],
  [
    'more successes than the recovery time has looks',
    { probe: { recoverSuccesses: 62 } },
    'probe.recoverSuccesses is 62; allowed: at most 61',
  ],
  [
    'a slow rung that the deadline cuts off first',
    { probe: { slowRungSeconds: 3 } },
    'probe.slowRungSeconds is 3; allowed: less than rungTimeoutSeconds (3)',
  ],
  [
    'looks that are absent before the next one is made',
    { probe: { staleIntervals: 2, intervalSeconds: 2, rungTimeoutSeconds: 3 } },
    'probe.staleIntervals is 2; allowed: at least 3',
  ],
  [
    'a freshness below two heartbeats',
    {
      probe: { staleIntervals: 40 },
      replication: { freshSeconds: 1.5, sampleIntervalSeconds: 0.5, rebalanceSeconds: 1 },
    },
    'replication.freshSeconds is 1.5; allowed: at least 2',
  ],
  [
    'a freshness that a rebalance outlasts',
    { replication: { freshSeconds: 30 } },
    'replication.freshSeconds is 30; allowed: more than replication.rebalanceSeconds (30)',
  ],
  [
    'a freshness without time for two looks',
    { replication: { freshSeconds: 45, sampleIntervalSeconds: 23 } },
    'replication.freshSeconds is 45; allowed: at least two sampleIntervalSeconds (46)',
  ],
  [
    'looks at a silent source that are absent before the next one is stored',
    { probe: { staleIntervals: 2 }, replication: { sampleIntervalSeconds: 5 } },
    'probe.staleIntervals is 2; allowed: at least 3, so that a look at a flow whose source is silent',
  ],
  [
    'a freshness with which a person is asked about an outage before replication can tell',
    { replication: { freshSeconds: 118 } },
    'replication.freshSeconds is 118; allowed: at most 117, so that replication can agree before a person is asked',
  ],
  [
    'an alarm that gives up before the probes can confirm',
    { moves: { confirmWithinSeconds: 112 } },
    'moves.confirmWithinSeconds is 112; allowed: at least 113',
  ],
  [
    'silence that is as long as the time to follow',
    { moves: { clientSilentSeconds: 180 } },
    'moves.clientSilentSeconds is 180; allowed: less than moves.adoptionSeconds (180), within which log ends have to stand still for so long to show that producers which never acknowledge have left; or a longer moves.adoptionSeconds',
  ],
  [
    'a time to follow that is shorter than silence',
    { moves: { adoptionSeconds: 60 } },
    'moves.clientSilentSeconds is 120; allowed: less than moves.adoptionSeconds (60)',
  ],
  [
    'a critical topic that is none of the set',
    { clientSets: { a: { home: 'K1', topics: ['orders'], criticalTopics: ['order'], groups: [{ id: 'billing' }] } } },
    'clientSets.a.criticalTopics lists "order", which is none of its topics; allowed: orders',
  ],
  [
    'a witness about a cluster that does not exist',
    { alarms: [{ role: 'witness', name: 'x', cluster: 'K3', says: 'down' }] },
    'alarms.0.cluster is "K3", which is no cluster of this pair; allowed: K1, K2',
  ],
  [
    'the same witness twice',
    {
      alarms: [
        { role: 'witness', name: 'x', cluster: 'K1', says: 'down' },
        { role: 'witness', name: 'x', cluster: 'K1', says: 'alive' },
      ],
    },
    'alarms.1 repeats alarm "x" for "K1"; list it once',
  ],
])('%s is refused, with the value and what is allowed', (_story, top, sentence) => {
  expect(problemsOf(top)).toEqual([expect.stringContaining(sentence)]);
});

test.each<readonly [string, object]>([
  [
    'a rebalance declared shorter makes room for a shorter confirm time',
    { probe: { confirmSeconds: 30 }, replication: { rebalanceSeconds: 20 } },
  ],
  [
    'looks at a silent source that are just not absent yet: 10 s apart, and 5 s old when they are stored',
    { probe: { staleIntervals: 3 }, replication: { sampleIntervalSeconds: 5 } },
  ],
  [
    'a freshness with which replication can just tell in time',
    { replication: { freshSeconds: 117 }, moves: { confirmWithinSeconds: 150 } },
  ],
  ['as many successes as the recovery time has looks', { probe: { recoverSuccesses: 61 } }],
  ['silence a second shorter than the time to follow', { moves: { clientSilentSeconds: 179 } }],
  ['an alarm that waits exactly as long as a detection takes', { moves: { confirmWithinSeconds: 113 } }],
  [
    'one alarm as trigger and as witness',
    {
      alarms: [
        { name: 'x', clientSet: 'a' },
        { role: 'witness', name: 'x', cluster: 'K1', says: 'down' },
      ],
    },
  ],
])('%s is accepted', (_story, top) => {
  expect(problemsOf(top)).toEqual([]);
});

test("the drill's short windows fit together, because it declares its rebalance", () => {
  const config = drillPair({ trigger: 'automatic', policy: 'availability' }, { clients: { K1: ['a:1'], K2: ['b:1'] } });
  // 1 + 1.5 + 2 x 2 + 3 x 2 + 1: a look every 2 s while one hangs.
  expect(detectionOf(config).totalSeconds).toBe(13.5);
  // 5 s until stale, 4 s until the next look, 2 s until it is stored, 1 s to judge it.
  expect(detectionOf(config).replicationSeconds).toBe(12);
});

describe('the worst case from the first failure to what the rules do then', () => {
  const config = configOf('one-region');

  test('with the defaults: 10 + 3 + 3 x 10 + 60 + 10 s', () => {
    expect(detectionOf(config).totalSeconds).toBe(113);
  });

  test('a rung that hangs longer than the interval slows the looks down', () => {
    const slow = {
      ...config,
      probe: { ...config.probe, intervalSeconds: 2, rungTimeoutSeconds: 3, confirmSeconds: 61 },
    };
    // 2 + 3 + 3 x 4 + 16 x 4 + 2: a look every 4 s.
    expect(detectionOf(slow).totalSeconds).toBe(83);
  });

  test('where replication takes longer to agree, it decides', () => {
    const late = { ...config, replication: { ...config.replication, freshSeconds: 120 } };
    expect(detectionOf(late)).toMatchObject({ totalSeconds: 153, replicationSeconds: 153 });
  });

  test('a source that hangs makes looks rare: the second one after the loss tells that nothing arrives', () => {
    const rare = { ...config, replication: { ...config.replication, sampleIntervalSeconds: 3, freshSeconds: 6 } };
    // 2 x 6 s, 3 s until it is stored, 10 s to judge it.
    expect(detectionOf(rare).replicationSeconds).toBe(25);
  });

  const parts =
    '(10 s until the next look, 3 s until that look gives up, 30 s until 4 of 6 looks have failed, 60 s until the suspicion ' +
    'has stood for the confirm time, 10 s until the next judgement; beside it, 78 s until replication agrees)';
  const witnessed = { ...config, witnessRegions: ['eu-west-3'] };
  const inModes = (pair: PairConfig, k1: Mode, k2: Mode = k1): PairConfig => ({
    ...pair,
    clientSets: {
      'clients-k1': { ...pair.clientSets['clients-k1']!, mode: k1 },
      'clients-k2': { ...pair.clientSets['clients-k2']!, mode: k2 },
    },
  });

  test.each<readonly [string, PairConfig, string]>([
    ['automatic', inModes(witnessed, 'automatic'), 'the start of a move without a person'],
    ['automatic, seen from one vantage', inModes(config, 'automatic'), 'the start of a move that asks a person'],
    ['approve', inModes(witnessed, 'approve'), 'the start of a move that asks a person'],
    ['observe', inModes(witnessed, 'observe'), 'a verdict that moves nobody'],
    ['off', inModes(witnessed, 'off'), 'a verdict that moves nobody'],
    [
      'automatic for one set and observe for the other',
      inModes(witnessed, 'automatic', 'observe'),
      'the start of a move without a person (clients-k1) or a verdict that moves nobody (clients-k2)',
    ],
  ])('in mode %s it is told in one sentence, with its parts', (_mode, pair, end) => {
    expect(describeDetection(pair)).toBe(`from the first failure to ${end}: at most 113 s ${parts}`);
  });
});
