/**
 * Going home while the refuge is lost: the home region leads the set from its copy of the state. What it claims is told from
 * whatever the controller at the refuge knows by a leap of the epoch, and that controller does nothing until it has followed.
 */
import type { SetState } from '../contracts/tables.ts';

/** More epochs than the controller at the refuge can use between its last copy and the day it hears of the leap. */
const LEAP = 1_000;

/** Phases from which the set is led home: whoever reads or writes is told to be at the refuge. */
export const LED_HOME_FROM: readonly SetState['phase'][] = ['refuge', 'returning', 'draining'];

/** The set's groups read at the refuge, as far as this state knows: their positions in its own topics move. */
export const livesAtRefuge = (state: SetState | null): boolean => state !== null && LED_HOME_FROM.includes(state.phase);

export const leapFrom = ({ epoch, leapt = 0 }: Pick<SetState, 'epoch' | 'leapt'>): number =>
  Math.max(epoch, leapt) + LEAP;

/** The open move is led by the home region. */
export const isLedFromHome = (state: SetState | null): boolean => state?.open?.input.refugeLost === true;

/** It was given up before anything was published: the controller at the refuge goes on as if it had not been. */
const isGivenUp = ({ open, epoch, routing }: SetState): boolean => open === undefined && (routing?.epoch ?? 0) < epoch;

/**
 * May the controller at the refuge write its state over the home region's copy? Not once that region leads: then the copy
 * is the original.
 */
export const mayCopyOver = (copy: SetState | null, state: SetState): boolean =>
  !isLedFromHome(state) &&
  (copy === null || copy.epoch <= state.epoch || (copy.leapt === copy.epoch && isGivenUp(copy)));

/** What the controller at the refuge keeps in the copy: the leap is used, whatever became of it. */
export function copyOf(state: SetState, copy: SetState | null): SetState {
  const leapt = copy !== null && copy.epoch > state.epoch ? copy.epoch : (copy?.leapt ?? state.leapt);
  return { ...state, ...(leapt === undefined ? {} : { leapt }), version: (copy?.version ?? 0) + 1 };
}

/**
 * The state with which the controller at the refuge follows what the home region leads or has led; undefined: nothing to follow.
 * Only what may have reached clients is followed: until then the leap may still be given up. What people set here stays.
 */
export function followed(state: SetState | null, copy: SetState | null): SetState | undefined {
  if (copy === null || copy.leapt !== copy.epoch) return undefined;
  const isAhead = copy.epoch > (state?.epoch ?? 0) && !isGivenUp(copy) && copy.open?.published !== false;
  const isLed = copy.epoch === state?.epoch && isLedFromHome(state) && differs(copy, state);
  if (!isAhead && !isLed) return undefined;
  if (state === null) return { ...copy, version: 1 };
  const { open: _mine, untoldRouting: _told, superseded: _times, routing: _before, ...kept } = state;
  return {
    ...kept,
    ...Object.fromEntries(Object.entries(copy).filter(([field]) => OF_THE_MOVE.has(field))),
    revision: Math.max(state.revision, copy.revision),
    version: state.version + 1,
  };
}

/** What whoever leads the set writes; the rest is what people have set, each in their region. */
const OF_THE_MOVE: ReadonlySet<string> = new Set<keyof SetState>([
  'epoch',
  'phase',
  'routing',
  'open',
  'leapt',
  'leftHomeAtMs',
  'leftHomeBy',
  'returnedHomeAtMs',
  'superseded',
]);

/** @param state with a claim that is open */
const differs = (copy: SetState, state: SetState): boolean =>
  copy.revision !== state.revision || copy.phase !== state.phase || copy.open?.execution !== state.open!.execution;
