/** Puts the record of a run together: client logs, observed routing, broker logs, stored decisions and stated positions. */
import type { Decision } from '../../core/contracts/tables.ts';
import { remoteTopicOf, placedSet } from '../../core/config/pair.ts';
import { replay } from '../../core/move/replay.ts';
import type { RunRecord, StatedPosition, StoredDecision } from './checker/records.ts';
import { readCommits } from './commits.ts';
import { readLogs } from './observer.ts';
import type { DrillOptions } from './drill-options.ts';
import { TOPICS, abortsIn, groupsOf, homeOnlyGroup, setOf } from './pair.ts';
import { otherOf } from './stage.ts';
import type { BareStage, Stage } from './stage.ts';
import { statedPositions } from './looks.ts';
import type { Acts } from './story.ts';
import { COMMIT_EVERY_RECORDS } from './workload/consuming.ts';

export type RunOptions = Pick<DrillOptions, 'fail' | 'policy' | 'trigger'>;

export async function gatherRun(stage: Stage, options: RunOptions, acts: Acts): Promise<RunRecord> {
  const set = setOf(options.fail);
  const decisions = await Promise.all(
    Object.keys(stage.config.clientSets).map((name) => stage.cloud.controlOf(name).decisions(name, 500)),
  );
  return {
    ...(await gatherLogs(stage, options, acts)),
    stated: await statedFor(stage, set),
    decisions: decisions.flat().map(decisionOf),
  };
}

/** What clients, observer and brokers hold: everything but what a deployed system has stored. */
export async function gatherLogs(
  stage: BareStage,
  options: RunOptions,
  acts: Acts,
): Promise<Omit<RunRecord, 'stated' | 'decisions'>> {
  const home = options.fail;
  const refuge = otherOf(home);
  const set = setOf(home);
  const placed = placedSet(stage.config, set)!;
  const remote = TOPICS.map((topic) => remoteTopicOf(placed, topic));
  const copies = TOPICS.map((topic) => remoteTopicOf(placedSet(stage.config, setOf(refuge))!, topic));
  const logs = [
    ...(await readLogs(home, stage.kafka.reader(home), [...TOPICS, ...copies])),
    ...(await readLogs(refuge, stage.kafka.reader(refuge), [...TOPICS, ...remote])),
  ];
  const ids = (['K1', 'K2'] as const).flatMap((alias) => groupsOf(alias, stage.form).map(({ id }) => id));
  const commits = [
    ...(await readCommits(home, stage.kafka.reader(home), ids)),
    ...(await readCommits(refuge, stage.kafka.reader(refuge), ids)),
  ];
  const { produced, processed, adopted } = stage.workload.read();
  const seen = stage.observer.seen;
  return {
    failed: home,
    refuge,
    movedSet: set,
    topics: TOPICS,
    remotePrefix: placed.remotePrefix,
    ordering: options.policy,
    trigger: options.trigger,
    groups: [
      ...groupsOf(home, stage.form).map(({ id, mode }) => ({
        id,
        mode,
        movedSet: set,
        ...(mode === 'home-only' && { owedBy: set }),
      })),
      { id: homeOnlyGroup(refuge), mode: 'home-only', owedBy: setOf(refuge) },
    ],
    produced,
    processed,
    adopted: adopted.flatMap((a) => {
      const under = seen.find((s) => s.set === a.set && s.revision === a.revision);
      return under === undefined
        ? []
        : [{ ...a, cluster: a.role === 'producer' ? under.producers.cluster : under.consumers.cluster }];
    }),
    logs,
    commits,
    seen,
    inFlightPerMember: COMMIT_EVERY_RECORDS,
    aborting: abortsIn(stage.form),
    marks: { startedMs: acts.startedMs, endedMs: acts.endedMs },
    rounds: acts.rounds,
  };
}

/** Of the workflow. */
const PIN_STAGE = 'Pin positions';

const big = (text: string | null): bigint | null => (text === null ? null : BigInt(text));

/** Where the groups of a set were pinned, in each of its moves. */
export async function statedFor(stage: Stage, set: string): Promise<readonly StatedPosition[]> {
  const records = await statedPositions(stage, set);
  const pins = await Promise.all(records.map(({ epoch }) => stage.cloud.controlOf(set).stage(set, epoch, PIN_STAGE)));
  return records.flatMap((record, i) =>
    Object.entries(record.partitions).map(([partition, p]) => ({
      epoch: record.epoch,
      group: record.group,
      topic: record.topic,
      partition: Number(partition),
      homeCommit: big(p.homeCommit),
      seed: big(p.seed),
      remoteEnd: BigInt(p.remoteEnd),
      restore: big(p.restore),
      drained: big(p.drained),
      ...(pins[i] && { pinnedMs: pins[i].lastAtMs }),
      ...(p.reprocess && { reprocess: big(p.reprocess.atMost) }),
    })),
  );
}

function differenceOf(d: Decision): Pick<StoredDecision, 'differs'> {
  const again = replay(d);
  return again.kind === 'differs' ? { differs: again.because } : {};
}

const decisionOf = (d: Decision): StoredDecision => ({
  ...differenceOf(d),
  set: d.clientSet,
  epochSeen: d.epochSeen,
  kind: d.kind,
  move: d.move,
  trigger: d.trigger,
  requestedBy: d.requestedBy,
  sentence: d.sentence,
  atMs: d.atMs,
});
