/** Producers that never acknowledge: nobody leaves while they may still write where nobody stays. */
import { expect, test } from '@jest/globals';
import { type LivelyLife, livelyLoss } from './lively.ts';
import { move, OUTAGE, RETURN, SET } from './moving.ts';
import { RESTART_SECONDS, SilentLife } from './silent.ts';

const HOME_ONLY = { groups: [{ id: 'billing', mode: 'home-only' }] };

async function awayAndBack(world: LivelyLife): Promise<void> {
  await world.lose();
  const { epoch } = (await world.ports.control.readSet(SET))!;
  const asked = { ...OUTAGE, trigger: 'manual', expectedEpoch: epoch };
  expect(await move(world, 'failover', asked)).toMatchObject({ end: 'The clients are served by their refuge' });
  for (let i = 0; i < 10; i += 1) await world.pass(5);
  await world.recover();
  expect(await move(world, 'failback', RETURN)).toMatchObject({ end: 'The clients are home again' });
  for (let i = 0; i < 10; i += 1) await world.pass(5);
}

const shown = async (world: LivelyLife, epoch: number, stage: string) =>
  (await world.ports.control.stage(SET, epoch, stage))?.sentence;

test.each([
  ['shared', {}],
  ['shared, per-key', { ordering: 'per-key' }],
  ['home-only', HOME_ONLY],
  ['home-only, per-key', { ...HOME_ONLY, ordering: 'per-key' }],
  ['home-only, declared', { ...HOME_ONLY, assumeProducersAdoptedAfterSeconds: RESTART_SECONDS + 5 }],
] as const)('two rounds lose nothing of a producer that is restarted late (%s)', async (_name, set) => {
  const world = await livelyLoss(set, SilentLife);
  for (const round of [1, 2]) {
    await awayAndBack(world);
    expect({ round, lost: world.lost() }).toEqual({ round, lost: [] });
  }
});

test('the way home says by what it saw the producer leave', async () => {
  const world = await livelyLoss(HOME_ONLY, SilentLife);
  await awayAndBack(world);
  expect(await shown(world, 2, 'Await adoption (returning producers)')).toBe(
    'revision 4 (returning) is adopted by producers nobody heard of (nothing was written for 30 s where they leave)',
  );
});

test('where others write to the same topic the way home asks a person, and nothing is lost until one answers', async () => {
  const world = await livelyLoss(HOME_ONLY, SilentLife);
  world.othersNeverPause = true;
  let asked = '';
  world.person = async () => {
    asked = (await world.ports.control.question(SET))!.sentence;
    world.alwaysAnswers('proceed');
    await world.person('proceed');
  };
  await awayAndBack(world);
  expect(asked).toContain('what they write at the refuge is read by nobody once billing (home-only) has left it');
  expect(world.lost()).toEqual([]);
});

test('where others write to the same topic a declared time does without a person', async () => {
  const set = { ...HOME_ONLY, assumeProducersAdoptedAfterSeconds: RESTART_SECONDS + 5 };
  const world = await livelyLoss(set, SilentLife);
  world.othersNeverPause = true;
  await awayAndBack(world);
  expect(world.lost()).toEqual([]);
});
