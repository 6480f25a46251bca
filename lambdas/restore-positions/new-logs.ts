/** Home was rebuilt: what is kept about its old logs is replaced, so that nobody reckons with them again. */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { Ports } from '../ports.ts';

type Needs = Pick<Ports, 'control' | 'clock'>;

export interface NewLogs {
  readonly clusterId: string;
  /** Topics of home with a partition whose log is another one. */
  readonly topics: readonly string[];
  readonly claimedAtMs: number;
}

/**
 * Written before any position: a run that dies behind a commit must not leave syncs of the old log in force. Once in a
 * move: a later instant would leave out syncs of the new log.
 */
export async function noteNewLogs(
  { control, clock }: Needs,
  { home }: PlacedSet,
  { clusterId, topics, claimedAtMs }: NewLogs,
): Promise<void> {
  if (topics.length === 0) return;
  const known = await control.incarnation(home);
  const nowMs = clock.nowMs();
  if (known === null || known.clusterId !== clusterId)
    return control.putIncarnation({ cluster: home, clusterId, seenAtMs: nowMs, replacedAtMs: nowMs });
  if ((known.replacedAtMs ?? 0) >= claimedAtMs) return;
  const unknown = topics.filter((topic) => (known.newLogs?.[topic] ?? 0) < claimedAtMs);
  if (unknown.length === 0) return;
  const newLogs = { ...known.newLogs, ...Object.fromEntries(unknown.map((topic) => [topic, nowMs])) };
  await control.putIncarnation({ ...known, newLogs });
}
