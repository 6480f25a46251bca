/** Which pauses stand over a client set: its own, that of one of its clusters, that of the pair, that of every pair. */
import type { OutageReport, PairMove, PairWait, PauseScope, ScopedPause, SetState } from '../contracts/tables.ts';
import type { EpochMs } from '../contracts/primitives.ts';
import { instant } from '../health/words.ts';

interface Place {
  readonly home: string;
  readonly refuge: string;
}

export interface StandingPause {
  /** `client set "clients-k1"`, `cluster K1`, `the pair`, `every pair`. */
  readonly what: string;
  readonly owner: string;
  readonly reason: string;
  readonly untilMs: EpochMs;
}

/** Whether the table above the pairs told if all of them are paused, and to a start what else lies there. */
export type AbovePairs =
  | {
      readonly kind: 'read';
      readonly moves?: readonly PairMove[];
      readonly waiting?: readonly PairWait[];
      readonly reports?: readonly OutageReport[];
    }
  | { readonly kind: 'unknown'; readonly because: string };

export interface WidePauses {
  readonly pauses: readonly ScopedPause[];
  /** Absent: the configuration names no such table. */
  readonly abovePairs?: AbovePairs;
}

export function pauseScopeText(scope: PauseScope): string {
  switch (scope.kind) {
    case 'cluster':
      return `cluster ${scope.cluster}`;
    case 'pair':
      return 'the pair';
    case 'all':
      return 'every pair';
  }
}

/** A paused cluster is neither left nor gone to by itself. */
export const isAbout = ({ scope }: Pick<ScopedPause, 'scope'>, { home, refuge }: Place): boolean =>
  scope.kind !== 'cluster' || scope.cluster === home || scope.cluster === refuge;

/** The narrowest first. A pause ends by itself at its time. */
export function standingPauses(
  state: Pick<SetState, 'clientSet'> & { readonly pause?: SetState['pause'] },
  place: Place,
  { pauses, nowMs }: { readonly pauses: readonly ScopedPause[]; readonly nowMs: EpochMs },
): readonly StandingPause[] {
  const wider: readonly StandingPause[] = pauses
    .filter((pause) => isAbout(pause, place))
    .map((pause) => ({ ...pause, what: pauseScopeText(pause.scope) }));
  return (state.pause ? [{ ...state.pause, what: `client set "${state.clientSet}"` }, ...wider] : wider)
    .filter(({ untilMs }) => untilMs > nowMs)
    .map(({ what, owner, reason, untilMs }) => ({ what, owner, reason, untilMs }));
}

export const pauseSentence = ({ what, owner, reason, untilMs }: StandingPause): string =>
  `${what} is paused by ${owner} until ${instant(untilMs)}: ${reason}`;

/** Undefined: it was read, or nobody configured one. */
export const unknownPauseSentence = (abovePairs: AbovePairs | undefined): string | undefined =>
  abovePairs?.kind === 'unknown'
    ? `whether every pair is paused is not known, which counts as a pause: ${abovePairs.because}`
    : undefined;

/** Why nothing is done here without a person; what is not known counts as a pause. */
export function whyPaused(
  state: Parameters<typeof standingPauses>[0],
  place: Place,
  { pauses, abovePairs, nowMs }: WidePauses & { readonly nowMs: EpochMs },
): readonly string[] {
  return [
    ...standingPauses(state, place, { pauses, nowMs }).map(pauseSentence),
    ...[unknownPauseSentence(abovePairs) ?? []].flat(),
  ];
}
