/** Home is lost again on the way back, after each answer of the failback: nothing is skipped, nothing is lost. */
import { describe, expect, test } from '@jest/globals';
import { type LivelyLife, livelyLoss } from './lively.ts';
import { move, OUTAGE, RETURN } from './moving.ts';

const SET = 'clients-k1';

async function away(set: object = {}): Promise<LivelyLife> {
  const world = await livelyLoss(set);
  expect(await move(world, 'failover', OUTAGE)).toMatchObject({ end: 'The clients are served by their refuge' });
  await world.recover();
  for (let i = 0; i < 3; i += 1) await world.pass(5);
  return world;
}

const stateOf = async (world: LivelyLife) => (await world.ports.control.readSet(SET))!;

/** What assess reports while the outage stands, each minute, with the epoch that it sees. */
async function outage(world: LivelyLife): Promise<string> {
  for (let minute = 1; ; minute += 1) {
    const { epoch, open } = await stateOf(world);
    // A failback that is over leaves the cooldown of the first failover: a person starts the second one.
    const asked = open ? { incidentId: 'second-outage' } : { trigger: 'manual' };
    const { end } = await move(world, 'failover', { ...OUTAGE, expectedEpoch: epoch, ...asked });
    if (!end.endsWith('is refused') || minute > 2) return end;
    await world.pass(60);
  }
}

/** Home comes back, everybody goes there and works for a while. */
async function homeForGood(world: LivelyLife): Promise<void> {
  await world.recover();
  world.alwaysAnswers('approve');
  if ((await stateOf(world)).phase !== 'home')
    expect(await move(world, 'failback', RETURN)).toMatchObject({ end: 'The clients are home again' });
  for (let i = 0; i < 12; i += 1) await world.pass(5);
}

/** reconcile finds nobody at work and starts somebody. */
async function takenUp(world: LivelyLife): Promise<void> {
  await world.pass(5);
  for (const { machine, input, execution } of await world.reconcile()) await move(world, machine, input, { execution });
}

const ends = (world: LivelyLife) => [
  ...new Set(
    world.ports.events.named('MoveFinished').map(({ epoch, move: what, outcome }) => `${epoch} ${what} ${outcome}`),
  ),
];

const SETS = [
  ['availability', {}],
  ['per-key', { ordering: 'per-key' }],
  ['home-only', { groups: [{ id: 'billing', mode: 'home-only' }] }],
] as const;

async function stepsOf(set: object): Promise<readonly string[]> {
  const world = await away(set);
  return (await move(world, 'failback', RETURN)).tasks;
}

/** How far the failback had come, and what became of it. */
const MEANWHILE: Readonly<Record<string, readonly [string, string]>> = {
  'Claim move': ['refuge', 'nobody has left: 2 failback aborted'],
  'Publish routing (returning consumers)': ['refuge', 'nobody has left: 2 failback aborted'],
  'Restore positions': ['refuge', 'nobody has left: 2 failback aborted'],
  'Publish routing (returning producers)': ['returning', '2 failback superseded, 3 failover done'],
  'Await adoption (returning producers)': ['returning', '2 failback superseded, 3 failover done'],
  'Measure drain (fence)': ['returning', '2 failback superseded, 3 failover done'],
  'Publish routing (home)': ['home', '2 failback superseded, 3 failover done'],
  'Await adoption (home)': ['home', '2 failback superseded, 3 failover done'],
  'Conclude move': ['home', '2 failback done, 3 failover done'],
};

describe.each(SETS)('home lost again while its clients return (%s)', (_name, set) => {
  test('with the failback cut off after any answer: clients end at the refuge, then at home, with every record processed', async () => {
    const steps = await stepsOf(set);
    expect(new Set(steps)).toEqual(new Set(Object.keys(MEANWHILE)));
    for (let answers = 1; answers <= steps.length; answers += 1) {
      const after = steps[answers - 1]!;
      const world = await away(set);
      const execution = `arn:aws:states:eu-central-1:000000000000:execution:mm2-failover-orders-failback:cut-${answers}`;
      await move(world, 'failback', RETURN, { execution, dropAfter: answers });
      const { phase } = await stateOf(world);
      await world.lose();
      const answered = await outage(world);
      if (answered === 'The move was handled already') await takenUp(world);
      const [, ...others] = ends(world);
      const nobodyLeft = phase === 'refuge' ? 'nobody has left: ' : '';
      expect([after, phase, `${nobodyLeft}${others.join(', ')}`]).toEqual([after, ...MEANWHILE[after]!]);
      // Whoever ran it wakes up: it meets the fence, or a set that is where it should be.
      const late = await move(world, 'failback', RETURN, { execution });
      expect(late.tasks.filter((task) => /Publish|Restore/.test(task))).toEqual([]);
      expect((await stateOf(world)).phase).toBe('refuge');
      await homeForGood(world);
      expect({ after, lost: world.lost(), open: (await stateOf(world)).open }).toEqual({
        after,
        lost: [],
        open: undefined,
      });
    }
  }, 120_000);

  test('with the failback still running: it is held or waits, and ends once the failover has taken its place', async () => {
    const steps = await stepsOf(set);
    for (let answers = 2; answers < steps.length - 1; answers += 1) {
      const world = await away(set);
      world.person = async () => {
        if ((await stateOf(world)).phase === 'refuge') {
          world.alwaysAnswers('abort');
          return world.person('abort');
        }
        await outage(world);
      };
      const { end } = await move(world, 'failback', RETURN, {
        meanwhile: async (answered) => (answered === answers ? world.lose() : undefined),
      });
      expect([steps[answers], end]).toEqual([steps[answers], expect.stringMatching(/owns this move now|aborted|home/)]);
      if ((await stateOf(world)).phase === 'home') await outage(world);
      expect((await stateOf(world)).phase).toBe('refuge');
      await homeForGood(world);
      expect({ at: steps[answers], lost: world.lost() }).toEqual({ at: steps[answers], lost: [] });
    }
  }, 120_000);
});

describe('the failover that takes the place of a failback', () => {
  const halfWay = async (set: object = {}): Promise<LivelyLife> => {
    const world = await away(set);
    await move(world, 'failback', RETURN, { dropAfter: 4 });
    await world.lose();
    return world;
  };

  test('goes on in the remote topic where the group had come, and keeps what was translated for the way back', async () => {
    const world = await halfWay();
    await outage(world);
    expect((await world.ports.control.positions(SET, 3))[0]!.partitions['0']).toMatchObject({
      // As it was restored, though home was lost before anybody looked at it again.
      homeCommit: '11',
      processed: { from: '5', to: '8' },
      seed: '8',
      // What home's first return had left for MirrorMaker 2 to copy was processed at the refuge.
      drained: '10',
      restore: '13',
    });
  });

  test('interrupted after any answer and taken up ends the same', async () => {
    const { epoch } = await stateOf(await halfWay());
    const asked = { ...OUTAGE, expectedEpoch: epoch, incidentId: 'second-outage' };
    const steps = (await move(await halfWay(), 'failover', asked)).tasks;
    for (let answers = 1; answers <= steps.length; answers += 1) {
      const world = await halfWay();
      await move(world, 'failover', asked, { dropAfter: answers });
      await takenUp(world);
      expect([steps[answers - 1], (await stateOf(world)).phase]).toEqual([steps[answers - 1], 'refuge']);
      expect(ends(world)).toEqual(['1 failover done', '2 failback superseded', '3 failover done']);
      await homeForGood(world);
      expect({ after: steps[answers - 1], lost: world.lost() }).toEqual({ after: steps[answers - 1], lost: [] });
    }
  }, 120_000);

  test('that a person rejects leaves the set half way; either move may start from there', async () => {
    for (const next of ['failover', 'failback'] as const) {
      const world = await halfWay();
      const state = await stateOf(world);
      await world.ports.control.writeSet({ ...state, mode: 'approve', version: state.version + 1 });
      world.alwaysAnswers('reject');
      expect(await outage(world)).toBe('The move was aborted');
      expect(await stateOf(world)).toMatchObject({ phase: 'returning', epoch: 3, superseded: { epoch: 2, times: 1 } });
      world.alwaysAnswers('approve');
      if (next === 'failover')
        expect(await move(world, 'failover', { ...OUTAGE, trigger: 'manual', expectedEpoch: 3 })).toMatchObject({
          end: 'The clients are served by their refuge',
        });
      await homeForGood(world);
      const { phase, superseded } = await stateOf(world);
      expect([phase, superseded]).toEqual(['home', undefined]);
      expect(world.lost()).toEqual([]);
    }
  });
});
