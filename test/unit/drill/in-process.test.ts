/** The scenarios that need neither brokers nor emulator, played as `npm run drill -- --scenario` plays them. */
import { expect, test } from '@jest/globals';
import { IN_PROCESS } from '../../drill/scenarios/in-process.ts';

/** M20 starts brokers. */
const inMemory = IN_PROCESS.filter(({ id }) => id !== 'M20');

test.each(inMemory.map((scenario) => [scenario.id, scenario] as const))(
  '%s',
  async (_id, { play }) => {
    expect((await play(() => undefined, 'K1')).problems).toEqual([]);
  },
  120_000,
);
