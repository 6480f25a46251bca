/** Pins of a switchover: nobody is going to read the remote topics, so only the refuge's own topics are fixed. */
import { remoteTopicOf } from '../../core/config/pair.ts';
import type { PlacedSet } from '../../core/config/pair.ts';
import type { GroupConfig, PairConfig } from '../../core/config/schema.ts';
import type { PositionRecord } from '../../core/contracts/tables.ts';
import type { StepInput } from '../../core/contracts/workflow.ts';
import type { Position } from '../gather/commit.ts';
import { at, partitionsOf } from '../gather/partitions.ts';
import type { LocalStay } from '../gather/stay.ts';
import { answer } from '../shared/stage-record.ts';
import { commitPins, storedPin, textOf, type Needs, type Result } from './local.ts';

/** C is taken now, for the case that a person lets consumers go before they have finished; the fence replaces it. */
export async function pinForSwitchover(
  ports: Needs,
  config: PairConfig,
  placed: PlacedSet,
  input: StepInput,
  stay: LocalStay | undefined,
): Promise<Result> {
  const { clusterId } = await ports.kafka.reader(placed.home).identity();
  const lines: string[] = [];
  for (const group of placed.set.groups) {
    const store = (local: readonly Position[]) => storeRecords(ports, placed, group, { local, clusterId, input, stay });
    const outcome = await commitPins(ports, config, placed, input, { group, seeds: [], store, stay });
    if (outcome.kind !== 'pinned') return outcome;
    lines.push(...outcome.reasons);
  }
  return answer('pinned', `${lines.length} positions pinned on ${placed.refuge}`, lines.slice(0, 50));
}

interface Found {
  readonly local: readonly Position[];
  readonly clusterId: string;
  readonly input: StepInput;
  readonly stay: LocalStay | undefined;
}

async function storeRecords(
  ports: Needs,
  placed: PlacedSet,
  group: GroupConfig,
  { local, clusterId, input, stay }: Found,
): Promise<void> {
  const { topics } = placed.set;
  const [home, refuge] = [ports.kafka.reader(placed.home), ports.kafka.reader(placed.refuge)];
  const [committed, homeEnds, remoteEnds, earlier] = [
    await home.committed(group.id, topics),
    await home.ends(topics),
    await refuge.ends(topics.map((topic) => remoteTopicOf(placed, topic))),
    await ports.control.positions(placed.name, input.epoch),
  ];
  for (const topic of topics) {
    const before = earlier.find((record) => record.group === group.id && record.topic === topic);
    const partitions: PositionRecord['partitions'] = Object.fromEntries(
      partitionsOf(homeEnds, topic).map((partition) => [
        String(partition),
        {
          homeCommit: textOf(at(committed, topic, partition)),
          seed: null,
          remoteEnd: String(at(remoteEnds, remoteTopicOf(placed, topic), partition)?.highWatermark ?? 0n),
          localPin: storedPin({ group: group.id, topic, partition }, { local, before, stay }),
          drained: null,
          restore: null,
          homeEnd: String(at(homeEnds, topic, partition)!.highWatermark),
          tail: null,
          note: 'switchover: finished at home, nobody reads the remote topic',
        },
      ]),
    );
    const { id, mode: groupMode } = group;
    const atMs = ports.clock.nowMs();
    await ports.control.putPositions(placed.name, {
      epoch: input.epoch,
      group: id,
      groupMode,
      topic,
      clusterId,
      atMs,
      partitions,
    });
  }
}
