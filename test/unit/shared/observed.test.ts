import { describe, expect, test } from '@jest/globals';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { observed, type Surroundings } from '../../../lambdas/shared/observed.ts';
import { fakeLog, type FakeLog } from '../../support/fakes/reports.ts';

const Input = z.object({ clientSet: z.string(), limit: z.number().default(10) });
const context = { awsRequestId: 'request-1', getRemainingTimeInMillis: () => 60_000 } as Context;

/** Surroundings that note in `steps` what happened when. */
function around(steps: string[] = []): Surroundings & { readonly log: FakeLog } {
  return {
    log: fakeLog(),
    begin: ({ awsRequestId }) => void steps.push(`begin ${awsRequestId}`),
    close: async () => void steps.push('close'),
  };
}

describe('around every use case', () => {
  test('the use case gets the validated input, with defaults', async () => {
    const handler = observed('operate', Input, async (input) => input, around());
    expect(await handler({ clientSet: 'clients-k1' }, context)).toEqual({ clientSet: 'clients-k1', limit: 10 });
  });

  test('one line tells kind and sentence', async () => {
    const surroundings = around();
    const result = { kind: 'claimed', sentence: 'clients-k1 moves to K2', reasons: ['G1'] };
    await observed('claim-move', Input, async () => result, surroundings)({ clientSet: 'clients-k1' }, context);
    expect(surroundings.log.lines.map(({ level, message }) => [level, message])).toEqual([
      ['info', 'claim-move: claimed: clients-k1 moves to K2'],
    ]);
  });

  test('bad input never reaches the use case, and every problem is named', async () => {
    const handler = observed('operate', Input, async () => Promise.reject(new Error('must not run')), around());
    await expect(handler({ limit: 'ten' }, context)).rejects.toThrow(
      /operate was called with what it cannot accept: clientSet is missing; limit is "ten"; must be a number/,
    );
  });

  test('an error is logged and thrown on', async () => {
    const surroundings = around();
    const handler = observed('assess', Input, async () => Promise.reject(new Error('table is gone')), surroundings);
    await expect(handler({ clientSet: 'clients-k1' }, context)).rejects.toThrow('table is gone');
    expect(surroundings.log.lines.map(({ level, message }) => [level, message])).toEqual([
      ['error', 'assess failed: table is gone'],
    ]);
  });

  test('the invocation begins before the use case and connections close after it', async () => {
    const steps: string[] = [];
    await observed(
      'assess',
      Input,
      async () => void steps.push('run'),
      around(steps),
    )({ clientSet: 'clients-k1' }, context);
    expect(steps).toEqual(['begin request-1', 'run', 'close']);
  });

  test('connections close after a failure too', async () => {
    const steps: string[] = [];
    const handler = observed('assess', Input, async () => Promise.reject(new Error('no')), around(steps));
    await expect(handler({ clientSet: 'clients-k1' }, context)).rejects.toThrow('no');
    expect(steps).toEqual(['begin request-1', 'close']);
  });

  test('a connection that will not close does not turn a result into a failure', async () => {
    const surroundings = { ...around(), close: async () => Promise.reject(new Error('socket')) };
    const handler = observed('assess', Input, async () => 'done', surroundings);
    expect(await handler({ clientSet: 'clients-k1' }, context)).toBe('done');
  });
});
