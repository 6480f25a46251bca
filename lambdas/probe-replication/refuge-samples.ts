/**
 * Where the groups of a set stand in the refuge's own topics while the set lives there, looked at from its home region and
 * kept there: with the refuge lost, that is where they go on in the remote topics at home.
 */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { SetState } from '../../core/contracts/tables.ts';
import { livesAtRefuge } from '../../core/move/without-refuge.ts';
import { look, mapInBatches, READS_AT_ONCE } from '../gather/partitions.ts';
import type { Ports } from '../ports.ts';
import { recentOf, sampleOf } from './sample.ts';

type Needs = Pick<Ports, 'kafka' | 'control' | 'clock' | 'log'>;

export interface Guests {
  /** What they wrote at the flow's source is copied, or still to be copied, to their home. */
  readonly owed: readonly PlacedSet[];
  /** They read there too. */
  readonly there: readonly PlacedSet[];
}

/** Sets of the flow's target that live, or have lived, at its source, by what this region's table says of them. */
export async function guestsOf(control: Ports['control'], sets: readonly PlacedSet[]): Promise<Guests> {
  const states = await mapInBatches(sets, READS_AT_ONCE, ({ name }) => control.readSet(name));
  const of = (holds: (state: SetState | null) => boolean) => sets.filter((_placed, i) => holds(states[i] ?? null));
  return { owed: of((state) => livesAtRefuge(state) || state?.phase === 'recovering'), there: of(livesAtRefuge) };
}

/** A refuge that cannot be read leaves the samples as they are: those of the day it was lost are the ones that count. */
export async function sampleRefuge(ports: Needs, placed: PlacedSet): Promise<void> {
  const problems: string[] = [];
  await look(`positions of "${placed.name}" at ${placed.refuge}`, problems, () => takeSamples(ports, placed));
  if (problems.length > 0) ports.log.warn('the refuge was not sampled', { clientSet: placed.name, problems });
}

async function takeSamples({ kafka, control, clock }: Needs, placed: PlacedSet): Promise<void> {
  const refuge = kafka.reader(placed.refuge);
  const { topics, groups } = placed.set;
  const { clusterId } = await refuge.identity();
  const commits = await mapInBatches(groups, READS_AT_ONCE, ({ id }) => refuge.committed(id, topics));
  const ends = await refuge.ends(topics);
  const before = await control.refugeSamples(placed.name);
  const atMs = clock.nowMs();
  for (const [i, { id: group }] of groups.entries())
    for (const topic of topics) {
      const partitions = sampleOf(topic, commits[i]!, ends);
      if (Object.keys(partitions).length === 0) continue;
      const last = before.find((one) => one.group === group && one.topic === topic && one.clusterId === clusterId);
      const recent = recentOf(last, { atMs, partitions });
      await control.putRefugeSample(placed.name, { group, topic, atMs, clusterId, partitions, recent });
    }
}
