/** The scenarios that need neither brokers nor emulator, played as `npm run drill -- --scenario` plays them. */
import { expect, test } from '@jest/globals';
import { IN_PROCESS } from '../../drill/scenarios/in-process.ts';

test.each(IN_PROCESS.map((scenario) => [scenario.id, scenario] as const))('%s', async (_id, { play }) => {
  expect((await play(() => undefined)).problems).toEqual([]);
});
