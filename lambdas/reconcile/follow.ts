/** While the refuge was lost the home region led the set: its controller here takes over what was done before it acts again. */
import type { PlacedSet } from '../../core/config/pair.ts';
import { followed } from '../../core/move/without-refuge.ts';
import { seedsBehind } from '../../core/positions/stay.ts';
import type { Finding, ReconcilePorts } from './chore.ts';

/** Positions first: whoever dies between takes them over again, and the state says that all of it is here. */
export async function followHome(
  ports: ReconcilePorts,
  placed: PlacedSet,
  configVersion: string,
): Promise<readonly Finding[]> {
  if (placed.homeRegion === placed.controlRegion) return [];
  const there = ports.controlOf(placed.homeRegion);
  const [state, copy] = await Promise.all([ports.control.readSet(placed.name), there.readSet(placed.name)]);
  const next = followed(state, copy);
  if (next === undefined) return [];
  const records = await there.positions(placed.name, next.epoch);
  for (const record of records) await ports.control.putPositions(placed.name, record);
  // Home's region could not write them here; else seeds would go back to the last offset sync, behind what was processed.
  for (const seed of seedsBehind(records, await ports.control.seeds(placed.name), ports.clock.nowMs()))
    await ports.control.putSeed(placed.name, seed);
  const sentence =
    next.open === undefined
      ? `epoch ${next.epoch} of "${placed.name}", which ${placed.homeRegion} has led, is over and taken over: phase ${next.phase}`
      : `epoch ${next.epoch} of "${placed.name}" is led from ${placed.homeRegion} (phase ${next.phase}): nothing is done here until it is over`;
  await ports.control.putDecision({
    id: `${placed.name}-${next.epoch}-followed-${next.revision}-${next.open === undefined ? 'over' : 'open'}`,
    pair: next.pair,
    clientSet: placed.name,
    atMs: ports.clock.nowMs(),
    epochSeen: state?.epoch ?? 0,
    move: 'failback',
    trigger: 'reconcile',
    requestedBy: 'reconcile',
    kind: 'followed',
    sentence,
    reasons: [],
    guards: [],
    inputs: { routing: next.routing },
    configVersion,
  });
  return (await ports.control.writeSet(next)) === 'written' ? [{ kind: 'done', sentence }] : [];
}
