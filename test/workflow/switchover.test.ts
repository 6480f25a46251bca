/** Switchovers over the real use cases: nothing is left at home, nothing is processed twice; taken back; home by failback. */
import { describe, expect, test } from '@jest/globals';
import { undoClaim } from '../../core/move/claim.ts';
import { answersOf, endState, interruptedAt, move, OUTAGE, SET } from './moving.ts';
import { bothAlive } from './alive.ts';
import type { World } from './world.ts';

const LEAVE = { pair: 'orders', clientSet: SET, move: 'switchover', reason: 'K1 gets new disks', requestedBy: 'ada' };
const RETURN = { pair: 'orders', clientSet: SET, move: 'failback', reason: 'K1 has new disks', requestedBy: 'ada' };
const HOME_ONLY = { groups: [{ id: 'billing', mode: 'home-only' }] };

const endOf = async (world: World, cluster: 'k1' | 'k2') =>
  (await world[cluster].reader().ends(['orders'])).get('orders')!.get(0)!.highWatermark;

async function away(set: object = {}): Promise<World> {
  const world = await bothAlive(set);
  expect((await move(world, 'switchover', LEAVE)).end).toBe('The clients are served by their refuge');
  await world.pass(120);
  return world;
}

/** As `operate undo` stores it. */
async function takeBack(world: World): Promise<void> {
  const state = (await world.ports.control.readSet(SET))!;
  const undo = { by: 'ada', reason: 'the disks did not come', atMs: world.ports.clock.nowMs() };
  await world.ports.control.writeSet(undoClaim(state, undo));
}

describe('a switchover', () => {
  test('takes producers first, lets consumers finish at home, then takes them straight to the local topic', async () => {
    const world = await bothAlive();
    const ended = await move(world, 'switchover', LEAVE);
    expect(ended).toMatchObject({ status: 'SUCCEEDED', end: 'The clients are served by their refuge' });
    expect([...new Set(ended.tasks)]).toEqual([
      'Claim move',
      'Pin positions',
      'Publish routing (leaving)',
      'Await adoption (leaving)',
      'Measure drain (home)',
      'Publish routing (refuge)',
      'Await adoption (refuge)',
      'Conclude move',
    ]);
    expect(await endState(world)).toMatchObject({
      epoch: 1,
      phase: 'refuge',
      open: 'nothing',
      published: ['1 home K1 K1 local', '2 leaving K2 K1 local', '3 refuge K2 K2 local'],
      // Nobody ever read the remote topic.
      remote: 'undefined',
      finished: ['1 switchover done'],
    });
  });

  test('is over only when home is finished: C and u* are the fence, and no tail is left', async () => {
    const world = await away();
    const fence = String(await endOf(world, 'k1'));
    expect(String(world.k1.position('billing', 'orders', 0))).toBe(fence);
    expect((await world.ports.control.positions(SET, 1))[0]?.partitions['0']).toMatchObject({
      homeCommit: fence,
      restore: fence,
      homeEnd: fence,
      seed: null,
      drained: null,
      tail: '0',
    });
  });

  test('starts a home-only group at the refuge where its producers begin, whatever an earlier stay has left', async () => {
    const world = await bothAlive(HOME_ONLY);
    await move(world, 'switchover', LEAVE);
    // One record of clients 2 was there; everything behind it is the set's own.
    expect((await world.ports.control.positions(SET, 1))[0]?.partitions['0']?.localPin).toBe('1');
    for (let i = 0; i < 20; i += 1) await world.pass(1);
    expect(world.k2.position('billing', 'orders', 0)).toBe(await endOf(world, 'k2'));
  });

  test('holds producers until everything at home is finished, where order per key is promised', async () => {
    const world = await bothAlive({ ordering: 'per-key' });
    await move(world, 'switchover', LEAVE);
    expect(
      world.ports.routing.written
        .filter(({ region }) => region === 'eu-central-1')
        .map(({ routing }) => `${routing.phase} ${routing.producers.state}`),
    ).toEqual(['home active', 'leaving hold', 'refuge active']);
  });

  test('is held while somebody still writes at home', async () => {
    const world = await bothAlive({ drainDeadline: { afterSeconds: 30, then: 'cut-over' } });
    const asked: string[] = [];
    world.person = async () => {
      asked.push((await world.ports.control.question(SET))!.sentence);
      world.alwaysAnswers('resume');
      await world.person('resume');
    };
    const meanwhile = async (_answered: number, state: string) => {
      if (state === 'Measure drain (home)' && asked.length === 0)
        world.k1.append('orders', 0, [{ value: 'of a stray' }]);
    };
    const ended = await move(world, 'switchover', LEAVE, { meanwhile });
    expect(asked).toEqual([expect.stringContaining('the end of home is not final: somebody still writes to orders-0')]);
    expect(ended.end).toBe('The clients are served by their refuge');
    expect(world.k1.position('billing', 'orders', 0)).toBe(await endOf(world, 'k1'));
  });

  test('that no person asks for is refused', async () => {
    const world = await bothAlive();
    const ended = await move(world, 'switchover', { ...LEAVE, trigger: 'automatic' });
    expect(ended).toMatchObject({ end: 'What a rule asked for is refused', tasks: ['Claim move'] });
  });

  test('is refused while home is lost', async () => {
    const world = await bothAlive();
    world.k1.isUp = false;
    await world.look();
    const verdict = (await world.ports.control.verdict('cluster:K1'))!;
    await world.ports.control.putVerdict({ ...verdict, kind: 'CONFIRMED_DOWN', sentence: 'K1 is CONFIRMED_DOWN' });
    expect(await move(world, 'switchover', LEAVE)).toMatchObject({
      error: 'Refused',
      cause: expect.stringContaining('K1 is CONFIRMED_DOWN'),
    });
  });
});

describe('the way home after a switchover', () => {
  test('goes on at home where everybody had finished: nothing is skipped, nothing is repeated', async () => {
    const world = await away();
    const fence = await endOf(world, 'k1');
    const starts: unknown[] = [];
    const meanwhile = async (_answered: number, state: string) => {
      if (state === 'Publish routing (home)') starts.push(world.k1.position('billing', 'orders', 0));
    };
    expect((await move(world, 'failback', RETURN, { meanwhile })).end).toBe('The clients are home again');
    expect(starts).toEqual([fence]);
  });

  test('lets a home-only group finish at the refuge what its producers wrote there', async () => {
    const world = await away(HOME_ONLY);
    expect((await move(world, 'failback', RETURN)).end).toBe('The clients are home again');
    expect(world.k2.position('billing', 'orders', 0)).toBe(await endOf(world, 'k2'));
  });

  test('does not begin by itself: whoever sent the set away for a reason says when it is over', async () => {
    const world = await away();
    const ended = await move(world, 'failback', { ...RETURN, trigger: 'automatic', requestedBy: 'assess' });
    expect(ended).toMatchObject({ end: 'What a rule asked for is refused', tasks: ['Claim move'] });
  });
});

describe('a switchover that is taken back', () => {
  test.each([
    ['while producers leave', 'Await adoption (leaving)'],
    ['while consumers finish', 'Measure drain (home)'],
    ['right before consumers are told', 'Publish routing (refuge)'],
  ])('%s leads home again', async (_when, at) => {
    const world = await bothAlive();
    let taken = false;
    const meanwhile = async (_answered: number, state: string) => {
      if (state !== at || taken) return;
      taken = true;
      await takeBack(world);
    };
    const ended = await move(world, 'switchover', LEAVE, { meanwhile });
    expect(ended.end).toBe('The switchover is undone');
    expect(await endState(world)).toMatchObject({
      phase: 'home',
      open: 'nothing',
      published: ['1 home K1 K1 local', '2 leaving K2 K1 local', '3 home K1 K1 local'],
      finished: ['1 switchover undone'],
    });
  });

  test('before anything is published is aborted', async () => {
    const world = await bothAlive();
    const meanwhile = async (_answered: number, state: string) =>
      state === 'Pin positions' ? takeBack(world) : undefined;
    expect((await move(world, 'switchover', LEAVE, { meanwhile })).end).toBe('The move was aborted');
    expect(await endState(world)).toMatchObject({ open: 'nothing', published: ['1 home K1 K1 local'] });
  });

  test('may be followed by another one', async () => {
    const world = await bothAlive();
    let taken = false;
    const meanwhile = async (_answered: number, state: string) => {
      if (state !== 'Measure drain (home)' || taken) return;
      taken = true;
      await takeBack(world);
    };
    await move(world, 'switchover', LEAVE, { meanwhile });
    await world.pass(60);
    expect((await move(world, 'switchover', LEAVE)).end).toBe('The clients are served by their refuge');
    expect(await endState(world)).toMatchObject({ epoch: 2, phase: 'refuge' });
  });
});

describe.each([
  ['availability', {}],
  ['per-key', { ordering: 'per-key' }],
  ['home-only', HOME_ONLY],
] as const)('home lost while clients leave it (%s)', (_name, set) => {
  test('after any answer of the switchover: all that was copied is processed at the refuge, and what was written there', async () => {
    const steps = (await move(await bothAlive(set), 'switchover', LEAVE)).tasks;
    const seen = new Set<string>();
    for (let answers = 1; answers <= steps.length; answers += 1) {
      const world = await bothAlive(set);
      await move(world, 'switchover', LEAVE, { dropAfter: answers });
      await world.lose();
      const before = (await world.ports.control.readSet(SET))!;
      const asked = { ...OUTAGE, trigger: 'manual', expectedEpoch: before.epoch };
      const { end } = await move(world, 'failover', asked);
      seen.add(`${before.phase}: ${end}`);
      for (let i = 0; i < 20; i += 1) await world.pass(1);
      const after = steps[answers - 1];
      const { phase } = (await world.ports.control.readSet(SET))!;
      expect({ after, phase }).toEqual({ after, phase: 'refuge' });
      // Members that live at the refuge read the local topic of a shared group all the time.
      if (set === HOME_ONLY)
        expect({ after, local: world.k2.position('billing', 'orders', 0) }).toEqual({
          after,
          local: await endOf(world, 'k2'),
        });
      if (before.phase === 'refuge') continue;
      const remoteEnd = (await world.k2.reader().ends(['K1.orders'])).get('K1.orders')!.get(0)!.highWatermark;
      expect({ after, remote: world.k2.position('billing', 'K1.orders', 0) }).toEqual({ after, remote: remoteEnd });
    }
    expect(seen).toEqual(
      new Set([
        'home: The clients are served by their refuge',
        'leaving: The clients are served by their refuge',
        // Everybody is told to be there: the switchover that was cut off goes on, and meets nothing of home. The failover is another move.
        'refuge: The move is refused',
      ]),
    );
  });
});

/** Taken back as soon as consumers are looked at, whichever execution looks. */
async function takenBack(world: World): Promise<World> {
  const answer = world.answer.bind(world);
  let taken = false;
  Object.assign(world, {
    answer: async (state: string, payload: unknown) => {
      if (state === 'Measure drain (home)' && !taken) {
        taken = true;
        await takeBack(world);
      }
      return answer(state, payload);
    },
  });
  return world;
}

/** What p1 had written by when depends on how long a move took; where everybody stands does not. */
const withoutCounts = (state: unknown): unknown => {
  const { atHome: _home, local: _local, stored: _stored, ...rest } = state as Record<string, unknown>;
  return rest;
};

describe.each([
  ['switchover', 'availability', () => bothAlive(), LEAVE],
  ['switchover', 'per-key', () => bothAlive({ ordering: 'per-key' }), LEAVE],
  ['switchover', 'home-only', () => bothAlive(HOME_ONLY), LEAVE],
  ['switchover', 'taken back', async () => takenBack(await bothAlive()), LEAVE],
  ['failback', 'after a switchover', () => away(), RETURN],
] as const)('a %s (%s)', (machine, _what, begin, input) => {
  test('interrupted after any answer and taken up by a new execution ends the same', async () => {
    const whole = await answersOf(machine, begin, input);
    for (let answers = 1; answers <= whole.tasks.length; answers += 1) {
      const { state } = await interruptedAt(machine, answers, begin, input);
      expect({ after: whole.tasks[answers - 1], state: withoutCounts(state) }).toEqual({
        after: whole.tasks[answers - 1],
        state: withoutCounts(whole.state),
      });
    }
    expect(whole.tasks.length).toBeGreaterThan(7);
  }, 60_000);

  test('whose functions all run twice ends the same', async () => {
    const whole = await answersOf(machine, begin, input);
    const world = await begin();
    expect((await move(world, machine, input, { twice: true })).status).toBe('SUCCEEDED');
    expect(withoutCounts(await endState(world))).toEqual(withoutCounts(whole.state));
  });
});
