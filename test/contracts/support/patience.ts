/**
 * How long tests on real parts wait. A limit tells what hangs from what is slow and measures nothing: a test ends by the
 * wait that says what did not come, and jest's own limit, behind it, ends only what waits without saying so.
 */
import { jest } from '@jest/globals';
import { HUNG_MS, waitFor } from '../../support/world/conditions.ts';

/** For `waitFor`. */
export const PATIENT = { timeoutMs: HUNG_MS } as const;

/** @param what named in the error if it does not come to hold */
export const eventually = (what: string, holds: () => boolean): Promise<unknown> =>
  waitFor(what, async () => holds() || undefined, PATIENT);

// Of every test and hook of the file that imports this.
jest.setTimeout(2 * HUNG_MS);
