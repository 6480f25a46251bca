/** What each listed region holds of a set's routing value, and what has to be done so that all of them agree. */
import type { PlacedSet } from '../config/pair.ts';
import type { PairConfig } from '../config/schema.ts';
import type { Routing } from '../contracts/routing.ts';
import type { SetState } from '../contracts/tables.ts';
import { planRouting } from './plan.ts';
import { newestOf, outruns, sameRouting, type RegionValue } from './revision.ts';

export type RegionReading =
  | { readonly kind: 'value'; readonly region: string; readonly routing: Routing }
  | { readonly kind: 'corrupt'; readonly region: string; readonly problems: readonly string[] }
  | { readonly kind: 'absent'; readonly region: string }
  | { readonly kind: 'unreachable'; readonly region: string; readonly because: string };

export const valuesOf = (readings: readonly RegionReading[]): readonly RegionValue[] =>
  readings.flatMap((reading) => (reading.kind === 'value' ? [reading] : []));

export interface RegionFacts {
  readonly config: PairConfig;
  readonly placed: PlacedSet;
  readonly state: SetState | null;
  /** The home region's copy of the state; null when there is none or it could not be read. */
  readonly copy: SetState | null;
  readonly readings: readonly RegionReading[];
  /** Sentences: pauses over the set that stand, of whatever scope, and what is not known of them. */
  readonly paused: readonly string[];
  readonly nowMs: number;
}

export type RegionDecision =
  /** Nobody has ever published: the first value sends everybody home. */
  | { readonly kind: 'create'; readonly next: SetState; readonly routing: Routing; readonly sentence: string }
  /** Clients obey a value that our table does not know: take it over, write nothing outside. */
  | { readonly kind: 'import'; readonly next: SetState; readonly sentence: string }
  /** A value written by hand outruns ours: say the same again under a higher revision. */
  | { readonly kind: 'renumber'; readonly next: SetState; readonly routing: Routing; readonly sentence: string }
  | {
      readonly kind: 'repair';
      readonly routing: Routing;
      readonly regions: readonly string[];
      readonly sentence: string;
    }
  /** Something is not as it should be, and it is not ours to change now. */
  | { readonly kind: 'observe'; readonly sentence: string }
  | { readonly kind: 'agreed'; readonly routing: Routing };

export function decideRegions(facts: RegionFacts): RegionDecision {
  const { state, copy, readings, placed } = facts;
  const epoch = state?.epoch ?? 0;
  const newest = newestOf(valuesOf(readings));
  if (newest !== null && (newest.routing.epoch > epoch || state?.routing === undefined)) return takeOver(facts, newest);
  if (copy !== null && copy.epoch > epoch)
    return {
      kind: 'observe',
      sentence: `${placed.homeRegion} knows epoch ${copy.epoch} of "${placed.name}", newer than our ${epoch}; waiting for its routing value`,
    };
  if (state?.routing === undefined) return first(facts);
  return agree(facts, state, state.routing);
}

/** A value in mid-move belongs to a controller that is still at work. Only a place to stay is taken over. */
function takeOver({ state, copy, placed, config }: RegionFacts, { region, routing }: RegionValue): RegionDecision {
  const known = `${region} holds revision ${routing.revision} of epoch ${routing.epoch} (${routing.phase}), which is not ours (epoch ${state?.epoch ?? 0})`;
  if (routing.phase !== 'home' && routing.phase !== 'refuge')
    return {
      kind: 'observe',
      sentence: `${known}; another controller is moving "${placed.name}", so nothing is written`,
    };
  const { open: _superseded, ...base } = state ?? copy ?? firstState(config, placed);
  return {
    kind: 'import',
    next: {
      ...base,
      epoch: routing.epoch,
      revision: Math.max(base.revision, routing.revision),
      phase: routing.phase,
      routing,
      version: (state?.version ?? 0) + 1,
    },
    sentence: `${known}; taken over as the state of "${placed.name}"`,
  };
}

function first(facts: RegionFacts): RegionDecision {
  const { config, placed, state, readings } = facts;
  const notAbsent = readings.filter((reading) => reading.kind !== 'absent');
  if (notAbsent.length > 0)
    return {
      kind: 'observe',
      sentence: `"${placed.name}" has no routing yet, but ${notAbsent.map(describe).join('; ')}; a first value is written only when every listed region is known to hold none`,
    };
  const base = state ?? firstState(config, placed);
  const routing = planRouting({
    config,
    placed,
    phase: 'home',
    // Stryker disable next-line StringLiteral: at home there is one value for all
    target: 'everyone',
    // Stryker disable next-line BooleanLiteral: at home nobody reads remote topics
    keepBoth: false,
    epoch: base.epoch,
    revision: base.revision + 1,
    cause: 'first value: everybody at home',
    issuedAt: new Date(facts.nowMs).toISOString(),
  });
  const next: SetState = {
    ...base,
    phase: 'home',
    revision: routing.revision,
    routing,
    version: (state?.version ?? 0) + 1,
  };
  return {
    kind: 'create',
    next,
    routing,
    sentence: `"${placed.name}" gets its first routing value: home, revision ${routing.revision}`,
  };
}

/** A set that nobody has moved yet, as the configuration describes it. */
export const firstState = (config: PairConfig, placed: PlacedSet): SetState => ({
  pair: config.pair,
  clientSet: placed.name,
  epoch: 0,
  revision: 0,
  phase: 'home',
  mode: placed.set.mode,
  modeSetBy: 'configuration',
  automaticStartsMs: [],
  version: 0,
});

function agree(facts: RegionFacts, state: SetState, present: Routing): RegionDecision {
  const { placed, readings, paused, nowMs } = facts;
  const different = readings.filter((reading) =>
    reading.kind === 'value' ? !sameRouting(reading.routing, present) : reading.kind !== 'unreachable',
  );
  if (different.length === 0) return { kind: 'agreed', routing: present };
  const found = different.map(describe).join('; ');
  const [why] = paused;
  if (why !== undefined) return { kind: 'observe', sentence: `${why}; "${placed.name}" is left as it is: ${found}` };
  const ahead = newestOf(valuesOf(different).filter(({ routing }) => outruns(routing, present)));
  if (ahead === null)
    return {
      kind: 'repair',
      routing: present,
      regions: different.map(({ region }) => region),
      sentence: `revision ${present.revision} of "${placed.name}" is written again: ${found}`,
    };
  if (state.open !== undefined)
    return {
      kind: 'observe',
      sentence: `${found}; the move of epoch ${state.open.epoch} goes past that revision with its next publish`,
    };
  const routing: Routing = {
    ...present,
    revision: Math.max(state.revision, ahead.routing.revision) + 1,
    issuedAt: new Date(nowMs).toISOString(),
  };
  const next: SetState = { ...state, revision: routing.revision, routing, version: state.version + 1 };
  return {
    kind: 'renumber',
    next,
    routing,
    sentence: `${found}; clients may obey it, so the same is said again as revision ${routing.revision}`,
  };
}

function describe(reading: RegionReading): string {
  switch (reading.kind) {
    case 'value':
      return `${reading.region} holds revision ${reading.routing.revision} (${reading.routing.phase})`;
    case 'corrupt':
      return `${reading.region} holds no valid value (${reading.problems.join(', ')})`;
    case 'absent':
      return `${reading.region} holds none`;
    case 'unreachable':
      return `${reading.region} could not be read (${reading.because})`;
  }
}
