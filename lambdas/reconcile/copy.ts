/** Copies what a set's moves have decided to its home region, for the day the refuge's region is the one that is lost. */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PositionRecord, SetState } from '../../core/contracts/tables.ts';
import type { Finding, ReconcilePorts } from './chore.ts';

/** Same keys in both tables: the home region controls other sets, so a copy never meets an original. */
export async function copyHome(ports: ReconcilePorts, placed: PlacedSet): Promise<readonly Finding[]> {
  if (placed.homeRegion === placed.controlRegion) return [];
  const state = await ports.control.readSet(placed.name);
  if (state === null) return [];
  const there = ports.controlOf(placed.homeRegion);
  const copy = await there.readSet(placed.name);
  if (copy !== null && copy.epoch > state.epoch) return [];
  if (copy === null || !equal({ ...copy, version: 0 }, { ...state, version: 0 })) {
    const next: SetState = { ...state, version: (copy?.version ?? 0) + 1 };
    // A conflict means that another run of reconcile has just copied: the next turn compares again.
    await there.writeSet(next);
  }
  // The epoch before the newest one too: a failback closes what its failover pinned.
  for (const epoch of [state.epoch - 1, state.epoch].filter((number) => number > 0))
    await copyPositions(ports, placed, epoch);
  return [];
}

async function copyPositions(ports: ReconcilePorts, placed: PlacedSet, epoch: number): Promise<void> {
  const there = ports.controlOf(placed.homeRegion);
  const [own, copied] = await Promise.all([
    ports.control.positions(placed.name, epoch),
    there.positions(placed.name, epoch),
  ]);
  const keyOf = (record: PositionRecord) => `${record.group} ${record.topic}`;
  const present = new Map(copied.map((record) => [keyOf(record), record]));
  for (const record of own)
    if (!equal(record, present.get(keyOf(record)))) await there.putPositions(placed.name, record);
}

/** Both come out of the same schema, so their keys stand in the same order. */
const equal = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
