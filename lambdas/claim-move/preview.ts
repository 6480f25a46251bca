/** What a dry run shows: values before and after, and what the move would cost as far as it is known now. */
import type { PlacedSet } from '../../core/config/pair.ts';
import { clusterOf } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { FlowObservation } from '../../core/contracts/observations.ts';
import type { SeedRecord } from '../../core/contracts/tables.ts';
import { epochOf, type MoveFacts } from '../../core/move/facts.ts';
import { lossSentence } from '../../core/move/loss.ts';
import { repetitionSentence } from '../../core/move/reprocess.ts';
import { tailReport } from '../../core/move/tail-report.ts';
import { recordsFromSeeds } from '../../core/readiness/expected.ts';
import { newestPositions } from '../gather/stay.ts';
import type { Ports } from '../ports.ts';

type Needs = Pick<Ports, 'control' | 'shared' | 'observations' | 'clock'>;

export async function preview(
  ports: Needs,
  config: PairConfig,
  placed: PlacedSet,
  facts: MoveFacts,
): Promise<readonly string[]> {
  return [...values(config, placed, facts), ...(await costs(ports, placed, facts))];
}

/** What the move would cost, as far as it is known before: also what a person reads who is asked for an approval. */
export async function costs(ports: Needs, placed: PlacedSet, facts: MoveFacts): Promise<readonly string[]> {
  if (facts.request.move === 'switchover') return [];
  // The guard that asks a person says it.
  if (facts.withoutRefuge !== undefined) return [];
  if (facts.request.move === 'failback') {
    const positions = await newestPositions(ports.control, { clientSet: placed.name, epoch: epochOf(facts) });
    const tail = tailReport(positions, placed);
    return [
      `processed at the refuge and again at home, at most: ${repetitionSentence(positions)}`,
      ...(tail === null ? [] : [tail.sentence]),
    ];
  }
  const sinceMs = ports.clock.nowMs() - facts.rules.foundStaleMs;
  const [looks, seeds] = await Promise.all([
    ports.observations.flowsSince(placed.home, placed.refuge, sinceMs),
    ports.control.seeds(placed.name),
  ]);
  return [loss(facts), duplicates(seeds, looks.at(-1), facts)];
}

function values(config: PairConfig, placed: PlacedSet, { request, place }: MoveFacts): readonly string[] {
  const at = (alias: string) => `${alias} (${clusterOf(config, alias).bootstrapServers.join(',')})`;
  const topics = place.topics.map(({ home }) => home).join(',');
  const remotes = place.topics.map(({ remote }) => remote).join(',');
  const [from, to] = request.move === 'failback' ? [placed.refuge, placed.home] : [placed.home, placed.refuge];
  const through = request.move === 'failover' ? `first ${remotes}, then ` : '';
  const finished = request.move === 'switchover' ? ', once all of it is finished there' : '';
  return [
    `producers: before ${at(from)}, after ${at(to)}`,
    `consumers: before ${at(from)} reading ${topics}, after ${at(to)} reading ${through}${topics}${finished}`,
  ];
}

const loss = ({ loss: expected }: MoveFacts): string =>
  expected === null
    ? 'expected loss is not told for this kind of move'
    : `${lossSentence(expected)}; what home still holds is processed there after its return`;

function duplicates(seeds: readonly SeedRecord[], look: FlowObservation | undefined, { place }: MoveFacts): string {
  const records = recordsFromSeeds(seeds, look?.remoteEnds, place.topics);
  return records === null
    ? 'expected duplicates: unknown, no seeds or no ends of the remote topics are at hand'
    : `to be read at the refuge from the seeds on: at most ${records} records, of which those processed at home since the seeds were written are duplicates`;
}
