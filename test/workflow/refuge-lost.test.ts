/** K2 is lost while the clients of K1 live there: a person goes home, and K2's controller follows when it is back. */
import { describe, expect, test } from '@jest/globals';
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
