import { describe, expect, jest, test } from '@jest/globals';
import { OperateAnswer } from '../../../core/contracts/operate.ts';
import type { PairConfig } from '../../../core/config/schema.ts';
import type { Decision, SetState } from '../../../core/contracts/tables.ts';
import type { OpenQuestion } from '../../../core/contracts/workflow.ts';
import { operate } from '../../../lambdas/operate/operate.ts';
import {
  adoptionOf,
  claimedState,
  claimOf,
  K1_REGION,
  K2_REGION,
  keptPosition,
  pairConfig,
  positionRecordOf,
  stateOf,
  TEN_O_CLOCK,
} from '../../support/builders/pair.ts';
import { documentOf } from '../../support/builders/readiness-document.ts';
import { fakePorts } from '../../support/fakes/ports.ts';
import { fakeSharedLimits, type FakeSharedLimits } from '../../support/fakes/shared.ts';

const config = pairConfig();
const held = (changes: Partial<OpenQuestion> = {}): OpenQuestion => ({
  question: 'hold',
  epoch: 1,
  stage: 'Pin positions',
  taskToken: 'token-1',
  askedAtMs: TEN_O_CLOCK - 1_000,
  expiresAtMs: TEN_O_CLOCK + 60_000,
  sentence: 'K2 did not answer',
  reasons: [],
  ...changes,
});
const approval = held({ question: 'approval', stage: 'Claim move' });
const pending = claimedState(config, { open: claimOf({ approval: 'pending' }) });

interface At {
  readonly state?: SetState | null;
  readonly question?: OpenQuestion;
  readonly region?: string;
  readonly config?: PairConfig;
  readonly shared?: FakeSharedLimits;
}

async function world(at: At = {}) {
  const ports = fakePorts(at.shared === undefined ? {} : { shared: at.shared });
  const state = at.state === undefined ? claimedState(config) : at.state;
  if (state !== null) await ports.control.writeSet({ ...state, version: 1 });
  if (at.question !== undefined) {
    await ports.control.putQuestion('clients-k1', at.question);
    ports.workflows.waiting(at.question.taskToken);
  }
  const run = operate(ports, at.config ?? config, { region: at.region ?? K2_REGION, configVersion: 'v1' });
  return {
    ports,
    state: async () => (await ports.control.readSet('clients-k1'))!,
    ask: async (payload: unknown) => OperateAnswer.parse(JSON.parse(JSON.stringify(await run(payload)))),
  };
}

describe('what is not understood is answered with the value, what is allowed, and what to do', () => {
  test.each<readonly [string, unknown, string]>([
    ['no object', 'status', 'the input is "status"; give a JSON object, for example {"command": "status"}'],
    ['nothing', undefined, 'the input is missing; give a JSON object, for example {"command": "status"}'],
    [
      'no command',
      {},
      'command is missing; allowed: status, history, start, dry-run, approve, reject, resume, abort, proceed, refresh, undo, take-up, pause, unpause, mode, acknowledge-cooldown; for example {"command": "status"}',
    ],
    [
      'an unknown command',
      { command: 'stauts' },
      'command is "stauts"; allowed: status, history, start, dry-run, approve, reject, resume, abort, proceed, refresh, undo, take-up, pause, unpause, mode, acknowledge-cooldown; for example {"command": "status"}',
    ],
    [
      'an unknown field',
      { command: 'status', clientset: 'x' },
      '"status": the input has no field "clientset" (did you mean "clientSet"?); allowed: command, pair, by, clientSet',
    ],
    ['a missing field', { command: 'pause', reason: 'works' }, '"pause": minutes is missing; must be a number'],
    [
      'a wrong value',
      { command: 'mode', mode: 'auto', reason: 'test' },
      '"mode": mode is "auto"; allowed: "off", "observe", "approve", "automatic"',
    ],
    [
      'several mistakes at once',
      { command: 'pause', minutes: 'ten', reason: 'no' },
      '"pause": reason is "no"; say why, in a few words: at least 3 characters; minutes is "ten"; must be a number',
    ],
    ['another pair', { command: 'status', pair: 'other' }, 'pair is "other"; this function serves "orders"'],
    [
      'an unknown set',
      { command: 'status', clientSet: 'nobody' },
      'clientSet is "nobody"; allowed: clients-k1, clients-k2',
    ],
    [
      'a cluster without sets',
      { command: 'start', cluster: 'K9', reason: 'test' },
      'cluster is "K9", which is home of no client set; allowed: K1, K2',
    ],
    [
      'set and cluster',
      { command: 'start', cluster: 'K1', clientSet: 'clients-k1', reason: 'test' },
      'give either clientSet ("clients-k1") or cluster ("K1"), not both',
    ],
  ])('%s', async (_story, payload, sentence) =>
    expect(await (await world()).ask(payload)).toEqual({ kind: 'invalid', sentence }),
  );
  test('a set of the other region is refused with the place to ask', async () =>
    expect(await (await world()).ask({ command: 'status', clientSet: 'clients-k2' })).toEqual({
      kind: 'refused',
      sentence:
        '"clients-k2" is controlled from eu-west-1, its refuge\'s region; ask function mm2-failover-orders-operate there',
    }));
});

describe('answers to a question', () => {
  test.each(['approve', 'reject'] as const)('%s reaches the workflow with who said it', async (command) => {
    const { ports, ask } = await world({ state: pending, question: approval });
    expect((await ask({ command, clientSet: 'clients-k1', epoch: 1, by: 'ana' })).kind).toBe('done');
    expect(ports.workflows.answers).toEqual([{ taskToken: 'token-1', output: { kind: command, by: 'ana' } }]);
    expect(await ports.control.question('clients-k1')).toBeNull();
  });
  test.each(['resume', 'proceed', 'abort'] as const)('%s reaches a held workflow', async (command) => {
    const { ports, ask } = await world({ question: held() });
    expect((await ask({ command, note: 'seen to it', by: 'ana' })).kind).toBe('done');
    expect(ports.workflows.answers).toEqual([
      { taskToken: 'token-1', output: { kind: command, by: 'ana', note: 'seen to it' } },
    ]);
  });
  const ofIncident = (open: Parameters<typeof claimOf>[0]) =>
    claimedState(config, { open: claimOf({ ...open, input: { ...claimOf().input, incidentId: 'outage-1' } }) });
  test.each([
    ['reject', approval, { approval: 'pending' }],
    ['abort', held(), {}],
  ] as const)('%s is remembered for the incident that asked', async (command, question, open) => {
    const { ask, state } = await world({ state: ofIncident(open), question });
    await ask({ command, by: 'ana' });
    expect((await state()).rejected).toEqual({ incidentId: 'outage-1', by: 'ana', atMs: TEN_O_CLOCK });
  });
  test('an answer that came too late is not remembered', async () => {
    const { ports, ask, state } = await world({ state: ofIncident({ approval: 'pending' }), question: approval });
    ports.workflows.forget('token-1');
    await ask({ command: 'reject', by: 'ana' });
    expect((await state()).rejected).toBeUndefined();
  });
  test('a no is remembered before it is given, so that no report of the outage comes between', async () => {
    const { ports, ask, state } = await world({ state: ofIncident({ approval: 'pending' }), question: approval });
    jest.spyOn(ports.workflows, 'answer').mockRejectedValue(new Error('the answer was lost'));
    await expect(ask({ command: 'reject', by: 'ana' })).rejects.toThrow('the answer was lost');
    expect((await state()).rejected).toEqual({ incidentId: 'outage-1', by: 'ana', atMs: TEN_O_CLOCK });
  });
  test('approve is no rejection', async () => {
    const { ask, state } = await world({ state: ofIncident({ approval: 'pending' }), question: approval });
    await ask({ command: 'approve', by: 'ana' });
    expect((await state()).rejected).toBeUndefined();
  });
  const returning = claimedState(config, { phase: 'returning', open: claimOf({ move: 'failback', published: true }) });
  test('that home was rebuilt is in the claim before the step goes on', async () => {
    const { ports, ask, state } = await world({ state: returning, question: held({ stage: 'Restore positions' }) });
    jest.spyOn(ports.workflows, 'answer').mockRejectedValue(new Error('the answer was lost'));
    await expect(ask({ command: 'resume', rebuiltHome: true, by: 'ana' })).rejects.toThrow('the answer was lost');
    expect((await state()).open?.input.rebuiltHome).toBe(true);
  });
  test('resume alone says nothing about home', async () => {
    const { ask, state } = await world({ state: returning, question: held({ stage: 'Restore positions' }) });
    await ask({ command: 'resume', by: 'ana' });
    expect((await state()).open?.input.rebuiltHome).toBe(false);
  });
  test('that home was rebuilt is no answer to another hold', async () => {
    const { ports, ask } = await world({ state: returning, question: held({ stage: 'Await adoption (home)' }) });
    expect(await ask({ command: 'resume', rebuiltHome: true, by: 'ana' })).toMatchObject({
      kind: 'refused',
      sentence: expect.stringContaining(
        'it is held at "Await adoption (home)"; that home was rebuilt is asked at "Restore positions"',
      ),
    });
    expect(ports.workflows.answers).toEqual([]);
  });
  test('it is recorded who answered what', async () => {
    const { ports, ask } = await world({ question: held() });
    await ask({ command: 'resume', by: 'ana' });
    expect(await ports.control.decisions('clients-k1', 1)).toMatchObject([
      { kind: 'resume', requestedBy: 'ana', epochSeen: 1 },
    ]);
  });
  test('a second answer does nothing and says so', async () => {
    const { ports, ask } = await world({ state: pending, question: approval });
    await ask({ command: 'approve' });
    expect(await ask({ command: 'approve' })).toMatchObject({
      kind: 'nothing',
      sentence: expect.stringContaining('waits for no answer'),
    });
    expect(ports.workflows.answers).toHaveLength(1);
  });
  test('two answers at once: one is given, the other does nothing', async () => {
    const { ports, ask } = await world({ state: pending, question: approval });
    const kinds = (await Promise.all([ask({ command: 'approve' }), ask({ command: 'reject' })])).map(
      ({ kind }) => kind,
    );
    expect(kinds.sort()).toEqual(['done', 'nothing']);
    expect(ports.workflows.answers).toHaveLength(1);
  });
  const nothing = async (at: Parameters<typeof world>[0], command: object, part: string) => {
    const { ports, ask } = await world(at);
    const answer = await ask(command);
    expect([answer.kind, ports.workflows.answers]).toEqual(['nothing', []]);
    expect(answer.sentence).toContain(part);
  };
  test('an answer for an older epoch does nothing', () =>
    nothing(
      { state: claimedState(config, { epoch: 4, open: claimOf({ epoch: 4 }) }), question: held({ epoch: 4 }) },
      { command: 'resume', epoch: 3 },
      'epoch 3 of "clients-k1" waits for no answer any more',
    ));
  test('a question whose epoch is over takes no answer', () =>
    nothing({ state: stateOf(config, { epoch: 1 }), question: held() }, { command: 'resume' }, 'is over'));
  test('an expired approval takes no answer', () =>
    nothing(
      { state: pending, question: { ...approval, expiresAtMs: TEN_O_CLOCK } },
      { command: 'approve' },
      'expired at 2026-11-22T10:00:00.000Z',
    ));
  test('an approved epoch takes no second approval', () =>
    nothing(
      { state: claimedState(config, { open: claimOf({ approval: 'given', approvedBy: 'bo' }) }), question: approval },
      { command: 'approve' },
      'approved already by bo',
    ));
  test('a token that is gone is cleared and said', async () => {
    const { ports, ask } = await world({ question: held() });
    ports.workflows.forget('token-1');
    expect((await ask({ command: 'resume' })).kind).toBe('nothing');
    expect(await ports.control.question('clients-k1')).toBeNull();
  });
  test.each([
    [
      'abort after the first publish',
      claimedState(config, { open: claimOf({ published: true }) }),
      held(),
      'abort',
      'only forward from here; allowed now: resume, proceed',
    ],
    [
      'approve a hold',
      claimedState(config),
      held(),
      'approve',
      'asks for no approval; allowed now: resume, proceed, abort',
    ],
    ['resume an approval', pending, approval, 'resume', 'allowed now: approve, reject'],
    [
      'proceed past a publish',
      claimedState(config),
      held({ stage: 'Publish routing (draining)' }),
      'proceed',
      'allowed now: resume, abort',
    ],
    [
      'proceed past the end',
      claimedState(config),
      held({ stage: 'Conclude move' }),
      'proceed',
      'nothing comes after it',
    ],
  ] as const)('to %s is refused with what is allowed', async (_story, state, question, command, part) => {
    const { ports, ask } = await world({ state, question });
    const answer = await ask({ command });
    expect(answer.kind).toBe('refused');
    expect(answer.sentence).toContain(part);
    expect(ports.workflows.answers).toEqual([]);
  });
});

describe('settings', () => {
  test('a pause has owner, reason and end', async () => {
    const { ask, state } = await world();
    await ask({ command: 'pause', clientSet: 'clients-k1', by: 'ana', reason: 'works on K1', minutes: 30 });
    expect((await state()).pause).toEqual({
      owner: 'ana',
      reason: 'works on K1',
      setAtMs: TEN_O_CLOCK,
      untilMs: TEN_O_CLOCK + 1_800_000,
    });
  });
  test('a pause is ended early', async () => {
    const { ask, state } = await world({
      state: stateOf(config, { pause: { owner: 'ana', reason: 'x', untilMs: TEN_O_CLOCK + 1, setAtMs: 0 } }),
    });
    expect((await ask({ command: 'unpause', clientSet: 'clients-k1' })).kind).toBe('done');
    expect((await state()).pause).toBeUndefined();
    expect((await ask({ command: 'unpause', clientSet: 'clients-k1' })).kind).toBe('nothing');
  });
  test('the mode is set and recorded with who and why', async () => {
    const { ports, ask, state } = await world();
    await ask({ command: 'mode', mode: 'approve', by: 'ana', reason: 'new on call' });
    expect(await state()).toMatchObject({ mode: 'approve', modeSetBy: 'ana' });
    expect(await ports.control.decisions('clients-k1', 1)).toMatchObject([
      { kind: 'mode', requestedBy: 'ana', reasons: ['approve: new on call'] },
    ]);
  });
  test('the same mode again changes nothing', async () =>
    expect((await (await world()).ask({ command: 'mode', mode: 'automatic', reason: 'again' })).kind).toBe('nothing'));
  test('a cooldown is acknowledged once', async () => {
    const { ask, state } = await world({ state: stateOf(config, { lastAutomatic: { epoch: 3, finishedAtMs: 5 } }) });
    expect((await ask({ command: 'acknowledge-cooldown', by: 'ana' })).kind).toBe('done');
    expect((await state()).lastAutomatic?.acknowledgedBy).toBe('ana');
    expect((await ask({ command: 'acknowledge-cooldown', by: 'bo' })).kind).toBe('nothing');
  });
  test('without a cooldown there is nothing to acknowledge', async () =>
    expect((await (await world()).ask({ command: 'acknowledge-cooldown' })).kind).toBe('nothing'));
  test('a set without a state cannot be set', async () =>
    expect((await (await world({ state: null })).ask({ command: 'mode', mode: 'observe', reason: 'works' })).kind).toBe(
      'refused',
    ));
  test('a write that collides with a step is repeated on the newer state', async () => {
    const { ports, ask, state } = await world();
    let once = false;
    ports.control.faults.beforeEach(async (method) => {
      if (method !== 'writeSet' || once) return;
      once = true;
      const present = (await ports.control.readSet('clients-k1'))!;
      await ports.control.writeSet({ ...present, revision: 9, version: present.version + 1 });
    });
    await ask({ command: 'mode', mode: 'observe', reason: 'test' });
    expect(await state()).toMatchObject({ mode: 'observe', revision: 9 });
  });
});

describe('wider pauses', () => {
  const PAUSE = { command: 'pause', by: 'ana', reason: 'works', minutes: 30 };
  const untilMs = TEN_O_CLOCK + 1_800_000;
  const standing = async (ports: Awaited<ReturnType<typeof world>>['ports']) =>
    (await ports.control.pauses()).map(({ scope, owner }) => [scope, owner]);

  test.each([
    ['of the pair', {}, { kind: 'pair' }, 'the pair is paused by ana until 2026-11-22T10:30:00.000Z: works'],
    ['of a cluster', { cluster: 'K2' }, { kind: 'cluster', cluster: 'K2' }, 'cluster K2 is paused by ana'],
  ] as const)(
    '%s: stored once, recorded with each set, and the sentence says who else has to be told',
    async (_story, about, scope, sentence) => {
      const { ports, ask, state } = await world();
      const answer = await ask({ ...PAUSE, ...about });
      expect(answer).toMatchObject({ kind: 'done', sentence: expect.stringContaining(sentence) });
      expect(answer.sentence).toContain(
        'for "clients-k1" (controlled from eu-central-1); sets controlled from eu-west-1 are told there',
      );
      expect(await ports.control.pauses()).toEqual([
        { owner: 'ana', reason: 'works', untilMs, setAtMs: TEN_O_CLOCK, scope },
      ]);
      expect((await state()).pause).toBeUndefined();
      expect(await ports.control.decisions('clients-k1', 5)).toMatchObject([{ kind: 'pause', requestedBy: 'ana' }]);
    },
  );

  test('a later one of the same scope replaces the earlier one', async () => {
    const { ports, ask } = await world();
    await ask(PAUSE);
    await ask({ ...PAUSE, by: 'bo' });
    expect(await standing(ports)).toEqual([[{ kind: 'pair' }, 'bo']]);
  });

  test('ending that of the pair ends no other, and says which stand', async () => {
    const { ports, ask } = await world();
    await ask(PAUSE);
    await ask({ ...PAUSE, cluster: 'K1' });
    await ask({ ...PAUSE, clientSet: 'clients-k1' });
    const { sentence } = await ask({ command: 'unpause' });
    expect(sentence).toContain('the pair is no longer paused');
    expect(sentence).toContain('still: client set "clients-k1" is paused by ana');
    expect(sentence).toContain('; cluster K1 is paused by ana');
    expect(await standing(ports)).toEqual([[{ kind: 'cluster', cluster: 'K1' }, 'ana']]);
  });

  test('what is not paused is not ended', async () => {
    const { ask } = await world();
    await ask(PAUSE);
    expect(await ask({ command: 'unpause', cluster: 'K1' })).toMatchObject({
      kind: 'nothing',
      sentence: 'cluster K1 is not paused here; still: the pair is paused by ana until 2026-11-22T10:30:00Z: works',
    });
  });

  test.each([
    ['a cluster that does not exist', { cluster: 'K9' }, 'cluster is "K9"; allowed: K1, K2'],
    ['a cluster and a set', { cluster: 'K1', clientSet: 'clients-k1' }, 'not both'],
  ])('%s is not understood', async (_story, about, part) => {
    const { ports, ask } = await world();
    expect(await ask({ ...PAUSE, ...about })).toMatchObject({
      kind: 'invalid',
      sentence: expect.stringContaining(part),
    });
    expect(await ports.control.pauses()).toEqual([]);
  });

  test('status names every pause that stands', async () => {
    const { ask } = await world();
    await ask(PAUSE);
    await ask({ ...PAUSE, cluster: 'K1' });
    const { sets, sentence } = await ask({ command: 'status' });
    expect(sets![0]!.pauses.map(({ what }) => what)).toEqual(['cluster K1', 'the pair']);
    expect(sentence).toContain(', cluster K1 paused by ana until 2026-11-22T10:30:00.000Z, the pair paused by ana');
  });
});

describe('pauses of every pair', () => {
  const PAUSE = { command: 'pause', all: true, by: 'ana', reason: 'works', minutes: 30 };
  const untilMs = TEN_O_CLOCK + 1_800_000;
  const above = async () => {
    const shared = fakeSharedLimits();
    return { shared, ...(await world({ config: pairConfig({}, { shared: { table: shared.table } }), shared })) };
  };

  test('lie in the shared table alone, are recorded with each set here, and the sentence says how far they go', async () => {
    const { shared, ports, ask } = await above();
    expect(await ask(PAUSE)).toEqual({
      kind: 'done',
      sentence:
        'every pair is paused by ana until 2026-11-22T10:30:00.000Z: works; nothing automatic is started and no parameter is repaired for "clients-k1" (controlled from eu-central-1); sets controlled from eu-west-1 are told there, and for every other pair that names table mm2-failover-shared, as far as it is controlled from here',
    });
    expect(await shared.pause()).toEqual({ owner: 'ana', reason: 'works', untilMs, setAtMs: TEN_O_CLOCK });
    expect(await ports.control.pauses()).toEqual([]);
    expect(await ports.control.decisions('clients-k1', 5)).toMatchObject([{ kind: 'pause', requestedBy: 'ana' }]);
  });

  test('end by unpause with all, which ends no narrower one', async () => {
    const { shared, ask } = await above();
    await ask(PAUSE);
    await ask({ ...PAUSE, all: false });
    expect(await ask({ command: 'unpause', all: true })).toMatchObject({
      kind: 'done',
      sentence: expect.stringMatching(/^every pair is no longer paused.*still: the pair is paused by ana/),
    });
    expect(await shared.pause()).toBeNull();
  });

  test('do not end with that of the pair', async () => {
    const { ask } = await above();
    await ask(PAUSE);
    expect(await ask({ command: 'unpause' })).toMatchObject({
      kind: 'nothing',
      sentence: expect.stringContaining('still: every pair is paused by ana'),
    });
  });

  test('that nobody has set are not ended', async () => {
    const { ask } = await above();
    expect(await ask({ command: 'unpause', all: true })).toEqual({
      kind: 'nothing',
      sentence: 'every pair is not paused here',
    });
  });

  test('are shown by status', async () => {
    const { ask } = await above();
    await ask(PAUSE);
    const { sets, sentence } = await ask({ command: 'status' });
    expect(sets![0]!.pauses).toEqual([
      { what: 'every pair', owner: 'ana', reason: 'works', until: '2026-11-22T10:30:00.000Z' },
    ]);
    expect(sentence).toContain(', every pair paused by ana until 2026-11-22T10:30:00.000Z');
  });

  test('of which nobody knows are shown by status as not known', async () => {
    const { shared, ask } = await above();
    shared.faults.failAlways('pause', new Error('no answer'));
    const { sets, sentence } = await ask({ command: 'status' });
    const unknown =
      'whether every pair is paused is not known, which counts as a pause: shared table mm2-failover-shared could not be read: no answer';
    expect(sets![0]!.pauseUnknown).toBe(unknown);
    expect(sentence).toContain(`, ${unknown}; the failover`);
  });

  test.each([
    ['set', PAUSE, 'putPause'],
    ['ended', { command: 'unpause', all: true }, 'removePause'],
    ['looked up', { command: 'unpause', all: true }, 'pause'],
  ] as const)('that cannot be %s are refused, with what is left to do', async (_story, command, method) => {
    const { shared, ask } = await above();
    await shared.putPause({ owner: 'bo', reason: 'works', untilMs, setAtMs: TEN_O_CLOCK });
    shared.faults.failAlways(method, new Error('no answer'));
    expect(await ask(command)).toMatchObject({
      kind: 'refused',
      sentence: expect.stringMatching(
        /^whether every pair is paused in eu-central-1 could not be changed: .*no answer; look at the status, and pause each pair for itself$/,
      ),
    });
  });

  test.each([
    ['and of a set', { clientSet: 'clients-k1' }, 'give either all or "clients-k1", not both'],
    ['and of a cluster', { cluster: 'K1' }, 'give either all or "K1", not both'],
  ])('%s are not understood', async (_story, about, sentence) => {
    expect(await (await above()).ask({ ...PAUSE, ...about })).toEqual({ kind: 'invalid', sentence });
  });

  test('are not understood where the configuration names no shared table', async () => {
    const { ports, ask } = await world();
    expect(await ask(PAUSE)).toMatchObject({
      kind: 'invalid',
      sentence: expect.stringContaining('names no shared table (shared.table)'),
    });
    expect(await ports.control.decisions('clients-k1', 5)).toEqual([]);
  });
});

describe('starts', () => {
  test('a start leads away from home, as a manual one', async () => {
    const { ports, ask } = await world({ state: stateOf(config) });
    const answer = await ask({ command: 'start', reason: 'K1 is on fire', by: 'ana', force: true });
    expect(answer.kind).toBe('done');
    expect(ports.workflows.started).toMatchObject([
      {
        machine: 'failover',
        input: {
          pair: 'orders',
          clientSet: 'clients-k1',
          move: 'failover',
          trigger: 'manual',
          requestedBy: 'ana',
          force: true,
          dryRun: false,
        },
      },
    ]);
    expect(answer.executions).toEqual([ports.workflows.started[0]!.execution]);
  });
  test('from the refuge it leads home', async () => {
    const { ports, ask } = await world({ state: stateOf(config, { phase: 'refuge' }) });
    await ask({ command: 'start', reason: 'K1 is back' });
    expect(ports.workflows.started).toMatchObject([{ machine: 'failback', input: { move: 'failback' } }]);
  });
  test('a whole cluster: every set whose home it is', async () => {
    const { ports, ask } = await world({ state: stateOf(config) });
    await ask({ command: 'start', cluster: 'K1', reason: 'K1 is on fire' });
    expect(ports.workflows.started.map(({ input }) => input.clientSet)).toEqual(['clients-k1']);
  });
  const ending = async (result: { output?: string; cause?: string }, command: string) => {
    const { ports, ask } = await world({ state: stateOf(config) });
    ports.clock.whilePaused(() => ports.workflows.end(ports.workflows.started[0]!.execution, result));
    return { ports, answer: await ask({ command, reason: 'test' }) };
  };
  test('a dry run is waited for and told in the words of its decision', async () => {
    const claim = { kind: 'dry-run', sentence: 'dry run: would move', reasons: ['G1 holds: K1 is down'] };
    const { ports, answer } = await ending({ output: JSON.stringify({ claim }) }, 'dry-run');
    expect(answer).toMatchObject({ kind: 'done', sentence: 'dry run: would move', reasons: ['G1 holds: K1 is down'] });
    expect(ports.workflows.started).toMatchObject([{ input: { dryRun: true } }]);
  });
  test.each([
    ['of somebody else does nothing', 'nothing', { kind: 'already-handled' }],
    ['that was waited for is the approval', 'done', { kind: 'already-handled', approvalGiven: true }],
    ['that is given up after its claim is refused', 'refused', { kind: 'aborted' }],
  ] as const)('a start %s', async (_story, kind, claim) => {
    const output = JSON.stringify({ claim: { ...claim, sentence: 'as it is', reasons: [] } });
    expect((await ending({ output }, 'start')).answer).toMatchObject({ kind, sentence: 'as it is' });
  });

  /** A start of which claim-move stores this record while operate waits. */
  const recorded = async (guards: Decision['guards'] | undefined, fields: object) => {
    const { ports, ask } = await world({ state: stateOf(config) });
    ports.clock.whilePaused(async (atMs) => {
      const [started] = ports.workflows.started;
      if (guards === undefined || started === undefined) return;
      const stored = { id: 'one', pair: 'orders', clientSet: 'clients-k1', atMs, epochSeen: 0, configVersion: 'v1' };
      const made = { move: 'failover', trigger: 'manual', requestedBy: 'ana', kind: 'claim' } as const;
      const inputs = { request: { execution: started.execution } };
      await ports.control.putDecision({
        ...stored,
        ...made,
        sentence: 'it moves as epoch 1',
        reasons: [],
        guards,
        inputs,
      });
    });
    return ask({ command: 'start', reason: 'K1 is on fire', by: 'ana', ...fields });
  };
  const LOSS = { id: 'G3', holds: true, sentence: '5 to 120 records may be lost; accepted by ana for this epoch' };
  const DOWN = { id: 'G1', holds: true, skipped: true, sentence: 'cluster:K1 is HEALTHY (skipped by force)' };
  test.each<readonly [string, Decision['guards'] | undefined, object, readonly string[]]>([
    ['force names each guard that it skipped', [DOWN, LOSS], { force: true }, [`G1: ${DOWN.sentence}`]],
    [
      'force that was not needed says so',
      [LOSS],
      { force: true },
      ['--force skipped nothing: no guard that it may skip stood in the way'],
    ],
    [
      'force says when nothing is decided yet',
      undefined,
      { force: true },
      ['which guards --force skips is not decided yet: look at its history'],
    ],
    ['who accepts a loss is told how much it may be', [DOWN, LOSS], { acceptDataLoss: true }, [`G3: ${LOSS.sentence}`]],
    [
      'a loss without a limit needs nobody to accept it',
      [DOWN],
      { acceptDataLoss: true },
      ['--accept-data-loss changed nothing: no limit is set'],
    ],
    ['a plain start has nothing to add', [DOWN, LOSS], {}, []],
  ])('%s', async (_story, guards, fields, reasons) => {
    expect((await recorded(guards, fields)).reasons).toEqual(reasons);
  });
  test('a start that goes on is told by its decision', async () =>
    expect((await recorded([], {})).sentence).toMatch(
      /^the failover of "clients-k1" is started as .+: it moves as epoch 1$/,
    ));

  test('a refused start tells what lifts each guard that is in the way', async () => {
    const { ports, ask } = await world({ state: stateOf(config) });
    const stored = { id: 'one', pair: 'orders', clientSet: 'clients-k1', atMs: 0, epochSeen: 0, configVersion: 'v1' };
    const made = { move: 'failover', trigger: 'manual', requestedBy: 'ana', kind: 'refused', inputs: {} } as const;
    const guards = [
      { id: 'PHASE', holds: true, sentence: 'home' },
      { id: 'G2-healthy', holds: false, sentence: 'cluster:K2 is UNKNOWN' },
    ];
    const sentence = 'failover is refused: cluster:K2 is UNKNOWN';
    await ports.control.putDecision({ ...stored, ...made, sentence, reasons: [], guards });
    ports.clock.whilePaused(() => ports.workflows.end(ports.workflows.started[0]!.execution, { cause: sentence }));
    expect(await ask({ command: 'start', reason: 'test' })).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringMatching(/^G2-healthy is lifted by: .+/)],
    });
  });
  test('a start that ends at once is told with its cause', async () =>
    expect((await ending({ cause: 'refused: G2-healthy: K2 is down' }, 'start')).answer).toMatchObject({
      kind: 'refused',
      sentence: 'the failover of "clients-k1" ended at once: refused: G2-healthy: K2 is down',
    }));
});

describe('status and history', () => {
  test('status shows the set, its question with commands, its clients and its regions', async () => {
    const { ports, ask } = await world({ question: held() });
    await ports.control.putAdoption(adoptionOf('producer', 'p1'));
    await ports.control.putVerdict({
      subject: 'cluster:K1',
      kind: 'CONFIRMED_DOWN',
      sinceMs: 0,
      judgedAtMs: 0,
      sentence: 'two vantages',
    });
    ports.routing.fault(K1_REGION, 'unreachable');
    const [set] = (await ask({ command: 'status' })).sets!;
    expect(set).toMatchObject({
      clientSet: 'clients-k1',
      phase: 'home',
      epoch: 1,
      open: { move: 'failover', published: false },
      question: {
        stage: 'Pin positions',
        commands: [
          'npx mm2-failover resume --pair orders --set clients-k1 --region eu-central-1 --epoch 1',
          'npx mm2-failover proceed --pair orders --set clients-k1 --region eu-central-1 --epoch 1',
          'npx mm2-failover abort --pair orders --set clients-k1 --region eu-central-1 --epoch 1',
        ],
      },
      verdicts: [{ subject: 'cluster:K1', kind: 'CONFIRMED_DOWN' }],
      clients: [{ clientId: 'p1', revision: 1 }],
      regions: [
        { region: K2_REGION, holds: 'nothing' },
        { region: K1_REGION, holds: 'unknown, unreachable: eu-west-1: fault injected' },
      ],
    });
  });
  test('status tells the tail of the newest move that left home', async () => {
    const { ports, ask } = await world();
    const left = { lower: '2', upper: '7', because: '' };
    await ports.control.putPositions('clients-k1', positionRecordOf({ partitions: { 0: keptPosition({ left }) } }));
    const [set] = (await ask({ command: 'status' })).sets!;
    expect(set?.tail).toMatchObject({ epoch: 1, partitions: ['billing orders-0: left 2 to 7'] });
  });
  test('status of a set that never left home tells of no tail', async () => {
    const { ask } = await world();
    expect((await ask({ command: 'status' })).sets?.[0]).not.toHaveProperty('tail');
  });
  test('status shows the readiness that is kept with the verdict of the set', async () => {
    const { ports, ask } = await world();
    const verdict = { subject: 'set:clients-k1', kind: 'NOT_READY', sinceMs: 0, judgedAtMs: 0, sentence: 'no' };
    await ports.control.putVerdict({ ...verdict, data: { readiness: documentOf() } });
    expect((await ask({ command: 'status' })).sets![0]!.readiness).toEqual(documentOf());
  });
  test('a verdict of a version that judged less has no readiness to show', async () => {
    const { ports, ask } = await world();
    const verdict = { subject: 'set:clients-k1', kind: 'READY', sinceMs: 0, judgedAtMs: 0, sentence: 'yes' };
    await ports.control.putVerdict({ ...verdict, data: { findings: ['G2-topics: old'] } });
    expect((await ask({ command: 'status' })).sets![0]).not.toHaveProperty('readiness');
  });
  test('a set without a first value says so', async () =>
    expect((await (await world({ state: null })).ask({ command: 'status' })).sentence).toBe(
      '"clients-k1" has no routing yet',
    ));
  test('a pause that is over is not shown', async () => {
    const { ask } = await world({
      state: stateOf(config, { pause: { owner: 'ana', reason: 'x', untilMs: TEN_O_CLOCK, setAtMs: 0 } }),
    });
    expect((await ask({ command: 'status' })).sets![0]!.pauses).toEqual([]);
  });
  test('history is newest first and no longer than asked for', async () => {
    const { ports, ask } = await world();
    await ask({ command: 'mode', mode: 'observe', reason: 'first' });
    ports.clock.advance(1_000);
    await ask({ command: 'mode', mode: 'approve', reason: 'second' });
    const answer = await ask({ command: 'history', limit: 1 });
    expect(answer.decisions).toMatchObject([
      { at: '2026-11-22T10:00:01.000Z', kind: 'mode', reasons: ['approve: second'] },
    ]);
  });
  test.each([
    ['mode', { mode: 'observe', reason: 'first' }],
    ['pause', { clientSet: 'clients-k1', reason: 'works', minutes: 5 }],
    ['pause', { reason: 'works', minutes: 5 }],
    ['acknowledge-cooldown', {}],
  ])('history calls a "%s" a setting, of no move', async (command, fields) => {
    const { ask } = await world();
    await ask({ command, ...fields });
    const [entry] = (await ask({ command: 'history' })).decisions!;
    expect(entry).toMatchObject({ kind: command, about: 'setting' });
    expect(entry).not.toHaveProperty('move');
  });
  test('history calls an answer by the move that it answers', async () => {
    const { ask } = await world({ question: held() });
    await ask({ command: 'resume' });
    expect((await ask({ command: 'history' })).decisions).toMatchObject([
      { kind: 'resume', about: 'move', move: 'failover' },
    ]);
  });
});

test.each([
  ['a payload', 'x'.repeat(5_000)],
  ['a command', { command: 'x'.repeat(5_000) }],
  ['a field', { command: 'mode', clientSet: 'clients-k1', mode: 'x'.repeat(5_000), reason: 'why not' }],
  ['an unknown field', { command: 'status', ['x'.repeat(5_000)]: 1 }],
])('%s of 5,000 characters is not repeated in full', async (_story, payload) => {
  const { ask } = await world();
  expect((await ask(payload)).sentence.length).toBeLessThan(500);
});

describe('taking up an epoch whose execution nobody knows', () => {
  const EXECUTION = claimOf().execution;
  const command = { command: 'take-up', clientSet: 'clients-k1', reason: 'the machine was deleted', by: 'ana' };

  test('starts an execution in its place, in the name of who asked', async () => {
    const { ports, ask } = await world();
    expect(await ask(command)).toMatchObject({ kind: 'done', executions: [ports.workflows.started[0]!.execution] });
    expect(ports.workflows.started).toMatchObject([
      {
        machine: 'failover',
        input: {
          clientSet: 'clients-k1',
          takeUp: 1,
          takeUpBy: { by: 'ana', reason: 'the machine was deleted', inPlaceOf: EXECUTION },
        },
      },
    ]);
  });

  test('is recorded with who and why before it is done', async () => {
    const { ports, ask } = await world();
    ports.workflows.faults.failAlways('start');
    await expect(ask(command)).rejects.toThrow();
    expect(await ports.control.decisions('clients-k1', 5)).toMatchObject([
      { kind: 'take-up', requestedBy: 'ana', reasons: ['the machine was deleted'] },
    ]);
  });

  test('is refused while the execution is known to run', async () => {
    const { ports, ask } = await world();
    ports.workflows.running(EXECUTION);
    expect(await ask(command)).toMatchObject({ kind: 'refused', sentence: expect.stringContaining('still runs') });
    expect(ports.workflows.started).toEqual([]);
  });

  test('is refused while it is being taken up', async () => {
    const { ports, ask } = await world();
    await ask(command);
    expect(await ask(command)).toMatchObject({
      kind: 'refused',
      sentence: expect.stringContaining('is being taken up'),
    });
    expect(ports.workflows.started).toHaveLength(1);
  });

  test.each<readonly [string, SetState, object]>([
    ['nothing is open', stateOf(config), {}],
    ['another epoch is open', claimedState(config), { epoch: 7 }],
  ])('does nothing when %s', async (_story, state, extra) => {
    const { ports, ask } = await world({ state });
    expect((await ask({ ...command, ...extra })).kind).toBe('nothing');
    expect(ports.workflows.started).toEqual([]);
  });

  test('needs a reason', async () => {
    const { ask } = await world();
    expect((await ask({ command: 'take-up', clientSet: 'clients-k1' })).kind).toBe('invalid');
  });
});
