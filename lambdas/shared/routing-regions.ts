/** One client set's routing value in all its listed regions. publish-routing and reconcile share it, so that both repair alike. */
import type { PlacedSet } from '../../core/config/pair.ts';
import { parseRouting, type Routing } from '../../core/contracts/routing.ts';
import type { SetState } from '../../core/contracts/tables.ts';
import type { RegionReading } from '../../core/routing/regions.ts';
import { sameRouting } from '../../core/routing/revision.ts';
import type { Clock, ControlTable, Log, RoutingStore } from '../ports.ts';

export interface RegionsPorts {
  readonly routing: RoutingStore;
  readonly clock: Clock;
}

export const readRegions = (
  ports: Pick<RegionsPorts, 'routing'>,
  placed: PlacedSet,
): Promise<readonly RegionReading[]> =>
  Promise.all(placed.clientRegions.map((region) => readRegion(ports, region, placed.name)));

export async function readRegion(
  ports: Pick<RegionsPorts, 'routing'>,
  region: string,
  clientSet: string,
): Promise<RegionReading> {
  const reading = await ports.routing.read(region, clientSet);
  if (reading.kind === 'unreachable') return { kind: 'unreachable', region, because: reading.because };
  if (reading.kind === 'absent') return { kind: 'absent', region };
  const parsed = parseRouting(reading.text);
  return parsed.kind === 'valid'
    ? { kind: 'value', region, routing: parsed.routing }
    : { kind: 'corrupt', region, problems: parsed.problems };
}

/** A region that does not hold the value, and why. */
export interface RegionMiss {
  readonly region: string;
  readonly because: string;
}

/** Tries per region to read back what was written, and the pause between them: Parameter Store does not promise read-after-write. */
const LOOKS = 4;
const PAUSE_MS = 250;

/**
 * Writes and reads back one region; undefined when it holds the value and its plain parameters say the same.
 * A region that cannot be reached, or answers otherwise, is named: the caller decides whether that matters.
 */
export async function writeRegion(
  ports: RegionsPorts,
  region: string,
  routing: Routing,
): Promise<RegionMiss | undefined> {
  const written = await ports.routing.write(region, routing);
  if (written.kind === 'unreachable') return { region, because: written.because };
  let because = '';
  for (let look = 1; look <= LOOKS; look += 1) {
    because = await differenceIn(ports, region, routing);
    if (because === '') return undefined;
    await ports.clock.pause(PAUSE_MS);
  }
  return { region, because };
}

async function differenceIn(ports: RegionsPorts, region: string, routing: Routing): Promise<string> {
  const reading = await readRegion(ports, region, routing.clientSet);
  if (reading.kind === 'unreachable') return `it was written, but could not be read back: ${reading.because}`;
  if (reading.kind !== 'value') return `it was written, but reads back as ${reading.kind}`;
  if (!sameRouting(reading.routing, routing))
    return `it was written, but reads back as revision ${reading.routing.revision}`;
  return driftIn(ports, region, routing);
}

/** Plain parameters that say something else than the routing value, in words; empty when all agree. */
export async function driftIn(ports: Pick<RegionsPorts, 'routing'>, region: string, routing: Routing): Promise<string> {
  try {
    const drift = await ports.routing.plainDrift(region, routing);
    return drift.length === 0 ? '' : `plain parameters differ: ${drift.join(', ')}`;
  } catch (error) {
    return `plain parameters could not be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/**
 * Writes every listed region. Throws when the controlling region does not hold the value afterwards: consumers obey
 * that one, so nothing counts as published without it. The other regions' misses are answered by name.
 */
export async function writeRegions(
  ports: RegionsPorts,
  placed: PlacedSet,
  routing: Routing,
): Promise<readonly RegionMiss[]> {
  const control = await writeRegion(ports, placed.controlRegion, routing);
  if (control !== undefined)
    throw new Error(
      `revision ${routing.revision} of "${placed.name}" is not in its controlling region ${control.region}: ${control.because}`,
    );
  const others = placed.clientRegions.filter((region) => region !== placed.controlRegion);
  const misses = await Promise.all(others.map((region) => writeRegion(ports, region, routing)));
  return misses.flatMap((miss) => miss ?? []);
}

/**
 * Parameter Store has no compare-and-swap: a write of ours that hung may land after a newer one. So whoever wrote
 * looks at the set again, and writes what was published meanwhile over its own until the newest stands.
 * Answers the state as last read.
 */
export async function letNewestStand(
  ports: RegionsPorts & { readonly control: Pick<ControlTable, 'readSet'>; readonly log: Log },
  placed: PlacedSet,
  mine: Routing,
): Promise<SetState | null> {
  let standing = mine;
  for (;;) {
    const state = await ports.control.readSet(placed.name);
    const newest = state?.routing;
    if (newest === undefined || newest.revision <= standing.revision) return state;
    ports.log.warn('a newer revision was published while this one was being written; writing the newer one again', {
      clientSet: placed.name,
      mine: mine.revision,
      newest: newest.revision,
    });
    await writeRegions(ports, placed, newest);
    standing = newest;
  }
}
