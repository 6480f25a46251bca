/** Tells a client set where to go: one new routing value, allotted once, written to every listed region, read back. */
import { ledFromHome, placedSet, type PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { Routing } from '../../core/contracts/routing.ts';
import type { StepInput, StepResult } from '../../core/contracts/workflow.ts';
import { markPublished } from '../../core/move/claim.ts';
import { clusterSubject } from '../../core/health/subjects.ts';
import { checkFence } from '../../core/move/fence.ts';
import { isConfirmedDown } from '../../core/move/supersede.ts';
import { isLedFromHome } from '../../core/move/without-refuge.ts';
import { decidePublish, leadsTo, type PublishDecision } from '../../core/routing/publish.ts';
import type { Ports } from '../ports.ts';
import { valuesOf } from '../../core/routing/regions.ts';
import { letNewestStand, readRegions, writeRegions, type RegionMiss } from '../shared/routing-regions.ts';
import { tellPublished } from '../shared/published.ts';
import { changeSet, type SetChange } from '../shared/set-state.ts';
import { answer, noteStage } from '../shared/stage-record.ts';

export type PublishPorts = Pick<Ports, 'control' | 'routing' | 'events' | 'clock' | 'log' | 'metrics'>;
type Result = StepResult<'publish-routing'>;

export const publishRouting =
  (ports: PublishPorts, config: PairConfig) =>
  async (input: StepInput): Promise<Result> => {
    const placed = placedSet(config, input.clientSet);
    if (placed === undefined)
      throw new Error(
        `no client set "${input.clientSet}" in pair "${config.pair}"; it was in the configuration when epoch ${input.epoch} was claimed`,
      );
    // Clients obey the region that leads the move, and write their acknowledgements to its bus.
    const leading = isLedFromHome(await ports.control.readSet(input.clientSet)) ? ledFromHome(placed) : placed;
    const allotted = await allot(ports, config, { placed, leading }, input);
    if (allotted.kind === 'not-needed')
      await noteStage(ports, input, { kind: 'not-needed', sentence: allotted.sentence });
    if (allotted.kind !== 'publish')
      return answer(allotted.kind === 'overtaken' ? 'published' : allotted.kind, allotted.sentence, [
        allotted.sentence,
      ]);
    const { routing } = allotted;
    await noteStage(ports, input, { revision: routing.revision });
    const missing = await writeRegions(ports, leading, routing);
    return settle(ports, leading, input, { routing, missing });
  };

/**
 * Takes the next revision and makes it the set's routing in one conditional write, before anything is written outside.
 * The set's own routing is the memory: a re-run finds its value there and publishes the same revision.
 */
async function allot(
  ports: PublishPorts,
  config: PairConfig,
  { placed, leading }: { readonly placed: PlacedSet; readonly leading: PlacedSet },
  input: StepInput,
): Promise<Superseded | PublishDecision> {
  const outside = valuesOf(await readRegions(ports, leading));
  // At home again the set is its controller's as before, if that region can be read: clients wait for the one they are told.
  const isBack = input.phase === 'home' && outside.some(({ region }) => region === placed.controlRegion);
  const stages = await ports.control.stages(input.clientSet, input.epoch);
  const keepBoth = stages.some((stage) => stage.kind === 'keep-both');
  const destination = leadsTo(input, placed);
  const verdict = destination === undefined ? null : await ports.control.verdict(clusterSubject(destination));
  const atMs = ports.clock.nowMs();
  return changeSet(ports.control, input.clientSet, (state): SetChange<Superseded | PublishDecision> => {
    const fence = checkFence(state, input);
    if (fence.kind === 'superseded') return { kind: 'leave', result: fence };
    const decision = decidePublish({
      config,
      placed: isBack ? placed : leading,
      input,
      state: fence.state,
      claim: fence.claim,
      outside,
      keepBoth,
      // Who recovers at home is there already.
      ...(verdict && isConfirmedDown(verdict.kind) && fence.state.phase !== 'recovering'
        ? { destinationIsLost: verdict.sentence }
        : {}),
      atMs,
    });
    if (decision.kind !== 'publish' || !decision.isNew) return { kind: 'leave', result: decision };
    return { kind: 'write', next: markPublished(fence.state, { routing: decision.routing, atMs }), result: decision };
  });
}

interface Superseded {
  readonly kind: 'superseded';
  readonly sentence: string;
}

interface Written {
  readonly routing: Routing;
  readonly missing: readonly RegionMiss[];
}

/** After the write: does the epoch still belong to this execution? Only then it is news. */
async function settle(ports: PublishPorts, placed: PlacedSet, input: StepInput, written: Written): Promise<Result> {
  const state = await letNewestStand(ports, placed, written.routing);
  const fence = checkFence(state, input);
  if (fence.kind === 'superseded') return answer('superseded', fence.sentence, [fence.sentence]);
  const sentence = sentenceOf(written);
  await tellPublished(ports, written.routing, { move: input.move, sentence });
  await noteStage(ports, input, {
    kind: 'published',
    sentence,
    revision: written.routing.revision,
    data: { missing: written.missing },
  });
  return answer('published', sentence, written.missing.map(missText));
}

const missText = (miss: RegionMiss): string => `${miss.region}: ${miss.because}`;

function sentenceOf({ routing, missing }: Written): string {
  const told = `revision ${routing.revision} of "${routing.clientSet}" is published: ${routing.phase}, producers ${routing.producers.state} on ${routing.producers.cluster}, consumers read ${routing.consumers.read} on ${routing.consumers.cluster}`;
  return missing.length === 0
    ? told
    : `${told}; not yet in ${missing.map((miss) => miss.region).join(', ')}, reconcile goes on trying`;
}
