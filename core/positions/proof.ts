/** Which syncs of an incomplete history are worth a proof by content, and what the map is once one is proven. */
import { noNegative, type UpstreamOffset } from '../replication/offsets.ts';
import { buildSyncMap, type SyncMap, type SyncPoint } from './sync-map.ts';

/**
 * Syncs to prove for a home position, the most useful one first: the one from which on each tells its life (everything
 * behind it can be judged by syncs again, also for later positions), then the one that would answer if all were trusted.
 * None = the map answers without a proof, or no sync is old enough.
 */
export function syncsToProve(map: SyncMap, home: UpstreamOffset | null): readonly SyncPoint[] {
  const at = noNegative(home);
  if (at === null || map.exactlyOnce) return [];
  const nearest = map.points.findLast((point) => point.upstream <= at);
  if (nearest === undefined) return [];
  const isTrusted = map.trusted[map.points.indexOf(nearest)] === true;
  if (map.history === 'complete') return isTrusted ? [] : [nearest];
  const known = map.points[map.knownFrom];
  return known === undefined || known === nearest || known.upstream > at ? [nearest] : [known, nearest];
}

/**
 * The map as it is when nothing before `proven` can be skipped by answering from it. Where syncs behind `proven` do not
 * tell their lives, another re-send could be hidden there: then it stands alone, and answers only what it answers best.
 */
export function provenFrom(map: SyncMap, proven: SyncPoint, home: UpstreamOffset): SyncMap | undefined {
  const index = map.points.findIndex((point) => isSame(point, proven));
  if (index < 0 || proven.upstream > home) return undefined;
  if (map.history === 'incomplete' && index < map.knownFrom) {
    const nearest = map.points.findLast((point) => point.upstream <= home)!;
    return isSame(nearest, proven) ? rebuilt(map, [proven]) : undefined;
  }
  return rebuilt(map, map.points.slice(index));
}

const isSame = (a: SyncPoint, b: SyncPoint): boolean => a.upstream === b.upstream && a.downstream === b.downstream;

const rebuilt = (map: SyncMap, points: readonly SyncPoint[]): SyncMap => ({
  ...buildSyncMap(points, { history: 'complete', proof: 'content', exactlyOnce: map.exactlyOnce }),
  droppedStale: map.droppedStale,
  repeated: map.repeated,
});
