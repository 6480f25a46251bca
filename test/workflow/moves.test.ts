/** The synthesized workflows over the real use cases: whole moves, and moves interrupted after every step. */
import { describe, expect, test } from '@jest/globals';
import type { Run } from '../support/workflow-run.ts';
import { answersOf, endState, interruptedAt, move, OUTAGE, RETURN, SET } from './moving.ts';
import { lostHome, type World } from './world.ts';

/** Lost home, moved away, home back again. */
async function awayFromHome(set: object = {}): Promise<World> {
  const world = await lostHome(set);
  expect(await move(world, 'failover', OUTAGE)).toMatchObject({ end: 'The clients are served by their refuge' });
  await world.recover();
  return world;
}

describe('a failover over real use cases', () => {
  test('takes the clients to the refuge: first to the remote topic, then to the local one', async () => {
    const world = await lostHome();
    expect(await move(world, 'failover', OUTAGE)).toMatchObject({
      status: 'SUCCEEDED',
      end: 'The clients are served by their refuge',
    });
    expect(await endState(world)).toMatchObject({
      epoch: 1,
      phase: 'refuge',
      revision: 3,
      open: 'nothing',
      published: ['1 home K1 K1 local', '2 draining K2 K2 remote', '3 refuge K2 K2 local'],
      // From the seed 5 (home position 8) to the end of what was copied.
      remote: '8',
      finished: ['1 failover done'],
    });
  });

  test('holds producers until the drain is done, where order per key is promised', async () => {
    const world = await lostHome({ ordering: 'per-key' });
    await move(world, 'failover', OUTAGE);
    expect(
      world.ports.routing.written
        .filter(({ region }) => region === 'eu-central-1')
        .map(({ routing }) => routing.producers.state),
    ).toEqual(['active', 'hold', 'active']);
  });

  test('of a set in mode approve waits for a person and then goes on', async () => {
    const world = await lostHome();
    const state = await world.ports.control.readSet(SET);
    await world.ports.control.writeSet({ ...state!, mode: 'approve', version: state!.version + 1 });
    world.alwaysAnswers('approve');
    const ended = await move(world, 'failover', OUTAGE);
    expect(ended.tasks.slice(0, 4)).toEqual([
      'Claim move',
      'Ask operator (approval)',
      'Claim move (after the approval)',
      'Pin positions',
    ]);
    expect(ended.end).toBe('The clients are served by their refuge');
  });

  test('that is rejected leaves everything as it was, under no claim', async () => {
    const world = await lostHome();
    const state = await world.ports.control.readSet(SET);
    await world.ports.control.writeSet({ ...state!, mode: 'approve', version: state!.version + 1 });
    world.alwaysAnswers('reject');
    expect(await move(world, 'failover', OUTAGE)).toMatchObject({ end: 'The move was aborted' });
    expect(await endState(world)).toMatchObject({
      phase: 'home',
      revision: 1,
      open: 'nothing',
      published: ['1 home K1 K1 local'],
    });
  });

  test('that waits for a person gives way to the same move once a rule needs none: the clients move once', async () => {
    const world = await lostHome();
    const mode = async (mode: 'approve' | 'automatic') => {
      const state = await world.ports.control.readSet(SET);
      await world.ports.control.writeSet({ ...state!, mode, version: state!.version + 1 });
    };
    await mode('approve');
    let byRule: Promise<Run> | undefined;
    world.person = async () => {
      await mode('automatic');
      // Looks again when the epoch that waited is closed.
      const meanwhile = async (answered: number) => {
        if (answered > 0) await waited;
      };
      byRule = move(world, 'failover', { ...OUTAGE, expectedEpoch: 1 }, { meanwhile });
      while (world.ports.workflows.answers.length === 0) await new Promise(setImmediate);
    };
    const waited = move(world, 'failover', OUTAGE);
    expect((await waited).end).toBe('The move was aborted');
    expect((await byRule)?.end).toBe('The clients are served by their refuge');
    expect(await endState(world)).toMatchObject({ epoch: 2, phase: 'refuge', open: 'nothing', question: 'none' });
  });

  test('that finds the refuge unreachable is held, and goes on when a person resumes', async () => {
    const world = await lostHome();
    world.k2.isUp = false;
    world.alwaysAnswers('resume');
    const resume = world.person;
    world.person = async (command) => {
      world.k2.isUp = true;
      await resume(command);
    };
    const ended = await move(world, 'failover', OUTAGE);
    expect(ended.tasks.slice(0, 4)).toEqual([
      'Claim move',
      'Pin positions',
      'Ask operator (Pin positions)',
      'Pin positions',
    ]);
    expect(ended.end).toBe('The clients are served by their refuge');
  });

  test('that is held before its first publish can be aborted', async () => {
    const world = await lostHome();
    world.k2.isUp = false;
    world.alwaysAnswers('abort');
    expect(await move(world, 'failover', OUTAGE)).toMatchObject({ end: 'The move was aborted' });
    world.k2.isUp = true;
    expect(await endState(world)).toMatchObject({
      phase: 'home',
      open: 'nothing',
      published: ['1 home K1 K1 local'],
      finished: ['1 failover aborted'],
    });
  });

  test('that a veto hook refuses after the approval is aborted, with nothing published', async () => {
    const world = await lostHome({
      mode: 'approve',
      hooks: { veto: 'arn:aws:lambda:eu-central-1:111122223333:function:may-we-move' },
    });
    const state = await world.ports.control.readSet(SET);
    await world.ports.control.writeSet({ ...state!, mode: 'approve', version: state!.version + 1 });
    world.ports.hooks.replies({ kind: 'answered', answer: { veto: true, reason: 'closing of the books' } });
    world.alwaysAnswers('approve');
    expect(await move(world, 'failover', OUTAGE)).toMatchObject({
      end: 'The move was aborted',
      tasks: ['Claim move', 'Ask operator (approval)', 'Claim move (after the approval)', 'Conclude move (aborted)'],
    });
    expect(await endState(world)).toMatchObject({ open: 'nothing', published: ['1 home K1 K1 local'] });
  });

  test('that could not be finished is refused before it begins', async () => {
    const world = await lostHome();
    world.ports.scratch.breakRegion('eu-central-1');
    const ended = await move(world, 'failover', OUTAGE);
    expect(ended).toMatchObject({ end: 'What a rule asked for is refused', tasks: ['Claim move'] });
    expect(await endState(world)).toMatchObject({ epoch: 0, published: ['1 home K1 K1 local'] });
  });

  test('that a person rejected does not start again for the same incident, but for the next one', async () => {
    const world = await lostHome();
    const state = await world.ports.control.readSet(SET);
    await world.ports.control.writeSet({ ...state!, mode: 'approve', version: state!.version + 1 });
    world.alwaysAnswers('reject');
    const report = (epoch: number, incidentId: string) => ({ ...OUTAGE, expectedEpoch: epoch, incidentId });
    expect((await move(world, 'failover', report(0, 'outage-1'))).end).toBe('The move was aborted');
    await world.pass(60);
    const again = await move(world, 'failover', report(1, 'outage-1'));
    expect(again).toMatchObject({ end: 'What a rule asked for is refused', tasks: ['Claim move'] });
    world.alwaysAnswers('approve');
    expect((await move(world, 'failover', report(1, 'outage-2'))).end).toBe('The clients are served by their refuge');
  });

  test('ten reports of one outage make one move', async () => {
    const world = await lostHome();
    const ended = [];
    for (let i = 0; i < 10; i += 1) ended.push((await move(world, 'failover', OUTAGE)).end);
    expect(ended).toEqual([
      'The clients are served by their refuge',
      ...Array<string>(9).fill('The move was handled already'),
    ]);
    expect(await endState(world)).toMatchObject({ epoch: 1, revision: 3 });
  });

  test.each([[{}], [[]], ['nonsense'], [7], [{ pair: 'orders', clientSet: 'nobody', reason: 'typo' }]])(
    'of input %j ends at once and says what is allowed',
    async (input) => {
      const world = await lostHome();
      const ended = await move(world, 'failover', input);
      expect(ended).toMatchObject({ status: 'FAILED', error: 'Invalid', tasks: ['Claim move'] });
      expect(ended.cause?.length).toBeGreaterThan(20);
    },
  );

  test('as a dry run writes nothing', async () => {
    const world = await lostHome();
    expect(await move(world, 'failover', { ...OUTAGE, trigger: 'manual', dryRun: true })).toMatchObject({
      end: 'A dry run ends here',
    });
    expect(await endState(world)).toMatchObject({ epoch: 0, revision: 1, phase: 'home' });
  });
});

describe('a failback over real use cases', () => {
  test('takes the clients home, where they go on right behind what they read at the refuge', async () => {
    const world = await awayFromHome();
    const ended = await move(world, 'failback', RETURN);
    expect(ended).toMatchObject({ status: 'SUCCEEDED', end: 'The clients are home again' });
    // d = 8 in the remote topic is 11 at home: the first record of the tail.
    expect((await world.ports.control.positions(SET, 1))[0]?.partitions['0']).toMatchObject({
      homeCommit: '8',
      seed: '5',
      drained: '8',
      restore: '11',
      tail: '2',
      reprocess: { atMost: '0', because: 'by the offset syncs' },
    });
    expect(world.ports.notifier.messages.at(-1)?.body).toContain('Processed again at most: 0 record(s)\n');
    expect(await endState(world)).toMatchObject({
      epoch: 2,
      phase: 'home',
      open: 'nothing',
      published: [
        '1 home K1 K1 local',
        '2 draining K2 K2 remote',
        '3 refuge K2 K2 local',
        '4 returning K1 K2 local',
        '5 home K1 K1 local',
      ],
      atHome: '13',
      // The late tail came into the remote topic after home's return and stays unread there.
      remote: '8',
      finished: ['1 failover done', '2 failback done'],
    });
  });
});

describe.each([
  ['failover', 'availability', () => lostHome(), OUTAGE],
  ['failover', 'per-key', () => lostHome({ ordering: 'per-key' }), OUTAGE],
  ['failback', 'availability', () => awayFromHome(), RETURN],
  ['failback', 'per-key', () => awayFromHome({ ordering: 'per-key' }), RETURN],
] as const)('a %s (%s)', (machine, _ordering, begin, input) => {
  test('interrupted after any answer and taken up by a new execution ends the same', async () => {
    const whole = await answersOf(machine, begin, input);
    const ends: unknown[] = [];
    for (let answers = 1; answers <= whole.tasks.length; answers += 1) {
      const { ended, state } = await interruptedAt(machine, answers, begin, input);
      ends.push([answers, whole.tasks[answers - 1], ended]);
      expect({ after: whole.tasks[answers - 1], state }).toEqual({
        after: whole.tasks[answers - 1],
        state: whole.state,
      });
    }
    expect(ends.length).toBeGreaterThan(machine === 'failover' ? 7 : 8);
    expect(ends.at(-1)).toEqual([whole.tasks.length, 'Conclude move', 'nothing was open']);
  }, 60_000);

  test('whose functions all run twice ends the same', async () => {
    const whole = await answersOf(machine, begin, input);
    const world = await begin();
    expect((await move(world, machine, input, { twice: true })).status).toBe('SUCCEEDED');
    expect(await endState(world)).toEqual(whole.state);
  });

  test('that was taken up is nothing to the execution that owned it before', async () => {
    const world = await begin();
    const execution = 'arn:aws:states:eu-central-1:000000000000:execution:mm2-failover-orders-old:1';
    await move(world, machine, input, { execution, dropAfter: 2 });
    const [started] = await world.reconcile();
    await move(world, machine, started!.input, { execution: started!.execution });
    const before = await endState(world);
    expect((await move(world, machine, input, { execution })).status).not.toBe('ABORTED');
    expect(await endState(world)).toEqual(before);
  });
});
