/** Copies what a set's moves have decided to its home region, for the day the refuge's region is the one that is lost. */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PositionRecord } from '../../core/contracts/tables.ts';
import { copyOf, mayCopyOver } from '../../core/move/without-refuge.ts';
import { COPIED } from '../gather/copy.ts';
import { noteStage } from '../shared/stage-record.ts';
import type { Finding, ReconcilePorts } from './chore.ts';

/** Same keys in both tables: the home region controls other sets, so a copy never meets an original. */
export async function copyHome(ports: ReconcilePorts, placed: PlacedSet): Promise<readonly Finding[]> {
  if (placed.homeRegion === placed.controlRegion) return [];
  const state = await ports.control.readSet(placed.name);
  if (state === null) return [];
  const there = ports.controlOf(placed.homeRegion);
  const copy = await there.readSet(placed.name);
  if (!mayCopyOver(copy, state)) return [];
  const next = copyOf(state, copy);
  // A conflict means that another run of reconcile has just copied, or that the home region has claimed: the next turn compares again.
  const isWritten = copy !== null && equal({ ...copy, version: 0 }, { ...next, version: 0 });
  if (!isWritten && (await there.writeSet(next)) === 'conflict') return [];
  // Of the newest epoch that pinned any: a set may stay away for many epochs that did not.
  const pinned = await ports.control.pinnedBefore(placed.name, state.epoch + 1);
  if (pinned !== null) await copyPositions(ports, placed, pinned);
  // Last, so that its age is that of everything above.
  await noteStage({ control: there, clock: ports.clock }, { clientSet: placed.name, ...COPIED }, { kind: 'copied' });
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
