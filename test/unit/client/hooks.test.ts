import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { tell, tellAndWait } from '../../../client/hooks.ts';
import type { Logger } from '../../../client/logging.ts';

const listening = () => {
  const said: string[] = [];
  const say = (level: string) => (message: string) => void said.push(`${level}: ${message}`);
  const logger: Logger = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
  return { said, logger };
};

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

test('a hook that hangs is waited for during two seconds, and the switch goes on with a warning', async () => {
  const { said, logger } = listening();
  let over = false;
  void tellAndWait(logger, () => new Promise<void>(() => undefined), 'change').then(() => (over = true));
  await jest.advanceTimersByTimeAsync(1999);
  expect([over, said]).toEqual([false, []]);
  await jest.advanceTimersByTimeAsync(1);
  expect([over, said]).toEqual([true, ['warn: a hook of the application took longer than 2 s; the switch goes on']]);
});

test('a hook that takes a moment is waited for until it is done, and no longer', async () => {
  const { said, logger } = listening();
  let over = false;
  const hook = () => new Promise<void>((resolve) => setTimeout(resolve, 700));
  void tellAndWait(logger, hook, 'change').then(() => (over = true));
  await jest.advanceTimersByTimeAsync(699);
  expect(over).toBe(false);
  await jest.advanceTimersByTimeAsync(1);
  expect([over, said]).toEqual([true, []]);
});

test.each([
  [
    'throws',
    () => {
      throw new Error('a bug');
    },
  ],
  ['rejects', () => Promise.reject(new Error('a bug'))],
])('a hook that %s is told to the logger and to nobody else', async (_what, hook: () => Promise<void>) => {
  const { said, logger } = listening();
  await tellAndWait(logger, hook, 'change');
  expect(said).toEqual(['error: a hook of the application failed: a bug']);
});

test('a hook that informs and throws is told to the logger and to nobody else', () => {
  const { said, logger } = listening();
  tell(
    logger,
    () => {
      throw new Error('a bug');
    },
    'fact',
  );
  expect(said).toEqual(['error: a hook of the application threw: a bug']);
});

test('who gave no hook is not waited for', async () => {
  await tellAndWait(listening().logger, undefined, 'change');
});
