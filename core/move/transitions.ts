/** Lawful moves: from which phase, through which, to which. What each phase publishes is core/routing's business. */
import type { Move, Phase } from '../contracts/primitives.ts';
import { LED_HOME_FROM } from './without-refuge.ts';

export interface Transition {
  readonly move: Move;
  readonly from: Phase;
  /** Phases it publishes, in order; the last one is where the set stays. */
  readonly publishes: readonly Phase[];
  /** Where a withdrawn claim leaves the set: only before the first published routing. */
  readonly abortsTo: Phase;
  readonly sentence: string;
}

export const TRANSITIONS: readonly Transition[] = [
  {
    move: 'failover',
    from: 'home',
    publishes: ['draining', 'refuge'],
    abortsTo: 'home',
    sentence: 'home is lost: finish the remote topic at the refuge, then read the refuge’s own topic',
  },
  {
    move: 'failover',
    from: 'returning',
    publishes: ['draining', 'refuge'],
    abortsTo: 'returning',
    sentence: 'home is lost again on the way back: finish the remote topic from where it was left, stay at the refuge',
  },
  {
    move: 'failover',
    from: 'leaving',
    publishes: ['draining', 'refuge'],
    abortsTo: 'leaving',
    sentence: 'home is lost before everybody has left it: finish the remote topic at the refuge, stay there',
  },
  {
    move: 'failback',
    from: 'refuge',
    publishes: ['returning', 'home'],
    abortsTo: 'refuge',
    sentence: 'home is back: finish at the refuge, restore positions, go home',
  },
  {
    move: 'failback',
    from: 'returning',
    publishes: ['returning', 'home'],
    abortsTo: 'returning',
    sentence: 'an earlier way home was cut short and nobody runs it: restore positions once more, go home',
  },
  {
    move: 'switchover',
    from: 'home',
    publishes: ['leaving', 'refuge'],
    abortsTo: 'home',
    sentence: 'planned, both clusters alive: finish at home, then go to the refuge',
  },
  {
    move: 'switchover',
    from: 'leaving',
    publishes: ['leaving', 'refuge'],
    abortsTo: 'leaving',
    sentence: 'an earlier one was cut short and nobody runs it: finish at home once more, then go to the refuge',
  },
];

/** A failback that goes without the refuge. Nobody has to be fetched from there, so it also starts where the drain is not over. */
export const WITHOUT_REFUGE: readonly Transition[] = LED_HOME_FROM.map((from) => ({
  move: 'failback',
  from,
  publishes: ['recovering', 'home'],
  abortsTo: from,
  sentence: 'the refuge is lost: go home, and read there what the refuge had copied and will copy',
}));

const rowsOf = (refugeLost: boolean): readonly Transition[] => (refugeLost ? WITHOUT_REFUGE : TRANSITIONS);

export const transitionFor = (move: Move, from: Phase, refugeLost = false): Transition | undefined =>
  rowsOf(refugeLost).find((row) => row.move === move && row.from === from);

/** Phases from which a move may start. */
export const startsFrom = (move: Move, refugeLost = false): readonly Phase[] =>
  rowsOf(refugeLost)
    .filter((row) => row.move === move)
    .map((row) => row.from);
