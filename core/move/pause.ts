/** Which pauses stand over a client set: its own, that of one of its clusters, that of the pair. */
import type { PauseScope, ScopedPause, SetState } from '../contracts/tables.ts';
import type { EpochMs } from '../contracts/primitives.ts';
import { instant } from '../health/words.ts';

interface Place {
  readonly home: string;
  readonly refuge: string;
}

export interface StandingPause {
  /** `client set "clients-k1"`, `cluster K1`, `the pair`. */
  readonly what: string;
  readonly owner: string;
  readonly reason: string;
  readonly untilMs: EpochMs;
}

export const pauseScopeText = (scope: PauseScope): string =>
  scope.kind === 'cluster' ? `cluster ${scope.cluster}` : 'the pair';

/** A paused cluster is neither left nor gone to by itself. */
export const isAbout = ({ scope }: Pick<ScopedPause, 'scope'>, { home, refuge }: Place): boolean =>
  scope.kind === 'pair' || scope.cluster === home || scope.cluster === refuge;

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
