/** Keeps every listed region's parameters equal to the set's routing; creates the first value; never fights a person. */
import { busOf, type PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { Routing } from '../../core/contracts/routing.ts';
import type { SetState } from '../../core/contracts/tables.ts';
import { decideRegions, type RegionDecision } from '../../core/routing/regions.ts';
import { whyPaused } from '../../core/move/pause.ts';
import { widePauses } from '../shared/wide-pauses.ts';
import { driftIn, letNewestStand, readRegions, writeRegion, writeRegions } from '../shared/routing-regions.ts';
import type { Finding, ReconcilePorts } from './chore.ts';

export interface RoutingChore {
  readonly ports: ReconcilePorts;
  readonly config: PairConfig;
  readonly placed: PlacedSet;
  readonly configVersion: string;
}

export async function reconcileRouting(chore: RoutingChore): Promise<readonly Finding[]> {
  const { ports, config, placed } = chore;
  const [state, copy, readings, wide] = await Promise.all([
    ports.control.readSet(placed.name),
    homeCopy(chore),
    readRegions(ports, placed),
    widePauses(ports),
  ]);
  const nowMs = ports.clock.nowMs();
  const paused = state === null ? [] : whyPaused(state, placed, { ...wide, nowMs });
  const decision = decideRegions({ config, placed, state, copy, readings, paused, nowMs });
  const unreachable = readings.flatMap((reading): readonly Finding[] =>
    reading.kind === 'unreachable'
      ? [{ kind: 'problem', sentence: `${reading.region} could not be read: ${reading.because}` }]
      : [],
  );
  return [...(await act(chore, decision, paused[0])), ...unreachable, ...unheard(config, state)];
}

/** Clients learn the bus from their routing value; another one in the configuration reaches them with the next publish only. */
function unheard(config: PairConfig, state: SetState | null): readonly Finding[] {
  const told = state?.routing?.bus;
  const heard = busOf(config);
  if (told === undefined || told === heard) return [];
  const sentence = `clients of "${state?.clientSet ?? ''}" acknowledge on bus "${told}", as their routing value says, and this deployment listens on "${heard}": nobody hears them; set bus to "${told}" in the configuration and deploy, or refresh the set`;
  return [{ kind: 'problem', sentence }];
}

/** What the home region knows of the set; a region that cannot be asked knows nothing. */
async function homeCopy({ ports, placed }: RoutingChore): Promise<SetState | null> {
  if (placed.homeRegion === placed.controlRegion) return null;
  return ports
    .controlOf(placed.homeRegion)
    .readSet(placed.name)
    .catch(() => null);
}

async function act(
  chore: RoutingChore,
  decision: RegionDecision,
  paused: string | undefined,
): Promise<readonly Finding[]> {
  switch (decision.kind) {
    case 'agreed':
      return plainParameters(chore, decision.routing, paused);
    case 'observe':
      return [{ kind: 'problem', sentence: decision.sentence }];
    case 'import':
      return (await recorded(chore, 'imported', decision)) ? [{ kind: 'done', sentence: decision.sentence }] : [];
    case 'repair':
      return rewrite(chore, decision.routing, decision.regions, decision.sentence);
    case 'create':
    case 'renumber':
      if (!(await recorded(chore, decision.kind === 'create' ? 'first-home' : 'renumbered', decision))) return [];
      return rewrite(chore, decision.routing, chore.placed.clientRegions, decision.sentence);
  }
}

/** The decision first, then the state; false when somebody else wrote the state meanwhile: the next turn looks again. */
async function recorded(
  { ports, placed, configVersion }: RoutingChore,
  kind: string,
  { next, sentence }: { next: SetState; sentence: string },
): Promise<boolean> {
  await ports.control.putDecision({
    id: `${placed.name}-${next.epoch}-${kind}-${next.revision}`,
    pair: next.pair,
    clientSet: placed.name,
    atMs: ports.clock.nowMs(),
    epochSeen: next.epoch,
    // None of the three moves; its kind says what it is. A value of phase `home` is where a failback ends.
    move: 'failback',
    trigger: 'reconcile',
    requestedBy: 'reconcile',
    kind,
    sentence,
    reasons: [],
    guards: [],
    inputs: { routing: next.routing },
    configVersion,
  });
  return (await ports.control.writeSet(next)) === 'written';
}

async function rewrite(
  { ports, placed }: RoutingChore,
  routing: Routing,
  regions: readonly string[],
  sentence: string,
): Promise<readonly Finding[]> {
  const misses =
    regions.length === placed.clientRegions.length
      ? await writeRegions(ports, placed, routing)
      : (await Promise.all(regions.map((region) => writeRegion(ports, region, routing)))).flatMap((miss) => miss ?? []);
  await letNewestStand(ports, placed, routing);
  ports.metrics.put('RoutingRepaired', 1, 'Count', { pair: routing.pair, clientSet: placed.name });
  return [
    { kind: 'done', sentence },
    ...misses.map((miss): Finding => ({ kind: 'problem', sentence: `${miss.region}: ${miss.because}` })),
  ];
}

/** Plain values are derived from the routing value; whoever edits them by hand is repaired too, unless paused. */
async function plainParameters(
  chore: RoutingChore,
  routing: Routing,
  paused: string | undefined,
): Promise<readonly Finding[]> {
  const { ports, placed } = chore;
  const drifts = await Promise.all(
    placed.clientRegions.map(async (region) => ({ region, drift: await driftIn(ports, region, routing) })),
  );
  const drifted = drifts.filter(({ drift }) => drift !== '');
  if (drifted.length === 0) return [];
  const sentence = drifted.map(({ region, drift }) => `${region}: ${drift}`).join('; ');
  if (paused !== undefined) return [{ kind: 'problem', sentence: `${paused}; left as it is: ${sentence}` }];
  return rewrite(
    chore,
    routing,
    drifted.map(({ region }) => region),
    `written again: ${sentence}`,
  );
}
