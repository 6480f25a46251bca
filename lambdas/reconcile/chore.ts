/** What the chores of reconcile share. */
import type { Ports } from '../ports.ts';

export type ReconcilePorts = Pick<
  Ports,
  'control' | 'controlOf' | 'shared' | 'routing' | 'events' | 'notifier' | 'workflows' | 'clock' | 'metrics' | 'log'
>;

/** `done`: something was changed. `problem`: something is not as it should be and was left. */
export interface Finding {
  readonly kind: 'done' | 'problem';
  readonly sentence: string;
}
