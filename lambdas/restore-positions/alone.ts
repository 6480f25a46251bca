/** Way home without the refuge: nothing can be read there, so each group goes on from what was kept, and is set there at home. */
import { names } from '../../core/config/pair.ts';
import type { GroupConfig, PairConfig } from '../../core/config/schema.ts';
import type { GroupView } from '../../core/contracts/observations.ts';
import type { PositionRecord } from '../../core/contracts/tables.ts';
import type { StepInput, StepResult } from '../../core/contracts/workflow.ts';
import { commitAndVerify, type Position } from '../gather/commit.ts';
import { homewardOf, homewardSources, type Own, type Stay } from '../gather/homeward.ts';
import { membersOf } from '../gather/owners.ts';
import type { SeedingSources } from '../gather/seeding.ts';
import type { Needs } from './needs.ts';
import { answer } from '../shared/stage-record.ts';

type Result = StepResult<'restore-positions'>;

export interface Alone extends Stay {
  readonly input: StepInput;
  /** Asked again right before each commit. */
  readonly mayGoOn: () => Promise<Result | undefined>;
}

export async function restoreAlone(ports: Needs, config: PairConfig, alone: Alone): Promise<Result> {
  const { placed, records } = alone;
  const groups = placed.set.groups.filter(({ id }) => records.some((record) => record.group === id));
  const home = ports.kafka.reader(placed.home);
  const views = await home.groups(groups.map(({ id }) => id));
  // A shared id may be at work there for the clients of the refuge, who have fled too; another one is of nobody but this set.
  const busy = groups.filter(({ id, mode }) => mode === 'home-only' && membersOf(views.get(id)) !== 'none');
  if (busy.length > 0) {
    const ids = busy.map(({ id }) => id);
    return answer('held', `group ${ids.join(', ')} has members at home already; stop them, then resume`, ids);
  }
  const { clusterId } = await home.identity();
  const sources = await homewardSources(ports, config, alone);
  const lines: string[] = [];
  for (const group of groups) {
    const work: Work = { ...alone, group, view: views.get(group.id), clusterId, sources };
    const restored = await restoreGroup(ports, config, work);
    if (restored.kind !== 'restored-alone') return restored;
    lines.push(...restored.reasons);
  }
  return answer(
    'restored-alone',
    `${lines.length} positions set on ${placed.home} without ${placed.refuge}`,
    lines.slice(0, 50),
  );
}

interface Work extends Alone {
  readonly group: GroupConfig;
  readonly view: GroupView | undefined;
  readonly clusterId: string;
  readonly sources: SeedingSources;
}

async function restoreGroup(ports: Needs, config: PairConfig, work: Work): Promise<Result> {
  const { placed, group, input } = work;
  const { own, copies } = await homewardOf(ports, config, { ...work, stay: work });
  const refused = own.filter(({ choice }) => choice.kind === 'refuse');
  if (refused.length > 0) {
    const told = refused.map(
      ({ topic, partition, choice }) => `${group.id} ${topic}-${partition}: ${choice.because[0]}`,
    );
    return answer('held', `${told[0]!}; home is not the log that was left`, told);
  }
  const unknown = copies
    .filter(({ owner }) => owner !== 'unowned')
    .map(({ remote, partition }) => `${remote}-${partition}`);
  if (unknown.length > 0)
    return answer(
      'held',
      `nobody can tell whether group ${group.id} reads ${unknown.join(', ')} at home; stop its consumers there for a moment, then resume`,
      unknown,
    );
  const committer = await ports.kafka.openCommitter(
    placed.home,
    names.transactionalId(config.pair, placed.name, group.id, placed.home),
  );
  try {
    const over = await work.mayGoOn();
    if (over !== undefined) return over;
    const positions: readonly Position[] = [
      ...own.flatMap(({ topic, partition, choice, isOwned }) =>
        choice.kind === 'commit' && !isOwned ? [{ topic, partition, offset: choice.position }] : [],
      ),
      ...copies.map(({ remote, partition, position }) => ({ topic: remote, partition, offset: position })),
    ];
    const reader = ports.kafka.reader(placed.home);
    const outcome = await commitAndVerify({ committer, reader, clock: ports.clock }, group.id, positions);
    if (outcome.kind === 'fenced')
      throw new Error(`the restore of ${group.id} was fenced by another writer of its positions; run again`);
    if (outcome.kind === 'different')
      return answer('held', `${outcome.sentence}; somebody else commits for this group at home`, [outcome.sentence]);
  } finally {
    await committer.close();
  }
  for (const record of work.records.filter((one) => one.group === group.id))
    await ports.control.putPositions(placed.name, ofThisEpoch(record, own, { ...input, atMs: ports.clock.nowMs() }));
  const lines = own.flatMap(({ topic, partition, choice, isOwned }) =>
    choice.kind === 'refuse'
      ? []
      : [
          `${group.id} ${topic}-${partition} at ${choice.position}: ${isOwned ? 'left to its owner' : choice.because[0]}`,
        ],
  );
  return answer('restored-alone', 'restored', [
    ...lines,
    ...copies.map(
      ({ remote, partition, position, again, because }) =>
        `${group.id} ${remote}-${partition} at ${position}: ${because}; at most ${again} copies behind it are processed again`,
    ),
  ]);
}

function ofThisEpoch(
  record: PositionRecord,
  own: readonly Own[],
  { epoch, atMs }: { readonly epoch: number; readonly atMs: number },
): PositionRecord {
  const partitions = { ...record.partitions };
  for (const { topic, partition, choice } of own) {
    const stored = partitions[String(partition)];
    if (topic !== record.topic || stored === undefined || choice.kind === 'refuse') continue;
    partitions[String(partition)] = { ...stored, restore: String(choice.position) };
  }
  return { ...record, epoch, atMs, partitions };
}
