import { beforeEach, describe, expect, test } from '@jest/globals';
import type { PairConfig } from '../../../core/config/schema.ts';
import type { SetState } from '../../../core/contracts/tables.ts';
import type { ClaimMoveInput, ClaimMoveResult, OpenQuestion } from '../../../core/contracts/workflow.ts';
import { decideMove } from '../../../core/move/decide.ts';
import type { MoveFacts } from '../../../core/move/facts.ts';
import { claimMove } from '../../../lambdas/claim-move/claim-move.ts';
import { setLook, storedVerdict } from '../../support/builders/judgement.ts';
import {
  claimOf,
  K2_REGION,
  keptPosition,
  pairConfig,
  positionRecordOf,
  routingOf,
  stateOf,
  TEN_O_CLOCK,
} from '../../support/builders/pair.ts';
import { fakePorts } from '../../support/fakes/ports.ts';
import type { FakePorts } from '../../support/fakes/ports.ts';

const STARTED_AT = '2026-11-22T10:00:00.000Z';
const ALARMS = { alarms: [{ name: 'k1-down', clientSet: 'clients-k1', starts: 'automatic' }] };

let ports: FakePorts;
let config: PairConfig;

/** K1 is confirmed down, everything else is fine, the set is at home in mode automatic. */
beforeEach(async () => {
  config = pairConfig({}, ALARMS);
  ports = fakePorts({ region: K2_REGION });
  await ports.control.writeSet(stateOf(config));
  await verdicts('CONFIRMED_DOWN');
  await ports.observations.putSet(setLook());
});

const verdicts = async (home: string, refuge = 'HEALTHY') => {
  const judgedAtMs = ports.clock.nowMs();
  for (const [subject, kind] of [
    ['cluster:K1', home],
    ['cluster:K2', refuge],
    ['flow:K1->K2', 'HEALTHY'],
    ['flow:K2->K1', 'HEALTHY'],
  ] as const)
    await ports.control.putVerdict(storedVerdict(subject, kind, { judgedAtMs, data: { lagRecords: '17' } }));
};
const setMode = async (changes: Partial<SetState>) => {
  const state = await read();
  await ports.control.writeSet({ ...state, ...changes, version: state.version + 1 });
};
const read = async (): Promise<SetState> => {
  const state = await ports.control.readSet('clients-k1');
  if (!state) throw new Error('the set has no state');
  return state;
};
const stored = async () => ports.control.decisions('clients-k1', 100);

const OUTAGE = {
  pair: 'orders',
  clientSet: 'clients-k1',
  move: 'failover',
  trigger: 'automatic',
  expectedEpoch: 0,
  reason: 'K1 is CONFIRMED_DOWN',
  requestedBy: 'assess',
};
const PERSON = { pair: 'orders', clientSet: 'clients-k1', reason: 'K1 is gone', requestedBy: 'ada' };
const ALARM = { ...PERSON, trigger: 'alarm', alarm: 'k1-down', requestedBy: 'alarm k1-down' };

const ask = (input: unknown, changes: Partial<ClaimMoveInput> = {}): Promise<ClaimMoveResult> =>
  claimMove(ports, config, { region: K2_REGION, configVersion: 'v1' })({
    machine: 'failover',
    input,
    execution: 'one',
    startedAt: STARTED_AT,
    ...changes,
  });

describe('an outage is reported', () => {
  test('the claim owns the next epoch', async () => {
    expect(await ask(OUTAGE)).toMatchObject({
      kind: 'claimed',
      pair: 'orders',
      clientSet: 'clients-k1',
      move: 'failover',
      epoch: 1,
    });
    expect(await read()).toMatchObject({
      epoch: 1,
      phase: 'home',
      open: { execution: 'one', from: 'home', approval: 'not-needed', published: false },
    });
  });

  test('the decision is stored before the claim, and the claim names it', async () => {
    ports.control.faults.failNext('writeSet');
    await expect(ask(OUTAGE)).rejects.toThrow('fault injected');
    const [decision] = await stored();
    expect(decision).toMatchObject({ kind: 'claim', configVersion: 'v1', epochSeen: 0 });
    await ask(OUTAGE, { execution: 'two' });
    expect((await stored()).map(({ id }) => id)).toContain((await read()).open?.decisionId);
  });

  test('ten reports at once: one claims, nine are told who owns the epoch', async () => {
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, i) => ask(OUTAGE, { execution: `execution-${i}` })),
    );
    expect(results.map(({ kind }) => kind).sort()).toEqual([...Array<string>(9).fill('already-handled'), 'claimed']);
    const owner = (await read()).open?.execution ?? 'nobody';
    expect(
      results
        .filter(({ kind }) => kind === 'already-handled')
        .every(({ sentence }) => sentence.includes(`epoch 0 in mind`) || sentence.includes(owner)),
    ).toBe(true);
  });

  test('ten people at once, without an epoch in mind: nine are told who owns it', async () => {
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, i) => ask(PERSON, { execution: `execution-${i}` })),
    );
    const losers = results.filter(({ kind }) => kind === 'already-handled');
    const owner = (await read()).open?.execution ?? 'nobody';
    expect(losers.map(({ sentence }) => sentence.includes(`is owned by ${owner}`))).toEqual(Array(9).fill(true));
  });

  test('an automatic and a manual start at once make one move', async () => {
    const kinds = (await Promise.all([ask(OUTAGE, { execution: 'rule' }), ask(PERSON, { execution: 'person' })])).map(
      ({ kind }) => kind,
    );
    expect(kinds.sort()).toEqual(['already-handled', 'claimed']);
  });

  test('an event that comes an hour late meets a higher epoch', async () => {
    await setMode({ epoch: 2 });
    expect(await ask(OUTAGE)).toMatchObject({ kind: 'already-handled', epoch: 2 });
  });

  test('the verdict changes between the claim and the second look: given up, the claim still ours for conclude-move', async () => {
    ports.control.faults.beforeEach(async (method) => {
      if (method === 'writeSet') await ports.control.putVerdict(storedVerdict('cluster:K1', 'SUSPECTED_DOWN'));
    });
    expect(await ask(OUTAGE)).toMatchObject({ kind: 'aborted', epoch: 1 });
    expect((await read()).open?.execution).toBe('one');
    expect((await stored())[0]).toMatchObject({ kind: 'aborted' });
  });

  test('the same call again, its answer lost: it finds its own claim', async () => {
    await ask(OUTAGE);
    expect(await ask(OUTAGE)).toMatchObject({ kind: 'claimed', epoch: 1 });
    expect((await read()).epoch).toBe(1);
  });

  test('the write was applied and its answer lost: the retry goes on with epoch 1', async () => {
    ports.control.faults.failNext('writeSet', 'after');
    await expect(ask(OUTAGE)).rejects.toThrow('fault injected');
    expect(await ask(OUTAGE)).toMatchObject({ kind: 'claimed', epoch: 1 });
  });

  test('verdicts older than three probe intervals are no basis', async () => {
    ports.clock.advance(30_001);
    expect(await ask(OUTAGE)).toMatchObject({
      kind: 'declined',
      reasons: expect.arrayContaining([
        expect.stringContaining('cluster:K1 was CONFIRMED_DOWN, but that verdict is 30 s old'),
      ]),
    });
  });

  test('a state that changes under every attempt ends in an error, not in a loop', async () => {
    ports.control.faults.beforeEach(async (method) => {
      if (method === 'putDecision') await setMode({});
    });
    await expect(ask(OUTAGE)).rejects.toThrow('changed under 12 attempts');
  });

  test('a set without a state is refused', async () => {
    ports = fakePorts({ region: K2_REGION });
    expect(await ask(OUTAGE)).toMatchObject({
      kind: 'declined',
      sentence: expect.stringContaining('reconcile creates it within a minute'),
    });
  });
});

describe('a refusal', () => {
  beforeEach(async () => {
    await setMode({ mode: 'observe' });
  });

  test('writes nothing to the set', async () => {
    const before = await read();
    expect((await ask(OUTAGE)).kind).toBe('declined');
    expect(await read()).toEqual(before);
  });

  test('of a person is a failure of what they asked for, that of a rule is an answer', async () => {
    await verdicts('CONFIRMED_DOWN', 'CONFIRMED_DOWN');
    expect([(await ask(PERSON, { execution: 'hers' })).kind, (await ask(OUTAGE)).kind]).toEqual([
      'refused',
      'declined',
    ]);
  });

  describe('of an automatic failover', () => {
    const counted = () => ports.metrics.points.filter(({ name }) => name === 'FailoversRefused');

    test('that a person has chosen by mode or pause rings nowhere', async () => {
      await ask(OUTAGE);
      await setMode({
        mode: 'automatic',
        pause: { owner: 'ada', reason: 'works', untilMs: TEN_O_CLOCK * 2, setAtMs: 0 },
      });
      await ask(OUTAGE);
      expect(counted()).toEqual([]);
    });

    test('after a person has rejected the move rings nowhere', async () => {
      await setMode({ mode: 'automatic', rejected: { incidentId: 'one', by: 'ada', atMs: TEN_O_CLOCK } });
      expect((await ask({ ...OUTAGE, incidentId: 'one' })).kind).toBe('declined');
      expect(counted()).toEqual([]);
    });

    test('that a guard makes rings also where a person would be asked first', async () => {
      await setMode({ mode: 'approve' });
      await verdicts('CONFIRMED_DOWN', 'CONFIRMED_DOWN');
      await ask(OUTAGE);
      expect(counted()).toHaveLength(1);
    });

    test('that a guard makes is counted each time it is asked for, for the alarm', async () => {
      await setMode({ mode: 'automatic' });
      await verdicts('CONFIRMED_DOWN', 'CONFIRMED_DOWN');
      await ask(OUTAGE);
      await ask(OUTAGE, { execution: 'two' });
      expect(counted()).toMatchObject([
        { value: 1, dimensions: { pair: 'orders' } },
        { value: 1, dimensions: { pair: 'orders' } },
      ]);
    });

    test('asked for by a person is told to the person alone', async () => {
      await verdicts('CONFIRMED_DOWN', 'CONFIRMED_DOWN');
      await ask(PERSON);
      expect(counted()).toEqual([]);
    });
  });

  test('is stored and announced once, however often the event comes', async () => {
    await ask(OUTAGE);
    ports.clock.advance(10_000);
    await verdicts('CONFIRMED_DOWN');
    await ask(OUTAGE, { execution: 'two' });
    expect([(await stored()).length, ports.events.named('MoveRefused').length]).toEqual([1, 1]);
  });

  test('is answered although the bus refuses to hear of it', async () => {
    ports.events.faults.failAlways('report');
    expect((await ask(OUTAGE)).kind).toBe('declined');
    expect(await stored()).toHaveLength(1);
  });

  test('for another reason is stored and announced again', async () => {
    await ask(OUTAGE);
    await verdicts('CONFIRMED_DOWN', 'SUSPECTED_DOWN');
    ports.clock.advance(1_000);
    await ask(OUTAGE, { execution: 'two' });
    expect(ports.events.named('MoveRefused')).toHaveLength(2);
  });

  test('for two reasons in turn is stored and announced once for each', async () => {
    for (const [turn, refuge] of ['SUSPECTED_DOWN', 'HEALTHY', 'SUSPECTED_DOWN', 'HEALTHY'].entries()) {
      await verdicts('CONFIRMED_DOWN', refuge);
      await ask(OUTAGE, { execution: `execution-${turn}` });
      ports.clock.advance(10_000);
    }
    expect([(await stored()).length, ports.events.named('MoveRefused').length]).toEqual([2, 2]);
  });

  test('for the same reason in the next outage is stored and announced again', async () => {
    await ask({ ...OUTAGE, incidentId: 'monday' });
    ports.clock.advance(10_000);
    await ask({ ...OUTAGE, incidentId: 'tuesday' }, { execution: 'two' });
    expect([(await stored()).length, ports.events.named('MoveRefused').length]).toEqual([2, 2]);
  });

  test('for the same reason is stored again after something was done', async () => {
    await ask(OUTAGE);
    ports.clock.advance(10_000);
    await verdicts('CONFIRMED_DOWN');
    await ask(PERSON, { execution: 'two' });
    const { open: _, ...ended } = await read();
    await ports.control.writeSet({ ...ended, version: ended.version + 1, mode: 'observe' });
    ports.clock.advance(10_000);
    await ask({ ...OUTAGE, expectedEpoch: 1 }, { execution: 'three' });
    expect((await stored()).map(({ kind }) => kind)).toEqual(['refused', 'confirmed', 'claim', 'refused']);
  });
});

describe('an approval', () => {
  beforeEach(async () => {
    await setMode({ mode: 'approve' });
    expect(await ask(OUTAGE)).toMatchObject({ kind: 'approval-needed', epoch: 1 });
  });
  const question: OpenQuestion = {
    question: 'approval',
    epoch: 1,
    stage: 'Ask operator (approval)',
    taskToken: 'token',
    askedAtMs: TEN_O_CLOCK,
    sentence: 's',
    reasons: [],
  };

  test('is waited for with the claim kept', async () => {
    expect((await read()).open).toMatchObject({ approval: 'pending' });
  });

  test('given: all guards hold still, the claim remembers who gave it', async () => {
    expect(await ask(OUTAGE, { approvedBy: 'ada' })).toMatchObject({ kind: 'claimed', epoch: 1 });
    expect((await read()).open).toMatchObject({ approval: 'given', approvedBy: 'ada' });
  });

  test('the first call repeated is no approval', async () => {
    expect(await ask(OUTAGE)).toMatchObject({ kind: 'approval-needed', epoch: 1 });
    expect((await read()).open).toMatchObject({ approval: 'pending' });
  });

  test('given after home has recovered: given up', async () => {
    await verdicts('HEALTHY');
    expect(await ask(OUTAGE, { approvedBy: 'ada' })).toMatchObject({ kind: 'aborted' });
    expect((await read()).open).toMatchObject({ approval: 'pending' });
  });

  test('given twice: the second call finds it given', async () => {
    await ask(OUTAGE, { approvedBy: 'ada' });
    expect(await ask(OUTAGE, { approvedBy: 'ada' })).toMatchObject({ kind: 'claimed', epoch: 1 });
  });

  test('a person starts the same move: that is the approval', async () => {
    ports.workflows.waiting('token');
    await ports.control.putQuestion('clients-k1', question);
    expect(await ask(PERSON, { execution: 'two' })).toMatchObject({
      kind: 'already-handled',
      sentence: expect.stringContaining('which ada gives by asking for it'),
    });
    expect(ports.workflows.answers).toEqual([
      { taskToken: 'token', output: { kind: 'approve', by: 'ada', note: 'K1 is gone' } },
    ]);
    expect(await ports.control.question('clients-k1')).toBeNull();
  });

  test('a person starts it before the question is put: it comes again and then approves', async () => {
    expect(await ask(PERSON, { execution: 'two' })).toMatchObject({
      kind: 'unconfirmed',
      sentence: expect.stringContaining('its question is not there yet; trying again'),
    });
    ports.workflows.waiting('token');
    await ports.control.putQuestion('clients-k1', question);
    expect((await ask(PERSON, { execution: 'two' })).sentence).toContain('which ada gives by asking for it');
    expect(ports.workflows.answers).toHaveLength(1);
  });

  test('the question never comes: the start ends and says what to do', async () => {
    ports.clock.advance(301_000);
    expect(await ask(PERSON, { execution: 'two' })).toMatchObject({
      kind: 'already-handled',
      sentence: expect.stringContaining('approve it by operate or start again'),
    });
  });

  test('a person starts it after the time was over', async () => {
    await ports.control.putQuestion('clients-k1', question);
    expect((await ask(PERSON, { execution: 'two' })).sentence).toContain('waits for no approval any more');
  });

  describe('that a person does not give, but starts the move with more than an approval has', () => {
    const FORCED = { ...PERSON, force: true };
    const closed = async () => {
      const { open: _, ...rest } = await read();
      await ports.control.writeSet({ ...rest, version: rest.version + 1 });
    };
    beforeEach(async () => {
      ports.workflows.waiting('token');
      await ports.control.putQuestion('clients-k1', question);
    });

    test('is taken back in the name of that person, and the start comes again until the epoch is closed', async () => {
      expect(await ask(FORCED, { execution: 'two' })).toMatchObject({
        kind: 'unconfirmed',
        sentence: expect.stringContaining('ada starts it anew with force'),
      });
      expect(ports.workflows.answers).toEqual([
        { taskToken: 'token', output: { kind: 'reject', by: 'ada', note: 'started anew: K1 is gone' } },
      ]);
    });

    test('leads to a move of theirs, on which force has its effect, also after home has recovered', async () => {
      await verdicts('HEALTHY');
      await ask(FORCED, { execution: 'two' });
      await closed();
      expect(await ask(FORCED, { execution: 'two' })).toMatchObject({ kind: 'claimed', epoch: 2 });
      expect((await read()).open).toMatchObject({ requestedBy: 'ada', approval: 'not-needed', input: { force: true } });
    });

    test('is left alone where force would not help, and the start says what is in the way', async () => {
      await verdicts('CONFIRMED_DOWN', 'CONFIRMED_DOWN');
      expect(await ask(FORCED, { execution: 'two' })).toMatchObject({
        kind: 'already-handled',
        sentence: expect.stringContaining('cluster:K2 is CONFIRMED_DOWN'),
      });
      expect(ports.workflows.answers).toEqual([]);
    });

    test('and whose epoch does not close within 300 s: the start ends and says what to do', async () => {
      ports.clock.advance(301_000);
      await verdicts('CONFIRMED_DOWN');
      await ports.observations.putSet({ ...setLook(), atMs: ports.clock.nowMs() });
      expect(await ask(FORCED, { execution: 'two' })).toMatchObject({
        kind: 'already-handled',
        sentence: 'epoch 1 is not closed yet; start again',
      });
    });
  });

  describe('that nobody needs any more, because automation may', () => {
    beforeEach(() => setMode({ mode: 'automatic' }));
    const again = { ...OUTAGE, expectedEpoch: 1 };

    test('is no longer waited for: the question is taken back, and the rule comes again until the epoch is closed', async () => {
      ports.workflows.waiting('token');
      await ports.control.putQuestion('clients-k1', question);
      expect((await ask(again, { execution: 'two' })).kind).toBe('unconfirmed');
      expect(ports.workflows.answers).toMatchObject([
        { taskToken: 'token', output: { kind: 'reject', by: 'mm2-failover' } },
      ]);
      expect(await ports.control.question('clients-k1')).toBeNull();
    });

    test('is on record before it is ended', async () => {
      await ask(again, { execution: 'two' });
      expect((await stored())[0]).toMatchObject({ kind: 'ends-open', epochSeen: 1, requestedBy: 'assess' });
    });

    test('is followed by one move, that of the rule', async () => {
      ports.workflows.waiting('token');
      await ports.control.putQuestion('clients-k1', question);
      await ask(again, { execution: 'two' });
      const { open: _, ...closed } = await read();
      await ports.control.writeSet({ ...closed, version: closed.version + 1 });
      expect(await ask(again, { execution: 'two' })).toMatchObject({ kind: 'claimed', epoch: 2 });
      expect((await read()).open).toMatchObject({ execution: 'two', approval: 'not-needed' });
    });

    test('a person was faster: their answer counts, and nothing is taken back', async () => {
      await ask(OUTAGE, { approvedBy: 'ada' });
      expect((await ask(again, { execution: 'two' })).kind).toBe('already-handled');
      expect(ports.workflows.answers).toEqual([]);
    });

    test('and that does not close within 300 s: the rule ends, and is started again while the outage stands', async () => {
      ports.clock.advance(301_000);
      await verdicts('CONFIRMED_DOWN');
      await ports.observations.putSet({ ...setLook(), atMs: ports.clock.nowMs() });
      expect((await ask(again, { execution: 'two' })).kind).toBe('already-handled');
    });
  });

  test("a person's dry run is no approval", async () => {
    ports.workflows.waiting('token');
    await ports.control.putQuestion('clients-k1', question);
    expect((await ask({ ...PERSON, dryRun: true }, { execution: 'two' })).kind).toBe('dry-run');
    expect(ports.workflows.answers).toEqual([]);
  });
});

describe('an alarm', () => {
  test('is waited with while the probes have not confirmed, without a claim', async () => {
    await verdicts('SUSPECTED_DOWN');
    expect(await ask(ALARM)).toMatchObject({ kind: 'unconfirmed', waitSeconds: 5 });
    expect((await read()).open).toBeUndefined();
  });

  test('moves as soon as they confirm', async () => {
    await verdicts('SUSPECTED_DOWN');
    await ask(ALARM);
    ports.clock.advance(20_000);
    await verdicts('CONFIRMED_DOWN');
    expect((await ask(ALARM)).kind).toBe('claimed');
  });

  test('is refused when they have not confirmed within 300 s', async () => {
    ports.clock.advance(300_000);
    await verdicts('SUSPECTED_DOWN');
    expect((await ask(ALARM)).kind).toBe('declined');
  });

  test('that is configured to ask only leads to a question', async () => {
    config = pairConfig({}, { alarms: [{ name: 'k1-down', clientSet: 'clients-k1' }] });
    expect((await ask(ALARM)).kind).toBe('approval-needed');
  });
});

describe('taking up an open epoch', () => {
  const takeUp = { ...OUTAGE, takeUp: 1 };
  const orphan = async (published: boolean) => {
    await setMode({
      epoch: 1,
      open: claimOf({ execution: 'old', published, claimedAtMs: TEN_O_CLOCK }),
      ...(published
        ? { phase: 'draining', revision: 2, routing: routingOf(config, { phase: 'draining', epoch: 1, revision: 2 }) }
        : {}),
    });
  };

  test('whose execution has ended: the claim changes hands and goes on', async () => {
    await orphan(true);
    ports.workflows.running('old');
    ports.workflows.end('old');
    expect(await ask(takeUp, { execution: 'new' })).toMatchObject({ kind: 'claimed', epoch: 1 });
    expect((await read()).open).toMatchObject({ execution: 'new', published: true });
  });

  test('two executions at once: one takes it, the other sees that it runs', async () => {
    await orphan(true);
    for (const execution of ['new-1', 'new-2']) ports.workflows.running(execution);
    ports.workflows.running('old');
    ports.workflows.end('old');
    const kinds = (await Promise.all([ask(takeUp, { execution: 'new-1' }), ask(takeUp, { execution: 'new-2' })])).map(
      ({ kind }) => kind,
    );
    expect(kinds.sort()).toEqual(['already-handled', 'claimed']);
  });

  test.each(['running', 'unknown'] as const)('whose execution is %s: left alone', async (status) => {
    await orphan(true);
    if (status === 'running') ports.workflows.running('old');
    expect(await ask(takeUp, { execution: 'new' })).toMatchObject({
      kind: 'already-handled',
      sentence: expect.stringContaining('is owned by old'),
    });
    expect((await read()).open?.execution).toBe('old');
  });

  describe('by a person', () => {
    const byAda = (inPlaceOf = 'old') => ({
      ...takeUp,
      takeUpBy: { by: 'ada', reason: 'the state machine was deleted', inPlaceOf },
    });

    test('whose execution nobody knows any more: the claim changes hands, and who and why are recorded', async () => {
      await orphan(true);
      expect((await ask(byAda(), { execution: 'new' })).kind).toBe('claimed');
      expect((await read()).open?.execution).toBe('new');
      expect(await stored()).toMatchObject([
        { kind: 'taken-up', requestedBy: 'ada', reasons: ['the state machine was deleted'], epochSeen: 1 },
      ]);
    });

    test('whose execution is known to run: left alone', async () => {
      await orphan(true);
      ports.workflows.running('old');
      expect((await ask(byAda(), { execution: 'new' })).kind).toBe('already-handled');
      expect((await read()).open?.execution).toBe('old');
    });

    test('who meant another execution than the one that owns it now: left alone', async () => {
      await orphan(true);
      expect((await ask(byAda('older'), { execution: 'new' })).kind).toBe('already-handled');
    });
  });

  test('of another kind of move: refused, since this machine would publish other phases under it', async () => {
    await orphan(true);
    ports.workflows.running('old');
    ports.workflows.end('old');
    const failback = { ...takeUp, move: 'failback', expectedEpoch: undefined };
    expect(await ask(failback, { machine: 'failback', execution: 'new' })).toMatchObject({
      kind: 'refused',
      sentence: expect.stringContaining('epoch 1 is a failover'),
    });
    expect((await read()).open?.execution).toBe('old');
  });

  test('that has been closed meanwhile: nothing to do', async () => {
    await setMode({ epoch: 1 });
    expect(await ask(takeUp, { execution: 'new' })).toMatchObject({ kind: 'already-handled' });
  });

  test('before the first publish, home recovered meanwhile: given up', async () => {
    await orphan(false);
    await verdicts('HEALTHY');
    ports.workflows.running('old');
    ports.workflows.end('old');
    expect(await ask(takeUp, { execution: 'new' })).toMatchObject({ kind: 'aborted', epoch: 1 });
  });

  test('after the first publish, home recovered meanwhile: only forward', async () => {
    await orphan(true);
    await verdicts('HEALTHY');
    ports.workflows.running('old');
    ports.workflows.end('old');
    expect((await ask(takeUp, { execution: 'new' })).kind).toBe('claimed');
  });

  test('that waits for an approval asks again', async () => {
    await setMode({
      epoch: 1,
      mode: 'approve',
      open: claimOf({ execution: 'old', approval: 'pending', claimedAtMs: TEN_O_CLOCK }),
    });
    ports.workflows.running('old');
    ports.workflows.end('old');
    expect((await ask(takeUp, { execution: 'new' })).kind).toBe('approval-needed');
  });
});

describe('a dry run', () => {
  const dry = { ...PERSON, dryRun: true };

  test('says what would happen, and writes nothing but its record', async () => {
    const before = await read();
    const result = await ask(dry);
    expect(result).toMatchObject({
      kind: 'dry-run',
      sentence: expect.stringContaining('would move. failover of clients-k1 from K1 to K2 as epoch 1'),
    });
    expect(await read()).toEqual(before);
    expect([ports.events.sent, ports.workflows.started, ports.routing.written]).toEqual([[], [], []]);
    expect(await stored()).toMatchObject([{ kind: 'dry-run' }]);
  });

  test('of a failback states what home processes again, as the end of the drain found it', async () => {
    const partitions = { '0': keptPosition({ reprocess: { atMost: '3', because: 'by the offset syncs' } }) };
    await ports.control.putPositions('clients-k1', positionRecordOf({ partitions }));
    await setMode({ epoch: 1, phase: 'refuge' });
    const result = await ask({ ...dry, move: 'failback' }, { machine: 'failback' });
    expect(result.reasons).toContain('processed at the refuge and again at home, at most: 3 record(s)');
  });

  test('is not needed to read that before an approval', async () => {
    await ports.control.putPositions('clients-k1', positionRecordOf());
    await ports.control.putIncarnation({ cluster: 'K1', clusterId: 'cluster-one', seenAtMs: 0 });
    await setMode({ epoch: 1, phase: 'refuge', mode: 'approve' });
    await verdicts('HEALTHY');
    ports.clock.advance(3_600_000);
    await verdicts('HEALTHY');
    await ports.observations.putSet(setLook({ atMs: ports.clock.nowMs() }));
    const asked = { ...PERSON, move: 'failback', trigger: 'automatic', requestedBy: 'assess' };
    const result = await ask(asked, { machine: 'failback' });
    expect(result).toMatchObject({
      kind: 'approval-needed',
      reasons: expect.arrayContaining([expect.stringMatching(/^processed at the refuge and again at home, at most: /)]),
    });
  });

  test('of a failback names the partitions of which nobody knows it', async () => {
    const partitions = { '0': keptPosition({ reprocess: { atMost: '3', because: '' } }), '1': keptPosition() };
    await ports.control.putPositions('clients-k1', positionRecordOf({ partitions }));
    await ports.control.putPositions(
      'clients-k1',
      positionRecordOf({ group: 'audit', groupMode: 'reads-remote', partitions: { '0': keptPosition() } }),
    );
    await setMode({ epoch: 1, phase: 'refuge' });
    const result = await ask({ ...dry, move: 'failback' }, { machine: 'failback' });
    const [told] = result.reasons.filter((reason) => reason.startsWith('processed at the refuge'));
    expect(told).toContain('3 record(s) where it is known, unknown for 2 partition(s): ');
    expect(told).toContain('billing orders-1: no drain of it has ended');
    expect(told).toContain('audit orders-0: it reads both topics at the refuge at all times');
  });

  test('shows values before and after, the expected loss, and every guard', async () => {
    const { reasons } = await ask(dry);
    expect(reasons.slice(0, 4)).toEqual([
      'producers: before K1 (k1-a:9092,k1-b:9092), after K2 (k2-a:9092,k2-b:9092)',
      'consumers: before K1 (k1-a:9092,k1-b:9092) reading orders,payments, after K2 (k2-a:9092,k2-b:9092) reading first K1.orders,K1.payments, then orders,payments',
      'expected loss is unknown: no look at the flow tells what it has copied; what home still holds is processed there after its return',
      'expected duplicates: unknown, no seeds or no ends of the remote topics are at hand',
    ]);
    expect(reasons).toContain('G1 holds: cluster:K1 is CONFIRMED_DOWN');
  });

  test('bounds what is read again by the seeds', async () => {
    await ports.observations.putFlow({
      pair: 'orders',
      source: 'K1',
      target: 'K2',
      vantage: K2_REGION,
      atMs: TEN_O_CLOCK,
      remoteEnds: { 'K1.orders': { '0': { start: '0', highWatermark: '1500', lastStable: '1500' } } },
      problems: [],
    });
    await ports.control.putSeed('clients-k1', {
      group: 'billing',
      topic: 'orders',
      atMs: TEN_O_CLOCK,
      partitions: { '0': { seed: '1400', forHomePosition: '1', homePositionBefore: null } },
    });
    expect((await ask(dry)).reasons.join('\n')).toContain('from the seeds on: at most 100 records');
  });

  test('of what would be refused names what is in the way', async () => {
    await verdicts('HEALTHY');
    const { sentence, reasons } = await ask(dry);
    expect(sentence).toContain('would not move. failover of clients-k1 from K1 to K2 is refused');
    expect(reasons).toContain(
      'G1 is in the way: cluster:K1 is HEALTHY (lifted by: the probes (see the verdict), or "force" of a person; a home that is well is left by a switchover)',
    );
  });
});

describe('input that cannot be used', () => {
  test.each<readonly [string, unknown, string]>([
    ['nothing at all', undefined, 'it is missing; allowed: a JSON object'],
    ['a bare word', 'K1', 'it is "K1"; allowed: a JSON object'],
    ['no reason', { pair: 'orders', clientSet: 'clients-k1' }, 'reason is missing'],
    ['a reason too short', { ...PERSON, reason: 'x' }, 'reason is "x"; say why, in a few words: at least 3 characters'],
    [
      'a move that does not exist',
      { ...PERSON, move: 'panic' },
      'move is "panic"; allowed: "failover", "switchover", "failback"',
    ],
    [
      'a field that does not exist',
      { ...PERSON, forced: true },
      'it has no field "forced" (did you mean "force"?); allowed: pair, clientSet, move',
    ],
    ['another pair', { ...PERSON, pair: 'stock' }, 'pair is "stock", which is not handled here; allowed: "orders"'],
    [
      'an unknown client set',
      { ...PERSON, clientSet: 'clients-k9' },
      'clientSet is "clients-k9", which is no client set of "orders"; allowed: "clients-k1", "clients-k2"',
    ],
    [
      'a set that is moved from elsewhere',
      { ...PERSON, clientSet: 'clients-k2' },
      'clientSet "clients-k2" is moved from eu-west-1, the region of its refuge K1, not from eu-central-1',
    ],
    [
      'a failback in the failover workflow',
      { ...PERSON, move: 'failback' },
      'move is "failback", which this workflow does not do; allowed here: "failover"; start the failback workflow instead',
    ],
    [
      'an alarm nobody configured',
      { ...ALARM, alarm: 'other' },
      'alarm is "other", which is not configured for "clients-k1"; allowed: "k1-down"',
    ],
    [
      'a set named like what every object answers to',
      { ...PERSON, clientSet: 'constructor' },
      'clientSet is "constructor", which is no client set',
    ],
    ['a dry run of taking up', { ...PERSON, takeUp: 1, dryRun: true }, 'takeUp and dryRun do not go together'],
    [
      'a person who takes up nothing',
      { ...PERSON, takeUpBy: { by: 'ada', reason: 'it is gone', inPlaceOf: 'old' } },
      'takeUpBy goes with takeUp only',
    ],
    ['an epoch that is no number', { ...PERSON, expectedEpoch: 'two' }, 'expectedEpoch is "two"; must be a number'],
  ])('%s', async (_story, input, sentence) => {
    const result = await ask(input);
    expect(result).toMatchObject({ kind: 'invalid', epoch: 0, sentence: expect.stringContaining(sentence) });
    expect(await stored()).toEqual([]);
  });

  test.each([
    ['a reason of 200 KB', { ...PERSON, reason: 'x'.repeat(200_000) }],
    ['a list of 200 KB', ['x'.repeat(200_000)]],
    [
      'ten thousand fields that do not exist',
      Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`field${i}`, i])),
    ],
  ])('%s is answered in a sentence that fits the cause of a Fail state', async (_story, input) => {
    const { kind, sentence } = await ask(input);
    expect(kind).toBe('invalid');
    expect(sentence.length).toBeLessThan(2_500);
  });

  test('the machine says which move is meant where nobody does', async () => {
    expect((await ask(PERSON, { machine: 'failback' })).move).toBe('failback');
  });

  test('without the refuge a set is moved from the region of its home', async () => {
    expect(await ask({ ...PERSON, refugeLost: true }, { machine: 'failback' })).toMatchObject({
      kind: 'invalid',
      sentence: expect.stringContaining('is moved from eu-west-1, the region of its home K1, not from eu-central-1'),
    });
  });
});

describe('a person goes home to a rebuilt cluster', () => {
  const start = (changes: object = {}) =>
    ask({ ...PERSON, move: 'failback', rebuiltHome: true, force: true, ...changes }, { machine: 'failback' });
  /** Away since epoch 2, whose positions left 5 records behind; another cluster answers at home. */
  beforeEach(async () => {
    await verdicts('HEALTHY');
    await setMode({ phase: 'refuge', epoch: 2, leftHomeAtMs: TEN_O_CLOCK - 600_000 });
    await ports.control.putIncarnation({ cluster: 'K1', clusterId: 'cluster-one', seenAtMs: 0 });
    await ports.observations.putSet(setLook({ homeClusterId: 'cluster-two' }));
  });
  const left = (epoch: number, tail: string | null) =>
    ports.control.putPositions(
      'clients-k1',
      positionRecordOf({ epoch, clusterId: 'cluster-one', partitions: { '0': keptPosition({ tail }) } }),
    );

  test('what is lost with its log is told, by the positions of the stay', async () => {
    await left(1, '9');
    await left(2, '5');
    expect((await start()).kind).toBe('claimed');
    const guards = (await stored())[0]?.guards;
    expect(guards?.find(({ id }) => id === 'FB-same-cluster')?.sentence).toContain(
      'says ada: at least 5 record(s) that nobody had copied are lost with its log',
    );
  });

  test('where no positions are stored that is said', async () => {
    await start();
    const guards = (await stored())[0]?.guards;
    expect(guards?.find(({ id }) => id === 'FB-same-cluster')?.sentence).toContain(
      'how much was lost with its log is not known',
    );
  });

  test('without the word it is refused', async () => {
    await left(2, '5');
    expect(await start({ rebuiltHome: false })).toMatchObject({
      kind: 'refused',
      sentence: expect.stringContaining('another log, positions mean nothing there'),
    });
  });
});

test('every stored decision can be decided again', async () => {
  await ask({ ...PERSON, dryRun: true });
  await verdicts('SUSPECTED_DOWN');
  await ask(ALARM, { execution: 'alarm' });
  await ask(PERSON, { execution: 'person' });
  await verdicts('CONFIRMED_DOWN');
  await ask(OUTAGE, { execution: 'rule' });
  await ask(OUTAGE, { execution: 'late' });
  const decisions = await stored();
  expect(decisions.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['dry-run', 'unconfirmed', 'refused', 'claim', 'already-handled']),
  );
  for (const decision of decisions) {
    const again = decideMove(decision.inputs as MoveFacts);
    expect([again.sentence, [...again.reasons]]).toEqual([decision.sentence, decision.reasons]);
  }
});
