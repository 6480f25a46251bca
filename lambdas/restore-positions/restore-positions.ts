/**
 * Failback: sets each group's position at home to u*, so that home goes on where the refuge left off. What was processed
 * through the remote topic is not repeated, what was never replicated is not skipped.
 */
import { names, remoteTopicOf } from '../../core/config/pair.ts';
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { Claim, PositionRecord, SeedRecord, SetState } from '../../core/contracts/tables.ts';
import type { StepInput, StepResult } from '../../core/contracts/workflow.ts';
import { takenSentence } from '../../core/drain/taken.ts';
import { reprocessRestored, type Reprocess } from '../../core/move/reprocess.ts';
import { processedSince } from '../../core/positions/stay.ts';
import { chooseRestore } from '../../core/positions/restore.ts';
import type { RestoreChoice } from '../../core/positions/restore.ts';
import { membersOf } from '../gather/owners.ts';
import { at } from '../gather/partitions.ts';
import { questionsOf } from '../gather/positions.ts';
import { newestPositions } from '../gather/stay.ts';
import { commitAndVerify } from '../gather/commit.ts';
import { stand } from '../gather/step.ts';
import { readSyncs } from '../gather/syncs.ts';
import type { SyncMaps } from '../gather/syncs.ts';
import type { ByPartition, Ends, NewPosition } from '../ports.ts';
import { answer, noteStage } from '../shared/stage-record.ts';
import { restoreAlone } from './alone.ts';
import { noteNewLogs, sampleNewLogs } from './new-logs.ts';
import { incarnationOf, number, partitionsAt } from '../gather/stored.ts';
import type { Needs } from './needs.ts';

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
  const lines: string[] = [];
  const losses: string[] = [];
  for (const group of groups) {
    const restored = await restoreGroup(
      ports,
      config,
      placed,
      records.filter((r) => r.group === group),
      { input, syncs, clusterId, claim },
    );
    if (restored.kind !== 'restored') return restored;
    lines.push(...restored.reasons);
    losses.push(...restored.losses);
  }
  const done = `${lines.length} positions restored on ${placed.home}${takenSentence(losses)}`;
  const told = losses.map((line) => `taken by retention or truncation, in offsets: ${line}`);
  return answer('restored', done, [...told, ...lines].slice(0, 50));
}

interface Frame {
  readonly input: StepInput;
  readonly syncs: SyncMaps;
  readonly clusterId: string;
  readonly claim: Claim;
}

/** `losses`: `<group> <topic>-<partition>: <offsets>` that home's retention took. */
type GroupResult = Result & { readonly losses: readonly string[] };

const over = (result: Result): GroupResult => ({ ...result, losses: [] });

async function restoreGroup(
  ports: Needs,
  config: PairConfig,
  placed: PlacedSet,
  records: readonly PositionRecord[],
  frame: Frame,
): Promise<GroupResult> {
  const group = records[0]!.group;
  const homeEnds = await ports.kafka.reader(placed.home).ends(records.map((r) => r.topic));
  const chosen = await choose(ports, placed, records, { ...frame, homeEnds });
  const refused = chosen.filter((c) => c.choice.kind === 'refuse');
  if (refused.length > 0) {
    const lines = refused.map((c) => `${group} ${c.topic}-${c.partition}: ${c.choice.because[0]}`);
    return over(answer('held', `${lines[0]!}; see "Home was rebuilt or truncated" in the runbook`, lines));
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
    if (permission.kind === 'over') return over(permission.result);
    await noteNewLogs(ports, placed, newLogs);
    // Before the commit: a run after one that died finds the position raised already, and would not see what was taken.
    await noteTaken(ports, placed, records, chosen);
    const reader = ports.kafka.reader(placed.home);
    const outcome = await commitAndVerify({ committer, reader, clock: ports.clock }, group, positions);
    if (outcome.kind === 'fenced')
      throw new Error(`the restore of ${group} was fenced by another writer of its positions; run again`);
    if (outcome.kind === 'different')
      return over(
        answer('held', `${outcome.sentence}; somebody else commits for this group at home`, [outcome.sentence]),
      );
  } finally {
    await committer.close();
  }
  // Once more: another set of this home that noted its own at the same moment may have replaced the note.
  await noteNewLogs(ports, placed, newLogs);
  const kept = records.map((record) => restoredRecord(record, { chosen, homeEnds, ...frame }));
  await keepSeeds(ports, placed, kept, chosen);
  await sampleNewLogs(
    ports,
    placed,
    frame.clusterId,
    kept.filter(({ topic }) => renewed.includes(topic)),
    homeEnds,
  );
  // Last: by these a run after one that died knows a new log from the old one, and would not replace what stands above.
  for (const record of kept) await ports.control.putPositions(placed.name, { ...record, atMs: ports.clock.nowMs() });
  const lines = chosen.flatMap((c) => lineOf(group, c));
  const done: Result = answer('restored', 'restored', lines);
  return { ...done, losses: lossesOf(group, chosen) };
}

async function noteTaken(
  { control, clock }: Needs,
  placed: PlacedSet,
  records: readonly PositionRecord[],
  chosen: readonly Chosen[],
): Promise<void> {
  for (const record of records) {
    const partitions = { ...record.partitions };
    for (const { topic, partition, choice } of chosen) {
      const stored = partitions[String(partition)];
      if (topic !== record.topic || stored === undefined) continue;
      if (choice.kind !== 'commit' || choice.lostBelowLogStart === 0n) continue;
      const home = { offsets: String(choice.lostBelowLogStart), below: String(choice.position) };
      partitions[String(partition)] = { ...stored, taken: { ...stored.taken, home } };
    }
    if (JSON.stringify(partitions) !== JSON.stringify(record.partitions))
      await control.putPositions(placed.name, { ...record, atMs: clock.nowMs(), partitions });
  }
}

const isOfNewLog = ({ choice }: Pick<Chosen, 'choice'>): boolean =>
  choice.kind === 'commit' && choice.from === 'new-log';

const lineOf = (group: string, { topic, partition, choice }: Chosen): readonly string[] =>
  choice.kind === 'refuse'
    ? []
    : [`${group} ${topic}-${partition} at ${choice.position}: ${choice.because.join('; ')}`];

const lossesOf = (group: string, chosen: readonly Chosen[]): readonly string[] =>
  chosen.flatMap(({ topic, partition, choice }) =>
    choice.kind === 'commit' && choice.lostBelowLogStart > 0n
      ? [`${group} ${topic}-${partition}: ${choice.lostBelowLogStart}`]
      : [],
  );

interface Chosen {
  readonly topic: string;
  readonly partition: number;
  readonly drained: bigint | null;
  readonly choice: RestoreChoice;
}

async function choose(
  ports: Needs,
  placed: PlacedSet,
  records: readonly PositionRecord[],
  frame: Frame & { readonly homeEnds: ByPartition<Ends> },
): Promise<readonly Chosen[]> {
  const group = records[0]!.group;
  const topics = records.map((r) => r.topic);
  const home = ports.kafka.reader(placed.home);
  const atHome = await home.committed(group, topics);
  const live = await ports.kafka.reader(placed.refuge).committed(
    group,
    topics.map((topic) => remoteTopicOf(placed, topic)),
  );
  return records.flatMap((record) =>
    partitionsAt(record, frame.homeEnds).map(([partition, stored]) => {
      const ends = at(frame.homeEnds, record.topic, partition);
      const now = at(live, remoteTopicOf(placed, record.topic), partition) ?? null;
      const drained = larger(number(stored.drained), now);
      const choice = chooseRestore({
        map: frame.syncs.of(record.topic, partition),
        homeCommitAtFailover: number(stored.homeCommit),
        homeCommitNow: at(atHome, record.topic, partition) ?? null,
        seed: processedSince(stored),
        drained,
        storedRestore: number(stored.restore),
        logStart: ends?.start ?? 0n,
        end: ends?.highWatermark ?? null,
        rebuiltHome: frame.claim.input.rebuiltHome,
        incarnation: incarnationOf(record.clusterId, frame.clusterId, ends?.highWatermark, number(stored.homeEnd)),
      });
      // Who begins anew may have begun with the remote topic too: only what the group has there now is of the present one.
      return { topic: record.topic, partition, drained: isOfNewLog({ choice }) ? now : drained, choice };
    }),
  );
}

const larger = (a: bigint | null, b: bigint | null): bigint | null => (a === null ? b : b === null ? a : a > b ? a : b);

interface Restored {
  readonly chosen: readonly Chosen[];
  readonly homeEnds: ByPartition<Ends>;
  readonly clusterId: string;
}

/** What home's log has for the group, and what it no longer has. A later run finds the position set already and adds nothing. */
function cameHome(
  c: Chosen,
  old: PositionRecord['partitions'][string],
  { end, reprocess }: { readonly end: bigint; readonly reprocess: Reprocess },
): Pick<PositionRecord['partitions'][string], 'reprocess' | 'found' | 'taken'> {
  if (c.choice.kind === 'refuse') return {};
  const { position, because } = c.choice;
  const lost = c.choice.kind === 'commit' ? c.choice.lostBelowLogStart : 0n;
  const taken = lost > 0n ? { offsets: String(lost), below: String(position) } : undefined;
  const isGone = isOfNewLog(c) || old.found?.kind === 'gone';
  const exact = reprocess.atMost === '0' ? 'exact' : 'bounded';
  const left = old.left?.lower == null ? 'how much of it had not been copied is not known' : undefined;
  return {
    reprocess,
    found: isGone
      ? (old.found ?? {
          kind: 'gone',
          from: String(position),
          to: String(position),
          because: left ?? `${because[0]}; not copied by then: ${old.left!.lower} to ${old.left!.upper ?? 'unknown'}`,
        })
      : {
          kind: exact,
          from: String(position),
          to: String(end > position ? end : position),
          because: `of these up to ${reprocess.atMost ?? 'all'} processed at the refuge already, ${reprocess.because}`,
        },
    ...(taken !== undefined && { taken: { ...old.taken, home: taken } }),
  };
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
      await ports.control.putSeed(placed.name, { group, topic, atMs: ports.clock.nowMs(), clusterId, partitions });
  }
}
