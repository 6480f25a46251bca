/** How long a look at replication waits for a silent cluster. */
import { expect, test } from '@jest/globals';
import { lookPatience, PATIENCE } from '../../../lambdas/adapters/kafka/connection.ts';
import { pairConfig } from '../../support/builders/pair.ts';

const callMsAt = (sampleIntervalSeconds: number): number => {
  const config = pairConfig();
  return lookPatience({ ...config, replication: { ...config.replication, sampleIntervalSeconds } }).callMs;
};

test('a call takes no longer than the distance of two looks', () => {
  expect(callMsAt(2)).toBe(2_000);
});

test('where looks are far apart, a call of theirs takes no longer than any other', () => {
  expect(callMsAt(15)).toBe(PATIENCE.callMs);
  expect(callMsAt(8)).toBe(8_000);
});
