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

  const LONG_STILL = [
    flowLook({ atMs: ago(50_000), remoteEnds: ends('10') }),
    flowLook({ ...silent, remoteEnds: ends('10') }),
  ] as const;

  test('of rare looks the last two with ends count: what moved before them is long past', () => {
    expect(witness(flowLook({ atMs: ago(60_000), remoteEnds: ends('9') }), ...LONG_STILL)).toBe('CORROBORATES');
  });

  test('a look between rare ones that could not read the ends says nothing', () => {
    const [before, newest] = LONG_STILL;
    expect(witness(before, flowLook({ atMs: ago(15_000) }), newest)).toBe('CORROBORATES');
  });

  test('ends that nobody could read since the freshness limit tell nothing, however long they stood still before', () => {
    expect(
      witness(
        flowLook({ atMs: ago(55_000), remoteEnds: ends('10') }),
        flowLook({ atMs: ago(50_000), remoteEnds: ends('10') }),
        flowLook(silent),
      ),
    ).toBe('UNAVAILABLE');
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

describe('what the verdict about a flow tells', () => {
  const behind = (highWatermark: string) => ({
    sourceEnds: { orders: { '0': { start: '0', highWatermark, lastStable: highWatermark } } },
    replicatedOffsets: { orders: { '0': '99' } },
  });
  test.each<readonly [string, readonly FlowObservation[], string]>([
    ['nobody has looked', [], 'UNKNOWN: no fresh look at it'],
    ['all is well', [flowLook(behind('103'))], 'HEALTHY: heartbeats are fresh, 3 records not yet copied'],
    ['its lag is unknown', [flowLook()], 'HEALTHY: heartbeats are fresh, an unknown number of records not yet copied'],
    ['it lags', [flowLook(behind('201'))], 'REPLICATION_LAGGING: 101 records not yet copied, allowed 100'],
    [
      'its worker is silent',
      [flowLook({ ownHeartbeatMs: ago(46_000), copiedHeartbeatMs: ago(46_000) })],
      'REPLICATION_DOWN: its worker wrote no heartbeat for 46 s',
    ],
    [
      'nothing arrives',
      [flowLook({ copiedHeartbeatMs: ago(46_500) })],
      'REPLICATION_DOWN: no heartbeat of K1 arrived for 46.5 s',
    ],
    [
      'a connector and the workers are gone',
      [flowLook({ workerMembers: 0, connectorStates: { Source: 'FAILED', Checkpoint: 'RUNNING' } })],
      'REPLICATION_DOWN: its worker group has no member; Source is FAILED',
    ],
    [
      'its worker and its connectors run',
      [flowLook({ workerMembers: 1, connectorStates: { Source: 'RUNNING' }, ...behind('100') })],
      'HEALTHY: heartbeats are fresh, 0 records not yet copied',
    ],
  ])('%s', (_story, looks, sentence) => {
    expect(judge(...looks).sentence).toBe(`flow K1->K2 is ${sentence}`);
  });

  test('how old the heartbeats were when they were read; null = could not be read', () => {
    const ages = (look: FlowObservation) => {
      const { copiedHeartbeatAgeMs, ownHeartbeatAgeMs } = judge(look);
      return [copiedHeartbeatAgeMs, ownHeartbeatAgeMs];
    };
    const look = flowLook({ atMs: ago(5_000), copiedHeartbeatMs: ago(7_000), ownHeartbeatMs: ago(6_000) });
    expect(ages(look)).toEqual([2_000, 1_000]);
    expect(ages({ ...look, copiedHeartbeatMs: undefined })).toEqual([null, 1_000]);
    expect(ages({ ...look, ownHeartbeatMs: undefined })).toEqual([2_000, null]);
  });

  test('of a flow nobody has looked at nothing is known', () => {
    expect(judge()).toMatchObject({ lagRecords: null, copiedHeartbeatAgeMs: null, ownHeartbeatAgeMs: null });
  });
});

describe('which looks count', () => {
  test("only the flow's own heartbeat could be read, and it is fresh: HEALTHY", () => {
    expect(judge({ ...flowLook(), copiedHeartbeatMs: undefined }).kind).toBe('HEALTHY');
  });

  test('a look that is exactly 45 s old', () => {
    expect(judge(flowLook({ atMs: ago(45_000) })).kind).toBe('HEALTHY');
  });

  test('the newest, in whatever order they were read', () => {
    const [first, second] = [flowLook({ atMs: ago(20_000), workerMembers: 0 }), flowLook({ atMs: ago(10_000) })];
    expect([judge(first, second).kind, judge(second, first).kind]).toEqual(['HEALTHY', 'HEALTHY']);
  });

  test('none from the future', () => {
    expect(judge(flowLook(), flowLook({ atMs: TEN_O_CLOCK + 1, workerMembers: 0 })).kind).toBe('HEALTHY');
    expect(judge(flowLook(), flowLook({ atMs: TEN_O_CLOCK, workerMembers: 0 })).kind).toBe('REPLICATION_DOWN');
  });
});

describe('whether remote topics move, heartbeats of K1 being silent', () => {
  const silent = { copiedHeartbeatMs: ago(46_000) };
  const witness = (...looks: FlowObservation[]) => witnessOf(looks, RULES, TEN_O_CLOCK);
  const partitions = (...list: (readonly [string, string])[]) => ({
    'K1.orders': Object.fromEntries(
      list.map(([partition, end]) => [partition, { start: '0', highWatermark: end, lastStable: end }]),
    ),
  });

  test('two looks exactly 45 s apart tell', () => {
    const looks = [
      flowLook({ atMs: ago(45_000), remoteEnds: ends('10') }),
      flowLook({ ...silent, remoteEnds: ends('11') }),
    ];
    expect(witness(...looks).kind).toBe('ALIVE');
  });

  test('one look does not tell', () => {
    expect(witness(flowLook({ ...silent, remoteEnds: ends('10') })).kind).toBe('UNAVAILABLE');
  });

  test('a look that could not read them is no movement', () => {
    const looks = [
      flowLook({ atMs: ago(30_000), remoteEnds: ends('10') }),
      flowLook({ atMs: ago(15_000) }),
      flowLook({ ...silent, remoteEnds: ends('10') }),
    ];
    expect(witness(...looks).kind).toBe('CORROBORATES');
  });

  test('the order in which partitions were read is no movement', () => {
    const looks = [
      flowLook({ atMs: ago(15_000), remoteEnds: { ...partitions(['1', '5']), 'K1.a': ends('3')['K1.orders']! } }),
      flowLook({ ...silent, remoteEnds: { 'K1.a': ends('3')['K1.orders']!, ...partitions(['1', '5']) } }),
    ];
    expect(witness(...looks).kind).toBe('CORROBORATES');
  });

  test('nobody has looked lately: it says so', () => {
    expect(witness()).toEqual({ kind: 'UNAVAILABLE', because: 'no fresh look at the flow' });
  });
});
