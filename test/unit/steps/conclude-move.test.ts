import { describe, expect, test } from '@jest/globals';
import type { PositionRecord, SetState } from '../../../core/contracts/tables.ts';
import { evidenceOf } from '../../../lambdas/conclude-move/evidence.ts';
import { concludeMove } from '../../../lambdas/conclude-move/conclude-move.ts';
import {
  claimedState,
  claimOf,
  keptPosition,
  pairConfig,
  positionRecordOf,
  routingOf,
  stepInput,
  TEN_O_CLOCK,
} from '../../support/builders/pair.ts';
import { fakePorts } from '../../support/fakes/ports.ts';
import { fakeSharedLimits, type FakeSharedLimits } from '../../support/fakes/shared.ts';

const config = pairConfig();
const conclude = stepInput({ stage: 'Conclude move', phase: 'refuge' });
const abort = stepInput({ stage: 'Conclude move (aborted)', phase: 'refuge' });
const atRefuge = (open = claimOf({ published: true })): SetState =>
  claimedState(config, {
    revision: 3,
    phase: 'refuge',
    routing: routingOf(config, { phase: 'refuge', epoch: 1, revision: 3 }),
    open,
  });

async function world(state = atRefuge(), shared?: FakeSharedLimits) {
  const ports = fakePorts(shared === undefined ? {} : { shared });
  await ports.control.writeSet({ ...state, version: 1 });
  return {
    ports,
    run: (input = conclude) => concludeMove(ports, config, { configVersion: 'v1' })(input),
    state: async () => (await ports.control.readSet('clients-k1'))!,
  };
}

test('the claim is closed, the phase stays, the epoch stays used', async () => {
  const { run, state } = await world();
  expect((await run()).kind).toBe('concluded');
  const after = await state();
  expect([after.open, after.phase, after.epoch, after.revision]).toEqual([undefined, 'refuge', 1, 3]);
});
test('an automatic failover starts the cooldown', async () => {
  const { run, state } = await world();
  await run();
  expect((await state()).lastAutomatic).toEqual({ epoch: 1, finishedAtMs: TEN_O_CLOCK });
});
test.each([
  ['a manual one', claimOf({ published: true, trigger: 'manual' })],
  ['one that a person approved', claimOf({ published: true, approval: 'given', approvedBy: 'ana' })],
])('%s does not', async (_story, open) => {
  const { run, state } = await world(atRefuge(open));
  await run();
  expect((await state()).lastAutomatic).toBeUndefined();
});
test('a failover that went through is a rehearsal of the next one', async () => {
  const { ports, run } = await world();
  await run();
  expect(await ports.control.rehearsal('clients-k1')).toMatchObject({ atMs: TEN_O_CLOCK, kind: 'failover' });
});
test('an aborted one is none', async () => {
  const { ports, run } = await world(claimedState(config));
  await run(abort);
  expect(await ports.control.rehearsal('clients-k1')).toBeNull();
});
test('decision, event, notification and stage tell of the end', async () => {
  const { ports, run } = await world();
  await run();
  expect(await ports.control.decisions('clients-k1', 5)).toMatchObject([
    { kind: 'concluded', epochSeen: 1, configVersion: 'v1' },
  ]);
  expect(ports.events.named('MoveFinished')).toMatchObject([{ outcome: 'done', epoch: 1 }]);
  expect(ports.notifier.messages).toHaveLength(1);
  expect((await ports.control.stage('clients-k1', 1, 'Conclude move'))?.kind).toBe('concluded');
});
test.each([
  ['Measure drain', 'cut-over', 'not drained after 1800000 ms: 412 records left (SLOW), time left 40 s'],
  ['Measure drain', 'keep-both', 'not drained after 1800000 ms: 412 records left (SLOW), time left 40 s'],
  ['Await adoption (draining)', 'stragglers', 'revision 2 (draining) is still not adopted by producer p1'],
  ['Measure drain', 'held', 'nobody reads K1.orders-0'],
])(
  'what %s left undone (%s) is told at the end, in decision, event and notification',
  async (stage, kind, sentence) => {
    const { ports, run } = await world();
    const record = { epoch: 1, stage, firstAtMs: TEN_O_CLOCK - 20_000, lastAtMs: TEN_O_CLOCK - 10_000, kind, sentence };
    await ports.control.putStage('clients-k1', record);
    await run();
    expect((await ports.control.decisions('clients-k1', 1))[0]?.inputs).toMatchObject({
      stages: [{ stage, kind, leftUndone: sentence }],
    });
    expect(ports.events.named('MoveFinished')[0]?.sentence).toContain(`; ${stage}: ${sentence}`);
    expect(ports.notifier.messages[0]?.body).toContain(`${stage}: ${kind}, 10 s: ${sentence}`);
  },
);
test('of a stage that ended as it should no more is told than that', async () => {
  const { ports, run } = await world();
  const record = { epoch: 1, stage: 'Measure drain', firstAtMs: TEN_O_CLOCK, lastAtMs: TEN_O_CLOCK, kind: 'drained' };
  await ports.control.putStage('clients-k1', { ...record, sentence: 'every moved group has finished' });
  await run();
  expect(ports.events.named('MoveFinished')[0]?.sentence).not.toContain('every moved group');
  expect(ports.notifier.messages[0]?.body).not.toContain('every moved group');
});
test('a bus and a topic that refuse keep no move open: it is concluded, and what was not told is in the log', async () => {
  const { ports, run, state } = await world();
  ports.events.faults.failAlways('report');
  ports.notifier.faults.failAlways('notify');
  expect((await run()).kind).toBe('concluded');
  expect((await state()).open).toBeUndefined();
  expect(ports.log.lines.map(({ message }) => message)).toEqual([
    'MoveFinished was not told: fault injected: report',
    'a notification was not told: fault injected: notify',
  ]);
});
test('before the first publish a move can be aborted, and nothing is counted', async () => {
  const { ports, run, state } = await world(claimedState(config));
  expect((await run(abort)).kind).toBe('concluded');
  const after = await state();
  expect([after.open, after.phase, after.lastAutomatic]).toEqual([undefined, 'home', undefined]);
  expect(ports.events.named('MoveFinished')).toMatchObject([{ outcome: 'aborted' }]);
});
test('after the first publish an abort is refused', async () => {
  const { run, state } = await world();
  expect(await run(abort)).toMatchObject({
    kind: 'held',
    sentence:
      'epoch 1 cannot be aborted: revision 3 is published and clients may have acted on it; resume or proceed leads forward',
  });
  expect((await state()).open).toBeDefined();
});
test('a move whose last publish was skipped is not concluded', async () => {
  const { run } = await world(claimedState(config, { phase: 'draining', open: claimOf({ published: true }) }));
  expect((await run()).kind).toBe('held');
});
test('a newer owner is left alone', async () => {
  const { run, state, ports } = await world(atRefuge(claimOf({ published: true, execution: 'another' })));
  expect((await run()).kind).toBe('superseded');
  expect((await state()).open).toBeDefined();
  expect(ports.events.sent).toEqual([]);
});
test('a second run says the same and changes nothing', async () => {
  const { run, state } = await world();
  await run();
  const version = (await state()).version;
  expect((await run()).kind).toBe('concluded');
  expect((await state()).version).toBe(version);
});
test('a run after a later claim of the set is superseded', async () => {
  const { run, ports, state } = await world();
  await run();
  const present = await state();
  await ports.control.writeSet({ ...present, epoch: 2, open: claimOf({ epoch: 2 }), version: present.version + 1 });
  expect((await run()).kind).toBe('superseded');
});
test.each([
  ['putDecision', 'before'],
  ['putDecision', 'after'],
  ['putStage', 'before'],
  ['putStage', 'after'],
  ['writeSet', 'before'],
  ['writeSet', 'after'],
  ['question', 'before'],
  ['stages', 'before'],
] as const)('dying at %s (%s) and running again ends concluded, once', async (method, moment) => {
  const { ports, run, state } = await world();
  ports.control.faults.failNext(method, moment);
  await expect(run()).rejects.toThrow('fault injected');
  expect((await run()).kind).toBe('concluded');
  expect((await state()).open).toBeUndefined();
  expect(await ports.control.decisions('clients-k1', 5)).toHaveLength(1);
  expect(ports.events.named('MoveFinished')).toHaveLength(1);
});
test('an open question of the epoch is taken away', async () => {
  const { ports, run } = await world();
  await ports.control.putQuestion('clients-k1', {
    question: 'hold',
    epoch: 1,
    stage: 'x',
    taskToken: 't',
    askedAtMs: 0,
    sentence: 's',
    reasons: [],
  });
  await run();
  expect(await ports.control.question('clients-k1')).toBeNull();
});

const AWAY = {
  places: { home: 'K1', refuge: 'K2' },
  state: atRefuge(),
  claimedAtMs: 0,
  move: 'failover',
  outcome: 'done',
} as const;
const at = (seed: string | null, remoteEnd: string, tail: string | null) => keptPosition({ seed, remoteEnd, tail });
const positions = (group: string, partitions: Record<string, ReturnType<typeof at>>) =>
  positionRecordOf({ group, partitions });
test('figures: duplicates add up over groups, the tail of a partition counts once, the unknown is counted apart', () => {
  const evidence = evidenceOf({
    ...AWAY,
    stages: [],
    homeVerdict: null,
    nowMs: 90_000,
    positions: [
      positions('billing', { 0: at('10', '60', '7'), 1: at(null, '5', null) }),
      positions('audit', { 0: at('55', '60', '7'), 1: at('5', '5', null) }),
    ],
  });
  expect(evidence).toMatchObject({
    secondsSinceClaim: 90,
    duplicatesAtMost: '55',
    tail: {
      epoch: 1,
      left: { lower: null, upper: null },
      taken: '0',
      sentence:
        'tail when K1 was left: unknown for some partitions; taken by retention or truncation: nothing was seen',
    },
  });
});
test('the outage is told only while home is down by our own verdict', () => {
  const base = { ...AWAY, stages: [], positions: [], nowMs: 90_000 };
  const verdict = (kind: string) => ({ subject: 'cluster:K1', kind, sinceMs: 30_000, judgedAtMs: 0, sentence: '' });
  expect(evidenceOf({ ...base, homeVerdict: verdict('CONFIRMED_DOWN') }).outageSeconds).toBe(60);
  expect(evidenceOf({ ...base, homeVerdict: verdict('HEALTHY') }).outageSeconds).toBeUndefined();
});

describe('a failback', () => {
  const goHome = stepInput({ move: 'failback', epoch: 2, stage: 'Conclude move', phase: 'home' });
  /** Epoch 1 pinned; the way home of epoch 2 stored what it restored there. */
  const cameHome = async (changes: Partial<PositionRecord> = {}) => {
    const open = claimOf({ epoch: 2, move: 'failback', from: 'refuge', published: true });
    const own = await world(
      claimedState(config, {
        epoch: 2,
        revision: 5,
        phase: 'home',
        routing: routingOf(config, { phase: 'home', epoch: 2, revision: 5 }),
        open,
      }),
    );
    await own.ports.control.putPositions('clients-k1', positionRecordOf(changes));
    return own;
  };
  const mailOf = ({ ports }: Awaited<ReturnType<typeof cameHome>>) => ports.notifier.messages[0]?.body.split('\n');
  const kept = (atMost: string | null, because = 'by the offset syncs') =>
    keptPosition({ reprocess: { atMost, because } });

  test('says what home processes again, as it was restored under the epoch that led away', async () => {
    const own = await cameHome({ partitions: { 0: kept('3'), 1: kept('4') } });
    await own.run(goHome);
    expect(mailOf(own)).toContain('Processed again at most: 7 record(s)');
    expect(await own.ports.control.decisions('clients-k1', 1)).toMatchObject([
      { kind: 'concluded', inputs: { duplicatesAtMost: '7', duplicatesUnknown: [] } },
    ]);
  });

  test('says where that is unknown, and why', async () => {
    const own = await cameHome({ partitions: { 0: kept('3'), 1: kept(null, 'nobody knows where it began') } });
    await own.run(goHome);
    expect(mailOf(own)).toContain(
      'Processed again at most: 3 record(s) where it is known, unknown for 1 partition(s): billing orders-1: nobody knows where it began',
    );
  });

  test('without positions of an earlier move knows nothing of it', async () => {
    const own = await cameHome({ epoch: 3 });
    await own.run(goHome);
    expect(mailOf(own)).toContain('Processed again at most: unknown, no positions of an earlier move are stored');
  });

  test('tells the tail: what was left, what was found and processed, what was taken, in mail, event and decision', async () => {
    const own = await cameHome({
      partitions: {
        0: keptPosition({
          left: { lower: '2', upper: '7', because: '' },
          found: { kind: 'exact', from: '11', to: '13', because: '' },
          taken: { home: { offsets: '3', below: '11' } },
        }),
      },
    });
    await own.run(goHome);
    const sentence =
      'tail when K1 was left: 2 to 7 offset(s); found for the groups: 2 offset(s), exact, processed at K1; taken by retention or truncation: 3 offset(s)';
    const line = 'billing orders-0: left 2 to 7; 2 processed at K1 (11..12, exact); 3 taken at K1';
    expect(mailOf(own)).toEqual(expect.arrayContaining([`T${sentence.slice(1)}`, `  ${line}`]));
    expect(own.ports.events.named('MoveFinished')).toMatchObject([{ tail: { sentence, partitions: [line] } }]);
    expect(await own.ports.control.decisions('clients-k1', 1)).toMatchObject([{ inputs: { tail: { sentence } } }]);
  });

  test('that is aborted repeats nothing', async () => {
    const own = await world(claimedState(config, { epoch: 2, open: claimOf({ epoch: 2, move: 'failback' }) }));
    await own.run(stepInput({ move: 'failback', epoch: 2, stage: 'Conclude move (aborted)', phase: 'refuge' }));
    expect(mailOf(own)).toContain('Processed again at most: 0 record(s), nobody was moved');
  });
});

test('a failover without pinned positions does not say that nothing is repeated', async () => {
  const { ports, run } = await world();
  await run();
  expect(ports.notifier.messages[0]?.body).toContain('Processed again at most: unknown, no positions were pinned');
});

describe('the place among the pairs', () => {
  const own = { pair: 'orders', clientSet: 'clients-k1', epoch: 1, untilMs: TEN_O_CLOCK + 1 };
  const other = { ...own, pair: 'bills' };
  const placed = async (state?: SetState) => {
    const shared = fakeSharedLimits();
    await shared.writeMoves({ moves: [own, other], version: 1 });
    return { shared, ...(await world(state, shared)) };
  };

  test.each([
    ['finished', undefined, conclude],
    ['aborted', claimedState(config), abort],
  ] as const)('is free when the move is %s', async (_story, state, input) => {
    const { shared, run } = await placed(state);
    expect((await run(input)).kind).toBe('concluded');
    expect((await shared.moves()).moves).toEqual([other]);
  });

  test('is kept by a move that cannot be concluded', async () => {
    const { shared, run } = await placed(claimedState(config, { phase: 'draining' }));
    expect((await run()).kind).toBe('held');
    expect((await shared.moves()).moves).toEqual([own, other]);
  });

  test('keeps no move from its end: reconcile makes it free', async () => {
    const { shared, run } = await placed();
    shared.faults.failAlways('moves');
    expect((await run()).kind).toBe('concluded');
  });
});
