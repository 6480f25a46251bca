/** Every story a workflow can tell, with scripted answers: only the arrows are under test. */
import { describe, expect, test } from '@jest/globals';
import { STEP_KINDS, type StepName } from '../../core/contracts/workflow.ts';
import { configOf, definitionOf, synthesize } from '../support/synthesized.ts';
import { type Answer, run, silence } from '../support/workflow-run.ts';

const stack = synthesize(configOf('two-regions-witness')).get('eu-west-1')!;
const failover = definitionOf(stack, 'failover');
const failback = definitionOf(stack, 'failback');
const input = { pair: 'orders', clientSet: 'clients-k1', reason: 'a story' };

const WELL: Readonly<Record<string, string>> = {
  'claim-move': 'claimed',
  'ask-operator': 'resume',
  'pin-positions': 'pinned',
  'publish-routing': 'published',
  'await-adoption': 'adopted',
  'measure-drain': 'drained',
  'restore-positions': 'restored',
  'conclude-move': 'concluded',
};
const stepOf = (state: string): string =>
  state
    .replace(/ \(.*\)$/, '')
    .toLowerCase()
    .replaceAll(' ', '-');
const result = (kind: string) => ({
  kind,
  sentence: `the answer was ${kind}`,
  reasons: ['r'],
  waitSeconds: 1,
  by: 'anna',
  pair: 'orders',
  clientSet: 'clients-k1',
  move: 'failover',
  epoch: 3,
});

/** Per state: the kinds it answers visit after visit (the last one for good), or what it does. Everything else goes well. */
type Script = Readonly<Record<string, readonly string[] | Answer>>;
const scripted =
  (script: Script): Answer =>
  (state, payload, visit) => {
    const line = script[state];
    if (typeof line === 'function') return line(state, payload, visit);
    return result(line?.[Math.min(visit, line.length) - 1] ?? WELL[stepOf(state)]!);
  };
const broken: Answer = () => {
  throw new Error('the table is throttled');
};

const FAILOVER = [
  'Claim move',
  'Pin positions',
  'Publish routing (draining)',
  'Await adoption (draining)',
  'Measure drain',
  'Publish routing (refuge)',
  'Await adoption (refuge)',
  'Conclude move',
];
const FAILBACK = [
  'Claim move',
  'Publish routing (returning consumers)',
  'Await adoption (returning consumers)',
  'Restore positions',
  'Publish routing (returning producers)',
  'Await adoption (returning producers)',
  'Measure drain (fence)',
  'Publish routing (home)',
  'Await adoption (home)',
  'Conclude move',
];

describe('when all goes well', () => {
  test('a failover walks its steps in order', async () => {
    expect(await run(failover, input, scripted({}))).toEqual({
      status: 'SUCCEEDED',
      tasks: FAILOVER,
      end: 'The clients are served by their refuge',
    });
  });

  test('a failback walks its steps in order', async () => {
    expect(await run(failback, input, scripted({}))).toEqual({
      status: 'SUCCEEDED',
      tasks: FAILBACK,
      end: 'The clients are home again',
    });
  });

  test('a failback skips the first wait where nobody reads the remote topic', async () => {
    const { tasks } = await run(failback, input, scripted({ 'Publish routing (returning consumers)': ['not-needed'] }));
    expect(tasks).toEqual(FAILBACK.filter((task) => task !== 'Await adoption (returning consumers)'));
  });

  test('a failover waits while clients adopt and while the remote topic drains', async () => {
    const { tasks } = await run(
      failover,
      input,
      scripted({
        'Await adoption (draining)': ['waiting', 'waiting', 'stragglers'],
        'Measure drain': ['draining', 'cut-over'],
      }),
    );
    expect(tasks.filter((task) => task.startsWith('Await adoption (draining)') || task === 'Measure drain')).toEqual([
      'Await adoption (draining)',
      'Await adoption (draining)',
      'Await adoption (draining)',
      'Measure drain',
      'Measure drain',
    ]);
  });
});

describe('what steps are told', () => {
  test('claim-move gets the input as it was typed, whatever it is', async () => {
    for (const typed of [input, [1, 2], 'nonsense', {}, 7]) {
      const told: unknown[] = [];
      await run(
        failover,
        typed,
        scripted({ 'Claim move': (_state, payload) => (told.push(payload), result('invalid')) }),
      );
      expect(told).toEqual([
        {
          machine: 'failover',
          input: typed,
          execution: 'arn:aws:states:eu-west-1:000000000000:execution:test:1',
          startedAt: '2026-11-22T10:00:00.000Z',
        },
      ]);
    }
  });

  test.each([
    ['failover', 'Pin positions', 'draining', 'everyone'],
    ['failover', 'Publish routing (draining)', 'draining', 'everyone'],
    ['failover', 'Publish routing (refuge)', 'refuge', 'everyone'],
    ['failback', 'Publish routing (returning consumers)', 'returning', 'consumers'],
    ['failback', 'Publish routing (returning producers)', 'returning', 'producers'],
    ['failback', 'Publish routing (home)', 'home', 'everyone'],
  ] as const)('in a %s "%s" is about phase %s for %s', async (machine, state, phase, target) => {
    const told: unknown[] = [];
    await run(
      machine === 'failover' ? failover : failback,
      input,
      scripted({ [state]: (_state, payload) => (told.push(payload), result('superseded')) }),
    );
    expect(told).toEqual([
      {
        pair: 'orders',
        clientSet: 'clients-k1',
        move: 'failover',
        epoch: 3,
        execution: 'arn:aws:states:eu-west-1:000000000000:execution:test:1',
        stage: state,
        phase,
        target,
      },
    ]);
  });
});

describe('the claim', () => {
  test.each([
    ['already-handled', 'SUCCEEDED', 'The move was handled already'],
    ['dry-run', 'SUCCEEDED', 'A dry run ends here'],
    ['stale', 'FAILED', 'The request is out of date'],
    ['refused', 'FAILED', 'The move is refused'],
    ['declined', 'SUCCEEDED', 'What a rule asked for is refused'],
    ['invalid', 'FAILED', 'The input is wrong'],
  ])('%s ends %s in "%s"', async (kind, status, end) => {
    expect(await run(failover, input, scripted({ 'Claim move': [kind] }))).toMatchObject({
      status,
      end,
      tasks: ['Claim move'],
    });
  });

  test('a refusal carries the sentence of the refusal as its cause', async () => {
    expect(await run(failover, input, scripted({ 'Claim move': ['refused'] }))).toMatchObject({
      error: 'Refused',
      cause: 'the answer was refused',
    });
  });

  test('an unconfirmed alarm is asked about again, without a claim', async () => {
    const { tasks } = await run(failover, input, scripted({ 'Claim move': ['unconfirmed', 'unconfirmed', 'refused'] }));
    expect(tasks).toEqual(['Claim move', 'Claim move', 'Claim move']);
  });

  test('a claim that cannot be judged ends after its retries, and asks nobody', async () => {
    expect(await run(failover, input, scripted({ 'Claim move': broken }))).toMatchObject({
      status: 'FAILED',
      error: 'ClaimNotJudged',
      tasks: ['Claim move'],
    });
  });

  test('an answer that no arrow knows ends in UnknownKind', async () => {
    expect(await run(failover, input, scripted({ 'Claim move': ['perhaps'] }))).toMatchObject({
      status: 'FAILED',
      error: 'UnknownKind',
    });
  });
});

describe('an approval', () => {
  const approvalNeeded = { 'Claim move': ['approval-needed'] };

  test('that is given leads to a second judgement, which learns who approved', async () => {
    const told: unknown[] = [];
    const { tasks } = await run(
      failover,
      input,
      scripted({
        ...approvalNeeded,
        'Ask operator (approval)': ['approve'],
        'Claim move (after the approval)': (_state, payload) => (told.push(payload['approvedBy']), result('claimed')),
      }),
    );
    expect(told).toEqual(['anna']);
    expect(tasks).toEqual([
      'Claim move',
      'Ask operator (approval)',
      'Claim move (after the approval)',
      ...FAILOVER.slice(1),
    ]);
  });

  test.each([
    ['that is refused', { 'Ask operator (approval)': ['reject'] }],
    ['that nobody answers', { 'Ask operator (approval)': silence }],
    ['that cannot be asked for', { 'Ask operator (approval)': broken }],
    [
      'that comes when home is well again',
      { 'Ask operator (approval)': ['approve'], 'Claim move (after the approval)': ['aborted'] },
    ],
  ])('%s ends with nothing done', async (_story, script) => {
    const ended = await run(failover, input, scripted({ ...approvalNeeded, ...script }));
    expect(ended).toMatchObject({ status: 'SUCCEEDED', end: 'The move was aborted' });
    expect(ended.tasks.at(-1)).toBe('Conclude move (aborted)');
    expect(ended.tasks).not.toContain('Pin positions');
  });
});

describe.each([
  ['failover', failover, FAILOVER],
  ['failback', failback, FAILBACK],
] as const)('a hold in a %s', (_machine, definition, steps) => {
  const stages = steps.slice(1);

  test.each(stages)('at "%s" that is resumed runs the same stage again', async (stage) => {
    const { tasks, status } = await run(
      definition,
      input,
      scripted({ [stage]: (_state, _payload, visit) => result(visit === 1 ? 'held' : WELL[stepOf(stage)]!) }),
    );
    const at = steps.indexOf(stage);
    expect(tasks).toEqual([...steps.slice(0, at + 1), `Ask operator (${stage})`, ...steps.slice(at)]);
    expect(status).toBe('SUCCEEDED');
  });

  test.each(stages)('at "%s" that is told to proceed goes to the next stage', async (stage) => {
    const { tasks, status } = await run(
      definition,
      input,
      scripted({ [stage]: ['held'], [`Ask operator (${stage})`]: ['proceed'] }),
    );
    const at = steps.indexOf(stage);
    expect(tasks).toEqual([...steps.slice(0, at + 1), `Ask operator (${stage})`, ...steps.slice(at + 1)]);
    expect(status).toBe('SUCCEEDED');
  });

  test.each(stages)('at "%s" that is aborted concludes at once', async (stage) => {
    const ended = await run(definition, input, scripted({ [stage]: ['held'], [`Ask operator (${stage})`]: ['abort'] }));
    expect(ended).toMatchObject({ status: 'SUCCEEDED', end: 'The move was aborted' });
    expect(ended.tasks.at(-1)).toBe('Conclude move (aborted)');
  });

  test.each(stages)('follows when "%s" fails for longer than its retries, and tells why', async (stage) => {
    const asked: unknown[] = [];
    const ask: Answer = (_state, payload) => (asked.push(payload), result('abort'));
    await run(definition, input, scripted({ [stage]: broken, [`Ask operator (${stage})`]: ask }));
    expect(asked).toEqual([
      expect.objectContaining({
        question: 'hold',
        stage,
        taskToken: 'token',
        because: { Error: 'Error', Cause: 'the table is throttled' },
      }),
    ]);
  });

  test.each(stages)('a superseded owner stops at "%s"', async (stage) => {
    const ended = await run(definition, input, scripted({ [stage]: ['superseded'] }));
    expect(ended).toMatchObject({ status: 'SUCCEEDED', end: 'Another execution owns this move now' });
    expect(ended.tasks.at(-1)).toBe(stage);
  });
});

describe('a hold', () => {
  test('that nobody answers is announced again', async () => {
    const ask: Answer = (_state, _payload, visit) => (visit < 3 ? silence() : result('resume'));
    const { tasks } = await run(
      failover,
      input,
      scripted({
        'Pin positions': (_s, _p, visit) => result(visit === 1 ? 'held' : 'pinned'),
        'Ask operator (Pin positions)': ask,
      }),
    );
    expect(tasks.filter((task) => task === 'Ask operator (Pin positions)')).toHaveLength(3);
  });

  test('still knows why it was held after a reminder', async () => {
    const because: unknown[] = [];
    const ask: Answer = (_state, payload, visit) => (
      because.push((payload['because'] as { kind: string }).kind),
      visit < 2 ? silence() : result('abort')
    );
    await run(failover, input, scripted({ 'Pin positions': ['held'], 'Ask operator (Pin positions)': ask }));
    expect(because).toEqual(['held', 'held']);
  });

  test('does not take an approval for an answer', async () => {
    const { tasks } = await run(
      failover,
      input,
      scripted({ 'Pin positions': ['held'], 'Ask operator (Pin positions)': ['approve', 'reject', 'abort'] }),
    );
    expect(tasks.filter((task) => task === 'Ask operator (Pin positions)')).toHaveLength(3);
  });

  test('of an abort that came too late leads forward through stages that are true already', async () => {
    const { tasks, end } = await run(
      failover,
      input,
      scripted({
        'Measure drain': (_s, _p, visit) => result(visit === 1 ? 'held' : 'drained'),
        'Ask operator (Measure drain)': ['abort'],
        'Conclude move (aborted)': ['held'],
        'Ask operator (Conclude move (aborted))': ['proceed'],
      }),
    );
    expect(tasks.slice(tasks.indexOf('Conclude move (aborted)') + 2)).toEqual(FAILOVER.slice(1));
    expect(end).toBe('The clients are served by their refuge');
  });
});

test('every kind of every step is told by a story above or leads on by itself', () => {
  const arrows = new Set(
    [failover, failback].flatMap((definition) =>
      Object.values(definition.States).flatMap(({ Choices }) =>
        (Choices ?? []).map(({ StringEquals }) => StringEquals),
      ),
    ),
  );
  expect(
    (Object.keys(STEP_KINDS) as StepName[])
      .flatMap((step) => [...STEP_KINDS[step]])
      .filter((kind) => !arrows.has(kind)),
  ).toEqual([]);
});
