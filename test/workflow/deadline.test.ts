/** A consumer that hangs in the remote topic until the deadline: each policy has its price, and none of them loses a record. */
import { expect, test } from '@jest/globals';
import { type LivelyLife, livelyLoss } from './lively.ts';
import { move, OUTAGE, RETURN, SET } from './moving.ts';

type Policy = 'hold' | 'cut-over' | 'keep-both';

const hanging = async (then: Policy, set: object = {}): Promise<LivelyLife> => {
  const world = await livelyLoss({ drainDeadline: { afterSeconds: 30, then }, ...set });
  world.pace = 0n;
  return world;
};

/** A person has the consumer mended and resumes; what was asked is kept. */
function mendedWhenAsked(world: LivelyLife): string[] {
  const asked: string[] = [];
  world.alwaysAnswers('resume');
  const resume = world.person;
  world.person = async (command) => {
    asked.push((await world.ports.control.question(SET))!.sentence);
    world.pace = 3n;
    await resume(command);
  };
  return asked;
}

const readOf = (world: LivelyLife) => world.ports.routing.peekRouting('eu-central-1', SET)!.consumers.read;
const remoteEnd = async (world: LivelyLife) =>
  (await world.k2.reader().ends(['K1.orders'])).get('K1.orders')!.get(0)!.highWatermark;
const remoteLeft = async (world: LivelyLife) =>
  (await remoteEnd(world)) - world.k2.position('billing', 'K1.orders', 0)!;

/** At the refuge for a while with a consumer that works again; then home, and at work there. */
async function stayAndReturn(world: LivelyLife): Promise<void> {
  world.pace = 3n;
  for (let i = 0; i < 6; i += 1) await world.pass(5);
  await world.recover();
  expect(await move(world, 'failback', RETURN)).toMatchObject({ end: 'The clients are home again' });
  for (let i = 0; i < 12; i += 1) await world.pass(5);
}

const SETS = [
  ['shared', {}],
  ['shared, per-key', { ordering: 'per-key' }],
  ['home-only', { groups: [{ id: 'billing', mode: 'home-only' }] }],
] as const;

test.each(SETS)('hold: a person is asked with what is left and goes on when it is mended (%s)', async (_name, set) => {
  const world = await hanging('hold', set);
  const asked = mendedWhenAsked(world);
  expect(await move(world, 'failover', OUTAGE)).toMatchObject({ end: 'The clients are served by their refuge' });
  expect(asked).toEqual([expect.stringMatching(/not drained after 30000 ms: \d+ records left .*time left unknown/)]);
  expect([readOf(world), await remoteLeft(world)]).toEqual(['local', 0n]);
  await stayAndReturn(world);
  expect(world.lost()).toEqual([]);
});

test.each(SETS)(
  'cut-over: what is left stays unread at the refuge and is processed at home (%s)',
  async (_name, set) => {
    const world = await hanging('cut-over', set);
    expect(await move(world, 'failover', OUTAGE)).toMatchObject({ end: 'The clients are served by their refuge' });
    const left = await remoteLeft(world);
    expect([readOf(world), left > 0n]).toEqual(['local', true]);
    expect(world.ports.events.named('MoveFinished')[0]?.sentence).toContain(
      `Measure drain: billing not drained after 30000 ms: ${left} records left`,
    );
    const stood = world.k2.position('billing', 'K1.orders', 0);
    await stayAndReturn(world);
    expect(world.k2.position('billing', 'K1.orders', 0)).toBe(stood);
    expect(world.lost()).toEqual([]);
  },
);

test.each(SETS)(
  'keep-both: what is left is processed at the refuge beside the local topic (%s)',
  async (_name, set) => {
    const world = await hanging('keep-both', set);
    expect(await move(world, 'failover', OUTAGE)).toMatchObject({ end: 'The clients are served by their refuge' });
    expect([readOf(world), (await remoteLeft(world)) > 0n]).toEqual(['both', true]);
    world.pace = 3n;
    for (let i = 0; i < 6; i += 1) await world.pass(5);
    expect(await remoteLeft(world)).toBe(0n);
    await stayAndReturn(world);
    expect(world.lost()).toEqual([]);
  },
);
