/**
 * Failback: sets each group's position at home to u*, so that home goes on where the refuge left off. What was processed
 * through the remote topic is not repeated, what was never replicated is not skipped.
 */
import { names } from '../../core/config/pair.ts';
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { Claim, PositionRecord, SeedRecord, SetState } from '../../core/contracts/tables.ts';
import type { StepInput, StepResult } from '../../core/contracts/workflow.ts';
import { takenSentence } from '../../core/drain/taken.ts';
import { reprocessRestored } from '../../core/move/reprocess.ts';
import { describeChoices, type RestoreChoice } from '../../core/positions/restore.ts';
import { refugeOf } from '../../core/positions/stay.ts';
import { membersOf } from '../gather/owners.ts';
import { at } from '../gather/partitions.ts';
import { questionsOf } from '../gather/positions.ts';
import { newestPositions } from '../gather/stay.ts';
import { commitAndVerify } from '../gather/commit.ts';
import { stand } from '../gather/step.ts';
import { readSyncs } from '../gather/syncs.ts';
import type { ByPartition, Ends, NewPosition } from '../ports.ts';
import { answer, noteStage } from '../shared/stage-record.ts';
import { restoreAlone } from './alone.ts';
import { choose, isOfNewLog, type Chosen, type Frame } from './choose.ts';
import { noteNewLogs } from './new-logs.ts';
import { sampleRestored } from './samples.ts';
import { cameHome, lossesOf, noteTaken } from './taken.ts';
import type { Needs } from './needs.ts';

/** Of the 30 s a step has, for comparing both logs by content: reading syncs and committing need the rest. */
const CONTENT_MS = 8_000;

type Result = StepResult<'restore-positions'>;

export const restorePositions =
  (ports: Needs, config: PairConfig) =>
  async (input: StepInput): Promise<Result> => {
    const result = await restoreSet(ports, config, input);
    if (result.kind !== 'superseded') await noteStage(ports, input, { kind: result.kind, sentence: result.sentence });
    return result;
  };

type Permission =
  | { readonly kind: 'owned'; readonly placed: PlacedSet; readonly claim: Claim; readonly state: SetState }
  | { readonly kind: 'over'; readonly result: Result };

/** Once clients are sent home their positions are their own: a second or a late run must not touch them. */
async function mayRestore(ports: Needs, config: PairConfig, input: StepInput): Promise<Permission> {
  const footing = await stand(ports.control, config, input);
  if (footing.kind === 'superseded') return { kind: 'over', result: answer('superseded', footing.sentence) };
  const { refugeLost } = footing.claim.input;
  if (footing.state.phase === 'home')
    return {
      kind: 'over',
      result: answer(
        refugeLost ? 'restored-alone' : 'restored',
        'positions were restored before consumers were sent home',
      ),
    };
  if (footing.state.phase === 'recovering')
    return { kind: 'over', result: answer('restored-alone', 'positions were set before clients were sent home') };
  const { placed, claim, state } = footing;
  return { kind: 'owned', placed, claim, state };
}

async function restoreSet(ports: Needs, config: PairConfig, input: StepInput): Promise<Result> {
  const permission = await mayRestore(ports, config, input);
  if (permission.kind === 'over') return permission.result;
  const { placed, claim, state } = permission;
  const records = await newestPositions(ports.control, input);
  if (records.length === 0)
    return answer(
      'held',
      'no positions of an earlier failover are stored; set the positions at home by hand, then proceed',
    );

  if (claim.input.refugeLost) {
    const mayGoOn = async () => {
      const again = await mayRestore(ports, config, input);
      return again.kind === 'over' ? again.result : undefined;
    };
    return restoreAlone(ports, config, { placed, input, records, leftHomeAtMs: state.leftHomeAtMs ?? 0, mayGoOn });
  }
  const home = ports.kafka.reader(placed.home);
  const { clusterId } = await home.identity();
  const groups = [...new Set(records.map((r) => r.group))];
  const busy = [...(await home.groups(groups))]
    .filter(([, view]) => membersOf(view) !== 'none')
    .map(([group]) => group);
  if (busy.length > 0)
    return answer('held', `group ${busy.join(', ')} has members at home already; stop them, then resume`, busy);

  const syncs = await readSyncs(ports, config, placed, questionsOf(records));
  const contentUntilMs = ports.clock.nowMs() + CONTENT_MS;
  const choices: RestoreChoice[] = [];
  const lines: string[] = [];
  const losses: string[] = [];
  for (const group of groups) {
    const restored = await restoreGroup(
      ports,
      config,
      placed,
      records.filter((r) => r.group === group),
      { input, syncs, clusterId, claim, contentUntilMs },
    );
    if (restored.kind !== 'chosen') return restored;
    choices.push(...restored.chosen.map(({ choice }) => choice));
    lines.push(...restored.chosen.flatMap((one) => lineOf(group, one)));
    losses.push(...lossesOf(group, restored.chosen));
  }
  const done = `${lines.length} positions restored on ${placed.home}: ${describeChoices(choices)}${takenSentence(losses)}`;
  const told = losses.map((line) => `taken by retention or truncation, in offsets: ${line}`);
  return answer('restored', done, [...told, ...lines].slice(0, 50));
}

async function restoreGroup(
  ports: Needs,
  config: PairConfig,
  placed: PlacedSet,
  records: readonly PositionRecord[],
  frame: Frame,
): Promise<Result | { readonly kind: 'chosen'; readonly chosen: readonly Chosen[] }> {
  const group = records[0]!.group;
  const homeEnds = await ports.kafka.reader(placed.home).ends(records.map((r) => r.topic));
  const chosen = await choose(ports, placed, records, { ...frame, homeEnds });
  const refused = chosen.filter((c) => c.choice.kind === 'refuse');
  if (refused.length > 0) {
    const lines = refused.map((c) => `${group} ${c.topic}-${c.partition}: ${c.choice.because[0]}`);
    return answer('held', `${lines[0]!}; see "Home was rebuilt or truncated" in the runbook`, lines);
  }
  const renewed = chosen.filter(isOfNewLog).map((c) => c.topic);
  const newLogs = { ...frame, topics: renewed, claimedAtMs: frame.claim.claimedAtMs };
  const positions: NewPosition[] = chosen.flatMap((c) =>
    c.choice.kind === 'commit' ? [{ topic: c.topic, partition: c.partition, offset: c.choice.position }] : [],
  );
  const committer = await ports.kafka.openCommitter(
    placed.home,
    names.transactionalId(config.pair, placed.name, group, placed.home),
  );
  try {
    // Only now, with earlier holders fenced, does the answer to "may we" stay true.
    const permission = await mayRestore(ports, config, frame.input);
    if (permission.kind === 'over') return permission.result;
    await noteNewLogs(ports, placed, newLogs);
    // Before the commit: a run after one that died finds the position raised already, and would not see what was taken.
    await noteTaken(ports, placed, records, chosen);
    const reader = ports.kafka.reader(placed.home);
    const outcome = await commitAndVerify({ committer, reader, clock: ports.clock }, group, positions);
    if (outcome.kind === 'fenced')
      throw new Error(`the restore of ${group} was fenced by another writer of its positions; run again`);
    if (outcome.kind === 'different')
      return answer('held', `${outcome.sentence}; somebody else commits for this group at home`, [outcome.sentence]);
  } finally {
    await committer.close();
  }
  // Once more: another set of this home that noted its own at the same moment may have replaced the note.
  await noteNewLogs(ports, placed, newLogs);
  const kept = records.map((record) => restoredRecord(record, { chosen, homeEnds, ...frame }));
  await keepSeeds(ports, placed, kept, chosen);
  await sampleRestored(ports, placed, { clusterId: frame.clusterId, records: kept, renewed, ends: homeEnds });
  // Last: by these a run after one that died knows a new log from the old one, and would not replace what stands above.
  for (const record of kept) await ports.control.putPositions(placed.name, { ...record, atMs: ports.clock.nowMs() });
  return { kind: 'chosen', chosen };
}

const lineOf = (group: string, { topic, partition, choice }: Chosen): readonly string[] =>
  choice.kind === 'refuse'
    ? []
    : [
        `${group} ${topic}-${partition} at ${choice.position}: ${choice.because.join('; ')} (${describeChoices([choice])})`,
      ];

interface Restored {
  readonly chosen: readonly Chosen[];
  readonly homeEnds: ByPartition<Ends>;
  readonly clusterId: string;
}

/** What is known of a partition from now on. In a new log C is where the group begins, and what was sampled of the old end is void. */
function restoredRecord(record: PositionRecord, { chosen, homeEnds, clusterId }: Restored): PositionRecord {
  const partitions = { ...record.partitions };
  const mine = chosen.filter((one) => one.topic === record.topic);
  for (const c of mine) {
    const old = partitions[String(c.partition)];
    if (old === undefined || c.choice.kind === 'refuse') continue;
    const position = String(c.choice.position);
    const end = at(homeEnds, c.topic, c.partition)?.highWatermark ?? c.choice.position;
    const stored = isOfNewLog(c) ? undefined : old;
    partitions[String(c.partition)] = {
      ...old,
      drained: c.drained === null ? null : String(c.drained),
      restore: position,
      ...cameHome(c, old, { end, reprocess: reprocessRestored({ choice: c.choice, stored, drained: c.drained, end }) }),
      ...(isOfNewLog(c) && { homeCommit: position, homeEnd: String(end) }),
    };
  }
  return { ...record, ...(mine.some(isOfNewLog) && { clusterId }), partitions };
}

/**
 * From u* on at home, the group has everything that lies before d in the remote topic: seeds and the next pin go on from
 * there, instead of from the last sync before it.
 */
async function keepSeeds(
  ports: Needs,
  placed: PlacedSet,
  records: readonly PositionRecord[],
  chosen: readonly Chosen[],
): Promise<void> {
  const before = await ports.control.seeds(placed.name);
  for (const { group, topic, clusterId } of records) {
    const old = before.find((seed) => seed.group === group && seed.topic === topic);
    const mine = chosen.filter((one) => one.topic === topic);
    const anew = new Set(mine.filter(isOfNewLog).map(({ partition }) => String(partition)));
    const stillSo = Object.entries(old?.partitions ?? {}).filter(([partition]) => !anew.has(partition));
    const partitions: SeedRecord['partitions'] = Object.fromEntries(stillSo);
    for (const { partition, drained, choice } of mine)
      if (drained !== null && choice.kind !== 'refuse')
        partitions[String(partition)] = {
          seed: String(drained),
          forHomePosition: String(choice.position),
          homePositionBefore: null,
        };
    if (old !== undefined || Object.keys(partitions).length > 0)
      await ports.control.putSeed(placed.name, {
        ...refugeOf(old),
        group,
        topic,
        atMs: ports.clock.nowMs(),
        clusterId,
        partitions,
      });
  }
}
