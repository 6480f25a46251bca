/** A flow that is not healthy: the finding names the part to look at, each column of what can be seen by itself (T20). */
import { expect, test } from '@jest/globals';
import type { FlowObservation } from '../../../core/contracts/observations.ts';
import { judgePreparation } from '../../../core/readiness/checks.ts';
import { readinessDocument } from '../../../core/readiness/document.ts';
import type { Preparation } from '../../../core/readiness/preparation.ts';
import { judgeReadiness } from '../../../core/move/readiness.ts';
import { flowLook, outageFacts, storedVerdict } from '../../support/builders/judgement.ts';
import { pairConfig, placedK1, TEN_O_CLOCK } from '../../support/builders/pair.ts';
import { preparation, readinessLook } from '../../support/builders/readiness.ts';

const STALE = TEN_O_CLOCK - 31_000;
const outbound = storedVerdict('flow:K1->K2', 'REPLICATION_DOWN', { sentence: 'flow K1->K2 is REPLICATION_DOWN' });
const inbound = (changes: Partial<FlowObservation> = {}) => flowLook({ source: 'K2', target: 'K1', ...changes });

const found = (flow: Partial<FlowObservation> | null, changes: Partial<Preparation> = {}) => {
  const facts = preparation({ outbound, flow: flow && flowLook(flow), ...changes });
  const [finding, ...others] = judgePreparation(facts).filter(({ id }) => id === 'replication');
  expect(others).toEqual([]);
  return finding!;
};
/** What the finding says beyond the verdict. */
const told = (...args: Parameters<typeof found>): string =>
  found(...args)
    .sentence.slice(outbound.sentence.length)
    .replace('; ', '');

const SLOW = 'heartbeats of K1 arrive, so the flow runs and the way is open';
const HOME = 'its worker lives and K1 is not reached: it is K1, not the flow';
const WORKER = 'its worker is silent, whatever K1 does';
const TASKS = 'its worker lives, and what is at K1 is not copied: its source tasks';
const OTHER =
  'heartbeats at K1, which K2->K1 writes, have stopped: there is nothing to copy, so it may be the other flow alone';
const REFUGE = 'nothing of it could be read at K2';
const nothing = { ownHeartbeatMs: undefined, copiedHeartbeatMs: undefined };

test.each<readonly [string, Parameters<typeof found>, string]>([
  ['heartbeats arrive: it is slow', [{}], SLOW],
  ['home is lost', [{ copiedHeartbeatMs: STALE }, { homeVerdict: 'CONFIRMED_DOWN' }], HOME],
  [
    'home is lost, and nothing corroborates it',
    [{ copiedHeartbeatMs: STALE }, { homeVerdict: 'CONFIRMED_DOWN_UNCORROBORATED' }],
    HOME,
  ],
  ['both are lost', [{ copiedHeartbeatMs: STALE }, { homeVerdict: 'BOTH_DOWN' }], HOME],
  ['the worker writes no heartbeats', [{ ownHeartbeatMs: STALE, copiedHeartbeatMs: STALE }], WORKER],
  [
    'the worker wrote none that can be read, and its group is empty',
    [{ ownHeartbeatMs: undefined, workerMembers: 0 }],
    WORKER,
  ],
  ['the same with a member: nobody knows', [{ ...nothing, workerMembers: 1 }], ''],
  ['a task has failed', [{ connectorStates: { 'MirrorSourceConnector-0': 'FAILED' } }], TASKS],
  ['every task runs', [{ connectorStates: { 'MirrorSourceConnector-0': 'RUNNING' } }], SLOW],
  ['home has fresh heartbeats, and they do not arrive', [{ copiedHeartbeatMs: STALE }], TASKS],
  [
    'home has none that are fresh',
    [{ copiedHeartbeatMs: STALE }, { inbound: inbound({ ownHeartbeatMs: STALE }) }],
    OTHER,
  ],
  [
    'the look at home is too old to say',
    [{ copiedHeartbeatMs: STALE }, { inbound: inbound({ atMs: STALE, ownHeartbeatMs: STALE }) }],
    '',
  ],
  ['nobody has looked at home', [{ copiedHeartbeatMs: STALE }, { inbound: null }], ''],
  ['nothing at the refuge can be read', [nothing], REFUGE],
  ['the look itself is old', [{ atMs: STALE }], ''],
  ['the look is as old as is allowed', [{ atMs: STALE + 1_000 }], SLOW],
  ['nobody has looked', [null], ''],
])('%s', (_story, args, expected) => expect(told(...args)).toBe(expected));

test.each(['DEGRADED', 'RECOVERING', 'HEALTHY'])('home is %s: it is reached, so the flow is at fault', (homeVerdict) =>
  expect(told({ copiedHeartbeatMs: STALE }, { homeVerdict })).toBe(TASKS),
);

test.each<readonly [string, Parameters<typeof found>, string]>([
  ['a slow flow', [{}], 'give K1->K2 time, or more tasks'],
  ['home', [{ copiedHeartbeatMs: STALE }, { homeVerdict: 'CONFIRMED_DOWN' }], 'bring K1 back'],
  [
    'the worker',
    [{ ownHeartbeatMs: STALE }],
    'see that the workers of K1->K2 run (status topic mm2-status.K1.internal',
  ],
  ['its tasks', [{ copiedHeartbeatMs: STALE }], 'restart the workers of K1->K2'],
  [
    'the other flow',
    [{ copiedHeartbeatMs: STALE }, { inbound: inbound({ ownHeartbeatMs: STALE }) }],
    'see that the workers of K2->K1 run (status topic mm2-status.K2.internal',
  ],
  ['the refuge', [nothing], 'see that K2 answers'],
  ['what nobody knows', [null], 'see that the workers of K1->K2 run'],
])('the fix is about %s', (_story, args, expected) => expect(found(...args).fix).toContain(expected));

test('the document looks at both flows and at home', () => {
  const config = pairConfig();
  const facts = outageFacts({
    verdicts: {
      home: storedVerdict('cluster:K1', 'CONFIRMED_DOWN'),
      refuge: storedVerdict('cluster:K2', 'HEALTHY'),
      outbound,
      inbound: storedVerdict('flow:K2->K1', 'HEALTHY'),
    },
  });
  const { findings } = readinessDocument(
    config,
    placedK1(config),
    { facts, readiness: judgeReadiness(facts) },
    {
      flow: flowLook({ copiedHeartbeatMs: TEN_O_CLOCK - 3_600_000 }),
      inbound: null,
      look: readinessLook(),
      seeds: [],
      producersHeardOf: true,
    },
  );
  expect(findings.find(({ id }) => id === 'replication')?.sentence).toContain(HOME);
});
