/** The shape of a guard: one row, one fact, one sentence, and what lifts it. */
import type { MoveFacts } from './facts.ts';

/**
 * What a guard that does not hold leads to. `ask`: a person may decide. `wait`: the probes may still confirm.
 * `stale`: the asker's picture is old. `handled`: somebody else has done or is doing it.
 */
export type Effect = 'refuse' | 'ask' | 'wait' | 'stale' | 'handled';

export interface Check {
  readonly holds: boolean;
  readonly sentence: string;
}

export interface Guard {
  readonly id: string;
  readonly title: string;
  /** Which facts it looks at, for the docs and for people. */
  readonly uses: string;
  readonly liftedBy: string;
  /** `force` of a person skips it. */
  readonly skippableByForce: boolean;
  readonly appliesTo: (facts: MoveFacts) => boolean;
  readonly check: (facts: MoveFacts) => Check;
  readonly otherwise: (facts: MoveFacts) => Effect;
}

export const holds = (sentence: string): Check => ({ holds: true, sentence });
export const fails = (sentence: string): Check => ({ holds: false, sentence });
/** Holds unless something is wrong; names everything that is. */
export const unless = (problems: readonly string[], fine: string): Check =>
  problems.length === 0 ? holds(fine) : fails(problems.join('; '));

export const always = (): boolean => true;
export const refuse = (): Effect => 'refuse';
export const ask = (): Effect => 'ask';
export const isFailover = ({ request }: MoveFacts): boolean => request.move === 'failover';
export const isSwitchover = ({ request }: MoveFacts): boolean => request.move === 'switchover';
export const isFailback = ({ request }: MoveFacts): boolean => request.move === 'failback';
