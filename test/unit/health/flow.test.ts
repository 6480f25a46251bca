import { describe, expect, test } from '@jest/globals';
import type { FlowObservation } from '../../../core/contracts/observations.ts';
import { judgeFlow, witnessOf } from '../../../core/health/flow.ts';
import { flowLook } from '../../support/builders/judgement.ts';
import { TEN_O_CLOCK } from '../../support/builders/pair.ts';

const RULES = { freshMs: 45_000, staleMs: 45_000, lagLimitRecords: 100 };
const ago = (ms: number) => TEN_O_CLOCK - ms;
const ends = (highWatermark: string): NonNullable<FlowObservation['remoteEnds']> => ({
  'K1.orders': { '0': { start: '0', highWatermark, lastStable: highWatermark } },
});
const judge = (...looks: FlowObservation[]) => judgeFlow('K1->K2', looks, RULES, TEN_O_CLOCK);

describe('the flow K1->K2', () => {
  test.each<readonly [string, readonly FlowObservation[], string]>([
    ['nobody has looked', [], 'UNKNOWN'],
    ['the last look is 46 s old', [flowLook({ atMs: ago(46_000) })], 'UNKNOWN'],
    [
      'no heartbeat could be read',
      [{ ...flowLook(), ownHeartbeatMs: undefined, copiedHeartbeatMs: undefined }],
      'UNKNOWN',
    ],
    [
      'only the copied heartbeat could be read, and it is fresh',
      [{ ...flowLook(), ownHeartbeatMs: undefined }],
      'HEALTHY',
    ],
    ['both heartbeats are fresh', [flowLook()], 'HEALTHY'],
    [
      'heartbeats are exactly 45 s old',
      [flowLook({ ownHeartbeatMs: ago(45_000), copiedHeartbeatMs: ago(45_000) })],
      'HEALTHY',
    ],
    ["its worker's heartbeat is 46 s old", [flowLook({ ownHeartbeatMs: ago(46_000) })], 'REPLICATION_DOWN'],
    ['its worker beats, but nothing arrives', [flowLook({ copiedHeartbeatMs: ago(46_000) })], 'REPLICATION_DOWN'],
    [
      'no heartbeat arrives, but records do: the other flow is broken',
      [
        flowLook({ atMs: ago(15_000), remoteEnds: ends('10') }),
        flowLook({ copiedHeartbeatMs: ago(46_000), remoteEnds: ends('11') }),
      ],
      'HEALTHY',
    ],
    ['its worker group is empty', [flowLook({ workerMembers: 0 })], 'REPLICATION_DOWN'],
    [
      'a connector has failed',
      [flowLook({ connectorStates: { MirrorSourceConnector: 'FAILED' } })],
      'REPLICATION_DOWN',
    ],
  ])('%s -> %#', (_story, looks, kind) => {
    expect(judge(...looks).kind).toBe(kind);
  });

  test.each([
    ['101 records behind, 100 allowed', '201', 'REPLICATION_LAGGING', 101n],
    ['100 records behind', '200', 'HEALTHY', 100n],
    ['ahead of an end that was read a moment earlier', '50', 'HEALTHY', 0n],
  ] as const)('%s', (_story, highWatermark, kind, lag) => {
    const sourceEnds = { orders: { '0': { start: '0', highWatermark, lastStable: highWatermark } } };
    const verdict = judge(flowLook({ sourceEnds, replicatedOffsets: { orders: { '0': '99' } } }));
    expect([verdict.kind, verdict.lagRecords]).toEqual([kind, lag]);
  });

  test('a partition nothing was copied of counts from its log start', () => {
    const sourceEnds = { orders: { '0': { start: '40', highWatermark: '60', lastStable: '60' } } };
    expect(judge(flowLook({ sourceEnds, replicatedOffsets: {} })).lagRecords).toBe(20n);
  });

  test('lag is unknown while the source cannot be read, never zero', () => {
    expect(judge(flowLook({ replicatedOffsets: { orders: { '0': '9' } } })).lagRecords).toBeNull();
  });

  test('an offset beyond 2^53 stays exact', () => {
    const sourceEnds = {
      orders: { '0': { start: '0', highWatermark: '9007199254740995', lastStable: '9007199254740995' } },
    };
    expect(judge(flowLook({ sourceEnds, replicatedOffsets: { orders: { '0': '9007199254740993' } } })).lagRecords).toBe(
      1n,
    );
  });
});

describe('what replication says about K1', () => {
  const witness = (...looks: FlowObservation[]) => witnessOf(looks, RULES, TEN_O_CLOCK).kind;
  const silent = { copiedHeartbeatMs: ago(46_000) };
  test.each<readonly [string, readonly FlowObservation[], string]>([
    ['a heartbeat of K1 has just arrived', [flowLook()], 'ALIVE'],
    [
      'no heartbeat, but records arrive',
      [flowLook({ atMs: ago(15_000), remoteEnds: ends('10') }), flowLook({ ...silent, remoteEnds: ends('11') })],
      'ALIVE',
    ],
    [
      'the flow beats, nothing arrives',
      [flowLook({ atMs: ago(15_000), remoteEnds: ends('10') }), flowLook({ ...silent, remoteEnds: ends('10') })],
      'CORROBORATES',
    ],
    [
      'the flow is silent itself',
      [
        flowLook({ atMs: ago(15_000), remoteEnds: ends('10') }),
        flowLook({ ...silent, ownHeartbeatMs: ago(46_000), remoteEnds: ends('10') }),
      ],
      'UNAVAILABLE',
    ],
    ['nobody has looked lately', [flowLook({ atMs: ago(60_000) })], 'UNAVAILABLE'],
  ])('%s -> %#', (_story, looks, kind) => {
    expect(witness(...looks)).toBe(kind);
  });

  test('looks are rare while the source hangs: ends that stood still for longer than the freshness limit corroborate', () => {
    expect(
      witness(flowLook({ atMs: ago(50_000), remoteEnds: ends('10') }), flowLook({ ...silent, remoteEnds: ends('10') })),
    ).toBe('CORROBORATES');
  });

  test('of rare looks with different ends nobody knows when they moved: neither a veto nor a witness', () => {
    expect(
      witness(flowLook({ atMs: ago(50_000), remoteEnds: ends('9') }), flowLook({ ...silent, remoteEnds: ends('10') })),
    ).toBe('UNAVAILABLE');
  });

  test('one look alone tells nothing about the remote topics', () => {
    expect(witness(flowLook({ ...silent, remoteEnds: ends('10') }))).toBe('UNAVAILABLE');
  });

  test('records that arrived before the freshness limit do not count as moving', () => {
    expect(
      witness(
        flowLook({ atMs: ago(50_000), remoteEnds: ends('9') }),
        flowLook({ atMs: ago(15_000), remoteEnds: ends('10') }),
        flowLook({ ...silent, remoteEnds: ends('10') }),
      ),
    ).toBe('CORROBORATES');
  });
});
