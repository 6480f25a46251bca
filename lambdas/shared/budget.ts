/** The time an invocation has left, by Lambda's own figure. */
import type { Budget } from '../ports.ts';

export interface InvocationBudget extends Budget {
  /** From now on the figures are those of this invocation. A process serves one invocation at a time. */
  begin(context: { getRemainingTimeInMillis(): number }): void;
}

export function invocationBudget(): InvocationBudget {
  let context: { getRemainingTimeInMillis(): number } | undefined;
  return {
    begin: (next) => {
      context = next;
    },
    // Outside an invocation (cold start) nothing may start long work.
    remainingMs: () => context?.getRemainingTimeInMillis() ?? 0,
  };
}
