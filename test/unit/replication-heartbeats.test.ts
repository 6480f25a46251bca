import { describe, expect, test } from '@jest/globals';
import {
  diagnoseFlow,
  readHeartbeats,
  type FlowDiagnosis,
  type FlowEvidence,
  type HeartbeatEvidence,
} from '../../core/replication/heartbeats.ts';

const at = { nowMs: Date.parse('2026-11-22T10:00:00Z'), freshnessLimitMs: 45_000 };
const fresh = Date.parse('2026-11-22T09:59:58Z');
const stale = Date.parse('2026-11-22T09:58:00Z');

test.each<[string, HeartbeatEvidence, string]>([
  ['copied beats are fresh', { copiedHeartbeatMs: fresh }, 'ALIVE'],
  [
    'copied beats are fresh, whatever the rest says',
    { copiedHeartbeatMs: fresh, ownHeartbeatMs: stale, remoteEnds: 'still' },
    'ALIVE',
  ],
  [
    'only the reverse flow is broken',
    { copiedHeartbeatMs: stale, ownHeartbeatMs: fresh, remoteEnds: 'moving' },
    'ALIVE degraded',
  ],
  [
    'records arrive although no beat is fresh',
    { copiedHeartbeatMs: stale, ownHeartbeatMs: stale, remoteEnds: 'moving' },
    'ALIVE degraded',
  ],
  ['records arrive, beats cannot be read', { remoteEnds: 'moving' }, 'ALIVE degraded'],
  [
    'the flow runs and nothing arrives',
    { copiedHeartbeatMs: stale, ownHeartbeatMs: fresh, remoteEnds: 'still' },
    'CORROBORATES',
  ],
  [
    'the flow itself is silent',
    { copiedHeartbeatMs: stale, ownHeartbeatMs: stale, remoteEnds: 'still' },
    'UNAVAILABLE',
  ],
  ['unknown is not stale: copied beats', { ownHeartbeatMs: fresh, remoteEnds: 'still' }, 'UNAVAILABLE'],
  ['unknown is not fresh: own beats', { copiedHeartbeatMs: stale, remoteEnds: 'still' }, 'UNAVAILABLE'],
  ['unknown is not still: ends', { copiedHeartbeatMs: stale, ownHeartbeatMs: fresh }, 'UNAVAILABLE'],
  ['nothing is known', {}, 'UNAVAILABLE'],
])('%s', (_story, evidence, expected) => {
  const reading = readHeartbeats(evidence, at);
  expect(reading.kind === 'ALIVE' && reading.degraded ? 'ALIVE degraded' : reading.kind).toBe(expected);
  expect(reading.veto).toBe(reading.kind === 'ALIVE');
});

describe('the freshness limit', () => {
  const reading = (copiedHeartbeatMs: number) =>
    readHeartbeats({ copiedHeartbeatMs, ownHeartbeatMs: fresh, remoteEnds: 'still' }, at).kind;
  test('a beat exactly as old as the limit is fresh', () => {
    expect(reading(at.nowMs - 45_000)).toBe('ALIVE');
  });
  test('one millisecond more is stale', () => {
    expect(reading(at.nowMs - 45_001)).toBe('CORROBORATES');
  });
  test('a beat a little in the future is a clock that is a little off', () => {
    expect(reading(at.nowMs + 45_000)).toBe('ALIVE');
  });
  test('a beat far in the future proves nothing', () => {
    expect(reading(at.nowMs + 45_001)).toBe('UNAVAILABLE');
  });
});

/** What each kind of failure looks like from the target and from a prober. */
const seen: Readonly<Record<string, FlowEvidence>> = {
  healthy: {
    targetReadable: true,
    copiedHeartbeatMs: fresh,
    ownHeartbeatMs: fresh,
    sourceReachable: true,
    sourceHeartbeatMs: fresh,
    workers: 'present',
    failedTasks: false,
  },
  'source down': {
    targetReadable: true,
    copiedHeartbeatMs: stale,
    ownHeartbeatMs: fresh,
    sourceReachable: false,
    workers: 'present',
    failedTasks: false,
  },
  'source down, records still counted as arriving': {
    targetReadable: true,
    copiedHeartbeatMs: stale,
    ownHeartbeatMs: fresh,
    sourceReachable: false,
    remoteEnds: 'moving',
  },
  'flow down': {
    targetReadable: true,
    copiedHeartbeatMs: stale,
    ownHeartbeatMs: stale,
    sourceReachable: true,
    sourceHeartbeatMs: fresh,
    workers: 'none',
    failedTasks: false,
  },
  'flow down, its beats unreadable': {
    targetReadable: true,
    copiedHeartbeatMs: stale,
    sourceReachable: true,
    workers: 'none',
  },
  'task of the heartbeats failed': {
    targetReadable: true,
    copiedHeartbeatMs: stale,
    ownHeartbeatMs: fresh,
    sourceReachable: true,
    sourceHeartbeatMs: fresh,
    workers: 'present',
    failedTasks: true,
  },
  'another task failed': {
    targetReadable: true,
    copiedHeartbeatMs: fresh,
    ownHeartbeatMs: fresh,
    sourceReachable: true,
    sourceHeartbeatMs: fresh,
    workers: 'present',
    failedTasks: true,
  },
  'task failed, status unreadable': {
    targetReadable: true,
    copiedHeartbeatMs: stale,
    ownHeartbeatMs: fresh,
    sourceReachable: true,
    sourceHeartbeatMs: fresh,
  },
  'reverse heartbeat down': {
    targetReadable: true,
    copiedHeartbeatMs: stale,
    ownHeartbeatMs: fresh,
    sourceReachable: true,
    sourceHeartbeatMs: stale,
    workers: 'present',
    failedTasks: false,
  },
  'target down': { targetReadable: false, sourceReachable: true, sourceHeartbeatMs: stale },
  'copied beats stale and nothing else known': { targetReadable: true, copiedHeartbeatMs: stale },
  'copied beats stale, nobody asked the source': {
    targetReadable: true,
    copiedHeartbeatMs: stale,
    ownHeartbeatMs: fresh,
  },
};
test.each<[string, FlowDiagnosis]>([
  ['healthy', 'HEALTHY'],
  ['source down', 'SOURCE_DOWN'],
  ['source down, records still counted as arriving', 'UNKNOWN'],
  ['flow down', 'FLOW_DOWN'],
  ['flow down, its beats unreadable', 'FLOW_DOWN'],
  ['task of the heartbeats failed', 'SOURCE_TASK_FAILED'],
  ['another task failed', 'SOURCE_TASK_FAILED'],
  ['task failed, status unreadable', 'SOURCE_TASK_FAILED'],
  ['reverse heartbeat down', 'REVERSE_HEARTBEAT_DOWN'],
  ['target down', 'TARGET_DOWN'],
  ['copied beats stale and nothing else known', 'UNKNOWN'],
  ['copied beats stale, nobody asked the source', 'UNKNOWN'],
])('%s is diagnosed as %s', (story, diagnosis) => {
  expect(diagnoseFlow(seen[story]!, at)).toBe(diagnosis);
});
