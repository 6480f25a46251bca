import { expect, test } from '@jest/globals';
import { OperateAnswer } from '../../../core/contracts/operate.ts';
import { operate } from '../../../lambdas/operate/operate.ts';
import { claimedState, claimOf, K2_REGION, pairConfig, TEN_O_CLOCK } from '../../support/builders/pair.ts';
import { fakePorts } from '../../support/fakes/ports.ts';

const UNDO = { command: 'undo', clientSet: 'clients-k1', reason: 'the works are called off', by: 'ada' };

interface At {
  readonly published?: boolean;
  readonly held?: boolean;
  readonly set?: object;
  readonly phase?: 'home' | 'leaving' | 'refuge';
}

async function world({ published = true, held = false, set = {}, phase = 'leaving' }: At = {}) {
  const config = pairConfig(set);
  const ports = fakePorts();
  const open = claimOf({ move: 'switchover', published });
  await ports.control.writeSet({ ...claimedState(config, { open, phase }), version: 1 });
  if (held) {
    await ports.control.putQuestion('clients-k1', {
      question: 'hold',
      epoch: 1,
      stage: 'Await adoption (leaving)',
      taskToken: 'token-1',
      askedAtMs: TEN_O_CLOCK,
      sentence: 'producer p2 has not left',
      reasons: [],
    });
    ports.workflows.waiting('token-1');
  }
  const run = operate(ports, config, { region: K2_REGION, configVersion: 'v1' });
  return {
    ports,
    undoOf: async () => (await ports.control.readSet('clients-k1'))?.open?.undo,
    ask: async (payload: unknown) => OperateAnswer.parse(await run(payload)),
  };
}

test('undo is kept in the claim, and recorded with who asked and why', async () => {
  const { ask, undoOf, ports } = await world();
  expect(await ask(UNDO)).toMatchObject({ kind: 'done', sentence: expect.stringContaining('leads home') });
  expect(await undoOf()).toEqual({ by: 'ada', reason: 'the works are called off', atMs: TEN_O_CLOCK });
  expect((await ports.control.decisions('clients-k1', 1))[0]).toMatchObject({ kind: 'undo', requestedBy: 'ada' });
});

test('a held switchover is woken, so that it looks at once', async () => {
  const { ask, ports } = await world({ held: true });
  await ask(UNDO);
  expect(ports.workflows.answers).toEqual([{ taskToken: 'token-1', output: { kind: 'resume', by: 'ada' } }]);
  expect(await ports.control.question('clients-k1')).toBeNull();
});

test('one that is held before its first publish is woken too: its next step sees it', async () => {
  const { ask, ports } = await world({ held: true, published: false, phase: 'home' });
  await ask(UNDO);
  expect(ports.workflows.answers.map(({ output }) => output.kind)).toEqual(['resume']);
});

test('asked a second time it wakes the switchover again, and says that it is known', async () => {
  const { ask, ports, undoOf } = await world();
  await ask(UNDO);
  expect(await ask({ ...UNDO, by: 'bob' })).toMatchObject({
    kind: 'nothing',
    sentence: expect.stringContaining('by ada'),
  });
  expect((await undoOf())?.by).toBe('ada');
  expect((await ports.control.decisions('clients-k1', 9)).map(({ kind }) => kind)).toEqual(['undo']);
});

test.each([
  ['consumers are told to go', { phase: 'refuge' as const }, 'told to go'],
  [
    'records lie where nobody reads them',
    { set: { groups: [{ id: 'audit', mode: 'home-only' }] } },
    'audit (home-only)',
  ],
])('it is refused, and nothing is recorded, when %s', async (_story, at, sentence) => {
  const { ask, undoOf, ports } = await world(at);
  expect(await ask(UNDO)).toMatchObject({ kind: 'refused', sentence: expect.stringContaining(sentence) });
  expect(await undoOf()).toBeUndefined();
  expect(await ports.control.decisions('clients-k1', 9)).toEqual([]);
});

test('it is refused when the last publish comes in between', async () => {
  const { ask, undoOf, ports } = await world();
  const readSet = ports.control.readSet.bind(ports.control);
  let reads = 0;
  ports.control.readSet = async (name) => {
    const state = await readSet(name);
    // The judging reads first, the record of the command second, the write third.
    return (reads += 1) < 3 || state === null ? state : { ...state, phase: 'refuge' };
  };
  expect((await ask(UNDO)).kind).toBe('refused');
  ports.control.readSet = readSet;
  expect(await undoOf()).toBeUndefined();
});

test('an undo for another epoch does nothing', async () => {
  const { ask, undoOf } = await world();
  expect(await ask({ ...UNDO, epoch: 7 })).toMatchObject({ kind: 'nothing' });
  expect(await undoOf()).toBeUndefined();
});
