/** A pause that a person sets while a move is under way, at each of its steps. */
import { describe, expect, test } from '@jest/globals';
import { answersOf, endState, move, OUTAGE, SET } from './moving.ts';
import { lostHome, type World } from './world.ts';

const PAUSE = { owner: 'ada', reason: 'wait for me', untilMs: Number.MAX_SAFE_INTEGER, setAtMs: 0 };

async function pause(world: World): Promise<void> {
  const state = (await world.ports.control.readSet(SET))!;
  await world.ports.control.writeSet({ ...state, pause: PAUSE, version: state.version + 1 });
}

const begin = () => lostHome();
const pausedBefore = async (answers: number) => {
  const world = await begin();
  const ended = await move(world, 'failover', OUTAGE, {
    meanwhile: async (answered) => {
      if (answered === answers) await pause(world);
    },
  });
  return { world, ended };
};

describe('a pause in the middle of a failover', () => {
  test('before the claim refuses it', async () => {
    const { world, ended } = await pausedBefore(0);
    expect(ended.tasks).toEqual(['Claim move']);
    expect(await world.ports.control.readSet(SET)).toMatchObject({ epoch: 0, revision: 1 });
  });

  test('after the claim keeps nobody from going on: at whatever step, the move ends as without it', async () => {
    const whole = await answersOf('failover', begin, OUTAGE);
    for (let answers = 1; answers < whole.tasks.length; answers += 1) {
      const { world, ended } = await pausedBefore(answers);
      expect({ before: whole.tasks[answers], end: ended.end, state: await endState(world) }).toEqual({
        before: whole.tasks[answers],
        end: 'The clients are served by their refuge',
        state: whole.state,
      });
    }
    expect(whole.tasks.length).toBeGreaterThan(7);
  }, 60_000);
});
