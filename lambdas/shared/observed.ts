/** The middleware of every function: validate, run, log one line, close. */
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { readShape, sayProblem } from '../../core/contracts/shape.ts';
import type { Log } from '../ports.ts';

/** What an invocation needs around the use case. */
export interface Surroundings {
  readonly log: Log;
  /** Before anything else: request id, budget. */
  begin(context: Context): void;
  /** After everything, whatever happened: connections that must not outlive the invocation. */
  close?(): Promise<void>;
}

/** The payload breaks the function's contract; every problem is in the message. */
export class InputRefused extends Error {
  override readonly name = 'InputRefused';
}

/**
 * A Lambda handler. Errors are logged and thrown on: a workflow retries them and then holds.
 * Metrics need no flush here: each was written when it was put.
 */
export function observed<S extends z.ZodType, R>(
  name: string,
  schema: S,
  run: (input: z.infer<S>) => Promise<R>,
  around: Surroundings,
): (event: unknown, context: Context) => Promise<R> {
  const handle = async (input: unknown, _context: Context) => run(input as z.infer<S>);
  // Middy's early timeout is off: use cases look at their budget themselves.
  return middy<unknown, R>(handle, { timeoutEarlyInMillis: 0 })
    .use(lifecycle(around))
    .use(report(name, around.log))
    .use(validation(name, schema));
}

const lifecycle = (around: Surroundings): middy.MiddlewareObj => ({
  before: ({ context }) => {
    around.begin(context);
  },
  after: async () => closeQuietly(around),
  onError: async () => closeQuietly(around),
});

/** A connection that will not close must not turn a result into a failure. */
async function closeQuietly(around: Surroundings): Promise<void> {
  await around.close?.().catch((error: unknown) => around.log.warn('closing connections failed', { error }));
}

/** Every use case answers in this shape; what else it returns may be long and is in the tables. */
const Outcome = z.object({ kind: z.string(), sentence: z.string(), reasons: z.array(z.string()).default([]) });

const report = (name: string, log: Log): middy.MiddlewareObj => ({
  after: ({ event, response }) => {
    const { data: outcome } = Outcome.safeParse(response);
    log.info(`${name}: ${outcome === undefined ? 'done' : `${outcome.kind}: ${outcome.sentence}`}`, {
      input: event,
      ...outcome,
    });
  },
  onError: ({ event, error }) => log.error(`${name} failed: ${error?.message ?? 'no error'}`, { input: event, error }),
});

const validation = (name: string, schema: z.ZodType): middy.MiddlewareObj => ({
  before: (request) => {
    const read = readShape(schema, request.event);
    if (read.kind === 'invalid')
      throw new InputRefused(
        `${name} was called with what it cannot accept: ${read.problems.map((problem) => sayProblem(problem, 'the payload')).join('; ')}`,
      );
    request.event = read.data;
  },
});
