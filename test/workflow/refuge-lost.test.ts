/** K2 is lost while the clients of K1 live there: a person goes home, and K2's controller follows when it is back. */
import { describe, expect, test } from '@jest/globals';
import { replay } from '../../core/move/replay.ts';
import { type GoingHome, lostRefuge } from './going-home.ts';
import { endState, move, SET } from './moving.ts';

const HOME = {
  pair: 'orders',
  clientSet: SET,
  move: 'failback',
  reason: 'K2 burns',
  requestedBy: 'ada',
  refugeLost: true,
};

const readAt = async (ports: GoingHome['ports']) => (await ports.control.readSet(SET))!;

/** K2 comes back once its records are looked for at home. */
const backSoon = (world: GoingHome) => async (_answered: number, state: string) => {
  if (state === 'Measure drain (recovering)' && !world.k2.isUp) {
    expect((await world.reconcileAtRefuge()).filter(({ routing }) => routing.epoch === 1)).toEqual([]);
    await world.recover();
  }
};

test('a person goes home: what K2 had copied and what it kept is processed there, and nothing is lost', async () => {
  const world = await lostRefuge();
  const { end, tasks } = await move(world, 'failback', HOME, { meanwhile: backSoon(world) });
  expect(end).toBe('The clients are home again');
  expect([...new Set(tasks)]).toEqual([
    'Claim move',
    'Ask operator (approval)',
    'Claim move (after the approval)',
    'Publish routing (returning consumers)',
    'Restore positions',
    'Publish routing (recovering)',
    'Await adoption (recovering)',
    'Measure drain (recovering)',
    'Publish routing (home)',
    'Await adoption (home)',
    'Conclude move',
  ]);
  for (let i = 0; i < 10; i += 1) await world.pass(5);
  expect(world.lost()).toEqual([]);
  expect(await readAt(world.ports)).toMatchObject({ epoch: 1_001, phase: 'home', leapt: 1_001 });
});

test('the positions at home are those that were kept, before anybody is told to go there', async () => {
  const world = await lostRefuge();
  await move(world, 'failback', HOME, { dropAfter: 5 });
  expect([world.k1.position('billing', 'orders', 0), world.k1.position('billing', 'K2.orders', 0)]).toEqual([11n, 3n]);
  expect(world.ports.routing.written.map(({ routing }) => routing.epoch)).not.toContain(1_001);
});

test('clients are told by the region of home to read there what was written at the refuge', async () => {
  const world = await lostRefuge();
  await move(world, 'failback', HOME, { dropAfter: 6 });
  expect(world.ports.routing.peekRouting('eu-west-1', SET)).toMatchObject({
    epoch: 1_001,
    revision: 4,
    phase: 'recovering',
    producers: { cluster: 'K1', state: 'active' },
    consumers: { cluster: 'K1', read: 'both' },
    remotePrefix: 'K2.',
    controlRegion: 'eu-west-1',
  });
});

/** Two of u* to the end of home, two copies behind the group, two that nobody has copied. */
const STATED =
  'at most 6 records are processed again (billing 6; up to 2 of each not copied when it was lost), as long as it stays down';

test('how much is processed again is stated where a person is asked, with the approval and when it is over', async () => {
  const world = await lostRefuge();
  let asked: string | undefined;
  const { person } = world;
  world.person = async (command) => {
    asked ??= (await world.ports.control.question(SET))?.sentence;
    await person(command);
  };
  await move(world, 'failback', HOME, { meanwhile: backSoon(world) });
  expect(asked).toContain(STATED);
  const decisions = await world.ports.control.decisions(SET, 50);
  const guard = decisions.find(({ kind }) => kind === 'approved')?.guards.find(({ id }) => id === 'RL-approval');
  expect(guard?.sentence).toBe(`approved by ada; ${STATED}`);
  expect(decisions.map(replay).filter(({ kind }) => kind === 'differs')).toEqual([]);
  expect(world.ports.events.named('MoveFinished')[0]?.sentence).toContain(STATED);
  expect(world.ports.notifier.messages.at(-1)?.body).toContain(
    'Processed again at most: 6 record(s), as was stated before it was approved',
  );
});

test('what was processed twice stays within what was stated', async () => {
  const world = await lostRefuge();
  await move(world, 'failback', HOME, { meanwhile: backSoon(world) });
  for (let i = 0; i < 10; i += 1) await world.pass(5);
  const before = ['r8', 'r9', 'r10', 'of clients 2', 'b1', 'b2'];
  const twice = world.processed.filter((value, i) => before.includes(value) || world.processed.indexOf(value) < i);
  expect(twice.length).toBeLessThanOrEqual(6);
});

test('a position that was translated while the refuge lived counts, also where its syncs are gone since', async () => {
  const world = await lostRefuge();
  world.k1.deleteTopic('mm2-offset-syncs.K2.internal');
  world.k1.createTopic('mm2-offset-syncs.K2.internal');
  await world.lookHomeward();
  await move(world, 'failback', HOME, { dropAfter: 5 });
  expect(world.k1.position('billing', 'K2.orders', 0)).toBe(3n);
});

test('where nobody has looked at the way home in this stay the cost cannot be bounded, and is told as that', async () => {
  const world = await lostRefuge({}, { looksHomeward: false });
  await move(world, 'failback', HOME, { dropAfter: 2 });
  const asked = (await world.ports.control.decisions(SET, 50)).find(({ kind }) => kind === 'ask');
  expect(asked?.sentence).toContain(
    'how many records are processed again cannot be bounded: where billing would go on in "orders" was not looked at in this stay',
  );
});

test('while the refuge is lost its last records are waited for; at the deadline a person gives them up, or not', async () => {
  const world = await lostRefuge({ drainDeadline: { afterSeconds: 60, then: 'cut-over' } });
  const approve = world.person;
  const asked: string[] = [];
  world.person = async () => {
    const question = await world.ports.control.question(SET);
    asked.push(`${question?.stage}: ${question?.sentence}`);
    await approve(question?.question === 'approval' ? 'approve' : 'proceed');
  };
  expect((await move(world, 'failback', HOME)).end).toBe('The clients are home again');
  expect(asked[1]).toContain(
    'Measure drain (recovering): the fence is not reached after 60 s: K2: what the refuge never copied',
  );
  expect(world.lost()).toEqual(['b5', 'b6']);
});

describe('while the set recovers', () => {
  /** What a person says to a hold; the approval is given before. */
  const whoSays = (world: GoingHome, atHold: () => Promise<'resume' | 'proceed'>): string[] => {
    const { person } = world;
    const holds: string[] = [];
    world.person = async () => {
      const question = await world.ports.control.question(SET);
      if (question?.question === 'approval') return person('approve');
      holds.push(`${question?.stage}: ${question?.sentence}`);
      return person(await atHold());
    };
    return holds;
  };
  const failoverFromRefuge = { pair: 'orders', clientSet: SET, move: 'failover', reason: 'K1 too', requestedBy: 'ada' };

  test('home that is lost again holds the move; resumed when it is back it ends as it should, and nothing is lost', async () => {
    const world = await lostRefuge();
    const phases: string[] = [];
    const holds = whoSays(world, async () => {
      phases.push(`${(await readAt(world.ports)).phase}, epoch ${(await readAt(world.ports)).open?.epoch}`);
      world.k1.isUp = true;
      await world.recover();
      return 'resume';
    });
    const { end } = await move(world, 'failback', HOME, {
      meanwhile: async (_answered, state) => {
        if (state === 'Measure drain (recovering)' && holds.length === 0) {
          await world.recover();
          world.k1.isUp = false;
        }
      },
    });
    expect(holds).toEqual([
      expect.stringMatching(/^Measure drain \(recovering\): the step failed and its retries are used up/),
    ]);
    expect(phases).toEqual(['recovering, epoch 1001']);
    expect(end).toBe('The clients are home again');
    for (let i = 0; i < 10; i += 1) await world.pass(5);
    expect(world.lost()).toEqual([]);
  });

  test('a refuge that comes back and is lost again is waited for once more', async () => {
    const world = await lostRefuge();
    let looks = 0;
    const { end, tasks } = await move(world, 'failback', HOME, {
      meanwhile: async (_answered, state) => {
        if (state !== 'Measure drain (recovering)') return;
        looks += 1;
        if (looks === 1) {
          world.k2.isUp = true;
          await world.lose();
        }
        if (looks === 4) await world.recover();
      },
    });
    expect(end).toBe('The clients are home again');
    expect(tasks.filter((state) => state === 'Measure drain (recovering)').length).toBeGreaterThan(4);
    for (let i = 0; i < 10; i += 1) await world.pass(5);
    expect(world.lost()).toEqual([]);
  });

  test('nobody else moves the set: neither region claims it, and an execution of the epoch before is told to stop', async () => {
    const world = await lostRefuge();
    await move(world, 'failback', HOME, { dropAfter: 7 });
    await world.reconcileAtRefuge();
    for (const ports of [world.ports, world.atRefuge])
      expect((await readAt(ports)).open).toMatchObject({ epoch: 1_001, input: { refugeLost: true } });
    const second = await move(world, 'failback', failoverFromRefuge);
    expect(second.end).not.toBe('The clients are home again');
    expect((await readAt(world.ports)).open?.epoch).toBe(1_001);
  });
});

describe('under per-key order', () => {
  const perKey = { ordering: 'per-key' };

  test('producers wait at home until what the refuge had copied is read there, then write; what it kept comes behind', async () => {
    const world = await lostRefuge(perKey);
    const { end, tasks } = await move(world, 'failback', HOME, {
      meanwhile: async (_answered, state) => {
        const writes = (await readAt(world.ports)).routing?.producers.state === 'active';
        if (state === 'Measure drain (recovering)' && writes && !world.k2.isUp) await world.recover();
      },
    });
    expect(end).toBe('The clients are home again');
    expect([...new Set(tasks)].slice(5, 11)).toEqual([
      'Publish routing (recovering)',
      'Await adoption (recovering)',
      'Measure drain (recovering)',
      'Publish routing (recovering producers)',
      'Await adoption (recovering producers)',
      'Publish routing (home)',
    ]);
    for (let i = 0; i < 10; i += 1) await world.pass(5);
    expect(world.lost()).toEqual([]);
    const firstAtHome = world.processed.findIndex((value) => value.startsWith('h'));
    const copied = ['b3', 'b4'].map((value) => world.processed.indexOf(value));
    expect(firstAtHome).toBeGreaterThan(Math.max(...copied));
  });

  test('nobody waits for a refuge that does not come back', async () => {
    const world = await lostRefuge({ ...perKey, drainDeadline: { afterSeconds: 60 } });
    const states: string[] = [];
    await move(world, 'failback', HOME, {
      dropAfter: 12,
      meanwhile: async () => void states.push((await readAt(world.ports)).routing!.producers.state),
    });
    expect(world.k2.isUp).toBe(false);
    expect(world.ports.routing.peekRouting('eu-west-1', SET)?.producers).toMatchObject({
      cluster: 'K1',
      state: 'active',
    });
    expect(states).toContain('hold');
  });

  test('interrupted after each answer and taken up again: the same end, and nothing is lost', async () => {
    const whole = await move(await lostRefuge(perKey), 'failback', HOME, { dropAfter: 14 });
    for (let answers = 6; answers < whole.tasks.length; answers += 1) {
      const world = await lostRefuge(perKey);
      const back = { meanwhile: backSoon(world) };
      await move(world, 'failback', HOME, { ...back, dropAfter: answers });
      await world.pass(5);
      const [started] = await world.reconcile();
      if (started !== undefined)
        await move(world, 'failback', started.input, { execution: started.execution, ...back });
      for (let i = 0; i < 10; i += 1) await world.pass(5);
      expect([answers, world.lost(), (await readAt(world.ports)).phase]).toEqual([answers, [], 'home']);
    }
  });
});

describe('the controller at the refuge', () => {
  test('says nothing to clients from the first publish at home until the move is over, and then acts on what was done', async () => {
    const world = await lostRefuge();
    await move(world, 'failback', HOME, {
      meanwhile: async (answered, state) => {
        const written = await world.reconcileAtRefuge();
        expect(written.map(({ routing }) => routing.revision)).toEqual([]);
        await backSoon(world)(answered, state);
      },
    });
    expect(await world.reconcileAtRefuge()).toEqual([]);
    const here = await readAt(world.atRefuge);
    expect([here.epoch, here.phase, here.open]).toEqual([1_001, 'home', undefined]);
    expect(await world.atRefuge.control.positions(SET, 1_001)).toHaveLength(1);
  });

  test('is told of the open move, so that nothing of its own goes on', async () => {
    const world = await lostRefuge();
    await move(world, 'failback', HOME, { dropAfter: 6 });
    await world.reconcileAtRefuge();
    expect(await readAt(world.atRefuge)).toMatchObject({
      epoch: 1_001,
      phase: 'recovering',
      open: { input: { refugeLost: true } },
    });
    expect(await world.reconcileAtRefuge()).toEqual([]);
    expect(world.ports.workflows.started).toEqual([]);
  });

  test('does not seed behind what the groups have processed at the refuge, however old the last offset sync is', async () => {
    const world = await lostRefuge();
    world.drainedAtRefuge();
    await move(world, 'failback', HOME, { meanwhile: backSoon(world) });
    await world.reconcileAtRefuge();
    await world.seedAtRefuge('11');
    expect(world.k2.position('billing', 'K1.orders', 0)).toBe(20n);
  });

  test('goes on where it was when the approval is refused', async () => {
    const world = await lostRefuge();
    const person = world.person;
    world.person = () => person('reject');
    expect((await move(world, 'failback', HOME)).end).toBe('The move was aborted');
    for (let i = 0; i < 2; i += 1) await world.reconcileAtRefuge();
    expect(await readAt(world.atRefuge)).toMatchObject({ epoch: 1, phase: 'refuge' });
    expect(await readAt(world.ports)).toMatchObject({ epoch: 1, phase: 'refuge', leapt: 1_001 });
    world.alwaysAnswers('approve');
    world.person = () => person('approve');
    await move(world, 'failback', HOME, { dropAfter: 1 });
    expect((await readAt(world.ports)).epoch).toBe(2_001);
  });
});

describe('interrupted', () => {
  const undisturbed = async (twice: boolean) => {
    const world = await lostRefuge();
    const { tasks } = await move(world, 'failback', HOME, { meanwhile: backSoon(world), twice });
    return { world, tasks };
  };

  test('after each answer and taken up by the region of home: the same end, and nothing is lost', async () => {
    const { tasks } = await undisturbed(false);
    for (let answers = 3; answers < tasks.length; answers += 1) {
      const world = await lostRefuge();
      await move(world, 'failback', HOME, { meanwhile: backSoon(world), dropAfter: answers });
      await world.pass(5);
      const [started] = await world.reconcile();
      if (started !== undefined)
        await move(world, 'failback', started.input, { execution: started.execution, meanwhile: backSoon(world) });
      for (let i = 0; i < 10; i += 1) await world.pass(5);
      await world.reconcileAtRefuge();
      expect([answers, world.lost(), (await readAt(world.ports)).phase]).toEqual([answers, [], 'home']);
      expect([answers, (await readAt(world.atRefuge)).epoch, (await readAt(world.atRefuge)).open]).toEqual([
        answers,
        1_001,
        undefined,
      ]);
    }
  });

  test('every function runs twice: nothing more is published, nothing is lost', async () => {
    const once = await undisturbed(false);
    const twice = await undisturbed(true);
    const published = async (world: GoingHome) => ((await endState(world)) as { published: string[] }).published;
    expect(await published(twice.world)).toEqual(await published(once.world));
    for (let i = 0; i < 10; i += 1) await twice.world.pass(5);
    expect(twice.world.lost()).toEqual([]);
  });
});
