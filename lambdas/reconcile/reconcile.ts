/** The state that was decided is made true again, every minute: parameters, orphaned epochs, copies, stragglers. */
import { setsControlledFrom, setsMovedFrom, type PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import { HELD_SETS_METRIC } from '../../core/contracts/environment.ts';
import { isLedFromHome } from '../../core/move/without-refuge.ts';
import type { Finding, ReconcilePorts } from './chore.ts';
import { copyHome } from './copy.ts';
import { followHome } from './follow.ts';
import { countHeld } from './held.ts';
import { keepPairMoves } from './pair-moves.ts';
import { reconcileRouting } from './routing.ts';
import { nameStragglers } from './stragglers.ts';
import { takeUpOrphan, tellUnknown } from './take-up.ts';
import { tellUntold } from './untold.ts';

export interface Here {
  readonly region: string;
  readonly configVersion: string;
}

export interface ReconcileTurn {
  readonly kind: 'reconciled';
  readonly sentence: string;
  readonly done: readonly string[];
  readonly problems: readonly string[];
}

/** One turn over all sets that this region controls. A chore that fails does not keep the others from their work. */
export const reconcile =
  (ports: ReconcilePorts, config: PairConfig, here: Here) => async (): Promise<ReconcileTurn> => {
    const findings: Finding[] = [];
    const sets: PlacedSet[] = [];
    for (const placed of setsMovedFrom(config, here.region)) {
      const part = await partOf(ports, config, placed, here);
      findings.push(...part.findings);
      if (part.leads) sets.push(placed);
    }
    const round = async (chores: Round) => {
      for (const placed of sets)
        for (const [name, chore] of chores(ports, config, placed, here))
          findings.push(...(await attempt(ports, `${placed.name}: ${name}`, chore)));
    };
    // All sets' acts before any news: a bus that hangs costs seconds per event, and no epoch waits for that.
    await round(acts);
    findings.push(
      ...(await attempt(ports, 'counting holds', async () => gauge(ports, config, await countHeld(ports, sets)))),
    );
    await round(news);
    const problems = sentences(findings, 'problem');
    const done = sentences(findings, 'done');
    ports.metrics.put('ReconcileProblems', problems.length, 'Count', { pair: config.pair });
    for (const sentence of done) ports.log.info(sentence);
    for (const sentence of problems) ports.log.warn(sentence);
    return { kind: 'reconciled', sentence: `${done.length} changed, ${problems.length} problem(s)`, done, problems };
  };

interface Part {
  readonly leads: boolean;
  readonly findings: readonly Finding[];
}

/**
 * A set has one leader: the region of its refuge, or of its home from a claim without the refuge until that move is over. Where
 * that cannot be told the controller goes on by what it knows: each act looks at the regions' values again.
 */
async function partOf(ports: ReconcilePorts, config: PairConfig, placed: PlacedSet, here: Here): Promise<Part> {
  const controls = setsControlledFrom(config, here.region).some(({ name }) => name === placed.name);
  if (!controls) {
    return { leads: await isLed(ports, placed), findings: [] };
  }
  const findings = await attempt(ports, `${placed.name}: following`, () =>
    followHome(ports, placed, here.configVersion),
  );
  if (placed.homeRegion === here.region) return { leads: true, findings };
  return { leads: !(await isLed(ports, placed)), findings };
}

/** A table that cannot be read makes each chore of a controller fail by its own name; a guest's has none. */
const isLed = (ports: ReconcilePorts, { name }: PlacedSet): Promise<boolean> =>
  ports.control.readSet(name).then(isLedFromHome, () => false);

/** 0 is said too: an alarm that has rung must also stop. */
function gauge(ports: ReconcilePorts, config: PairConfig, held: number): readonly Finding[] {
  ports.metrics.put(HELD_SETS_METRIC, held, 'Count', { pair: config.pair });
  return [];
}

type Chore = () => Promise<readonly Finding[]>;

type Round = (
  ports: ReconcilePorts,
  config: PairConfig,
  placed: PlacedSet,
  here: Here,
) => readonly (readonly [string, Chore])[];

const acts: Round = (ports, config, placed, here) => [
  ['routing', () => reconcileRouting({ ports, config, placed, configVersion: here.configVersion })],
  ['taking up', () => takeUpOrphan(ports, placed)],
  ['moves of every pair', () => keepPairMoves(ports, config, placed)],
];

const news: Round = (ports, config, placed) => [
  ['telling', () => tellUntold(ports, placed)],
  ['telling of an unknown execution', () => tellUnknown(ports, placed)],
  ['copying', () => copyHome(ports, placed)],
  ['stragglers', () => nameStragglers(ports, config, placed)],
];

async function attempt(ports: ReconcilePorts, name: string, chore: Chore): Promise<readonly Finding[]> {
  try {
    return await chore();
  } catch (error) {
    ports.log.error(`${name} failed`, { error });
    return [{ kind: 'problem', sentence: `${name} failed: ${error instanceof Error ? error.message : String(error)}` }];
  }
}

const sentences = (findings: readonly Finding[], kind: Finding['kind']): readonly string[] =>
  findings.filter((finding) => finding.kind === kind).map((finding) => finding.sentence);
