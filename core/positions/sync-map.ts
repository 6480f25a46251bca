/**
 * Every offset sync of one partition that still holds, in log order. MirrorMaker 2 keeps only a few of them in memory,
 * the further back the fewer; with all of them a translation is closer and a cut re-send becomes visible.
 */
import { findTrusted, type SyncPoint } from './resend.ts';

export type { SyncPoint } from './resend.ts';

export interface SyncMapOptions {
  /**
   * 'complete' = read from the first record of a log that was never compacted, and every sync tells its life. Otherwise
   * a re-send may be hidden before the first sync, so an incomplete history never gives an exact answer.
   */
  readonly history: 'complete' | 'incomplete';
  /** 'content' = the remote log showed that nothing before the first sync can be skipped. */
  readonly proof?: 'content' | undefined;
  /** The flow is told to run exactly-once: it never copies a record twice. */
  readonly exactlyOnce: boolean;
}

export interface SyncMap {
  /** Log order; `downstream` strictly increases, `upstream` falls where the flow sent records again. */
  readonly points: readonly SyncPoint[];
  /** Per point: whether it may answer a translation (not behind a re-send that may have been cut short). */
  readonly trusted: readonly boolean[];
  readonly history: 'complete' | 'incomplete';
  /** Index of the first point from which on each one tells its life. Equals the length = none. */
  readonly knownFrom: number;
  readonly proof?: 'content' | undefined;
  readonly exactlyOnce: boolean;
  /** Syncs left out because they belong to an earlier incarnation of the remote topic. */
  readonly droppedStale: number;
  /** Exact repetitions left out. */
  readonly repeated: number;
}

export const EMPTY_SYNC_MAP: SyncMap = {
  points: [],
  trusted: [],
  history: 'incomplete',
  knownFrom: 0,
  exactlyOnce: false,
  droppedStale: 0,
  repeated: 0,
};

/**
 * Builds the map of one partition from its syncs in log order. A downstream offset that does not increase proves that
 * the remote topic was created anew: everything before it is dropped. An upstream offset that falls proves nothing (the
 * flow sends records again after a restart), so syncs of a source that is gone must be left out before.
 */
export function buildSyncMap(syncs: Iterable<SyncPoint>, options: SyncMapOptions): SyncMap {
  const state: Building = {
    points: [],
    // Stryker disable next-line ArrayDeclaration: the first sync repeats none and begins the list anew
    repeats: [],
    seen: new Set(),
    droppedStale: 0,
    repeated: 0,
  };
  for (const sync of syncs) add(state, sync);
  const { points, droppedStale, repeated } = state;
  const { history, proof, exactlyOnce } = options;
  const isWhole = history === 'complete' && proof === undefined;
  const trusted = exactlyOnce ? points.map(() => true) : findTrusted(points, isWhole);
  const knownFrom = points.findLastIndex(({ life }) => life === undefined) + 1;
  return { points, trusted, history, knownFrom, proof, exactlyOnce, droppedStale, repeated };
}

interface Building {
  points: SyncPoint[];
  /** Repetitions since the last new point: should they turn out to be the first syncs of a new remote topic, they count. */
  repeats: SyncPoint[];
  seen: Set<string>;
  droppedStale: number;
  repeated: number;
}

function add(state: Building, point: SyncPoint): void {
  const name = `${point.upstream}:${point.downstream}`;
  if (state.seen.has(name)) {
    state.repeats.push(point);
    state.repeated += 1;
    return;
  }
  const newest = state.points.at(-1);
  if (newest !== undefined && point.downstream <= newest.downstream) restart(state, point);
  state.points.push(point);
  state.seen.add(name);
  state.repeats = [];
}

/** The remote topic is a new one: only repetitions that lead up to `point` survive, they were its first syncs. */
function restart(state: Building, point: SyncPoint): void {
  const leadingUp = [...state.repeats, point];
  const lastOfOld = leadingUp.findLastIndex((one, i) => {
    const next = leadingUp[i + 1];
    return next !== undefined && one.downstream >= next.downstream;
  });
  const firstSyncs = leadingUp.slice(lastOfOld + 1, -1);
  state.droppedStale += state.points.length;
  state.repeated -= firstSyncs.length;
  state.points = firstSyncs;
  state.seen = new Set(firstSyncs.map((kept) => `${kept.upstream}:${kept.downstream}`));
}
