/**
 * While a set is away its groups rest at home, and what rests expires. A failback does without, since it sets the positions from
 * what was stored; but whoever leads clients home by hand, or finds this project gone, starts from what is committed there. So
 * it is committed again as it stands, and written again when it has expired. Nothing is ever moved.
 */
import { names } from '../../core/config/pair.ts';
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { GroupView } from '../../core/contracts/observations.ts';
import type { KeptRecord } from '../../core/contracts/tables.ts';
import { planKeeping, type Keeping } from '../../core/positions/renewal.ts';
import { retentionMsOf, OFFSETS_RETENTION } from '../../core/readiness/offsets-retention.ts';
import { commitAndVerify } from '../gather/commit.ts';
import { membersOf } from '../gather/owners.ts';
import { look } from '../gather/partitions.ts';
import type { ClusterReader, NewPosition, Ports } from '../ports.ts';

type Needs = Pick<Ports, 'kafka' | 'control' | 'clock' | 'log'>;

interface Stay {
  readonly clusterId: string;
  readonly leftHomeAtMs: number;
  /** Asked again right before each commit: why the set's positions at home are nobody's but the move's. */
  readonly whyNot: () => Promise<string | undefined>;
}

/** A home that cannot be read is what a set is away for: told, no failure. */
export async function keepHomePositions(
  ports: Needs,
  config: PairConfig,
  placed: PlacedSet,
  { leftHomeAtMs, whyNot }: Pick<Stay, 'leftHomeAtMs' | 'whyNot'>,
): Promise<void> {
  const problems: string[] = [];
  await look(`positions of "${placed.name}" at ${placed.home}`, problems, async () => {
    const home = ports.kafka.reader(placed.home);
    const { clusterId } = await home.identity();
    // Another cluster behind the address is not the one that was left.
    if ((await ports.control.incarnation(placed.home))?.clusterId !== clusterId) return;
    const views = await home.groups(placed.set.groups.map(({ id }) => id));
    const kept = await ports.control.kept(placed.name);
    const ofStay = kept.filter((one) => one.leftHomeAtMs === leftHomeAtMs && one.clusterId === clusterId);
    const retention = onceRetention(home);
    for (const { id: group } of placed.set.groups) {
      const mine = ofStay.filter((one) => one.group === group);
      if (membersOf(views.get(group)) === 'none')
        await keepGroup(ports, config, placed, { group, kept: mine, retention, clusterId, leftHomeAtMs, whyNot });
      else await forget(ports, placed, mine);
    }
  });
  if (problems.length > 0) ports.log.info('positions at home were not kept', { clientSet: placed.name, problems });
}

/** It rests from anew when its members have left again. */
async function forget({ control, clock }: Needs, { name }: PlacedSet, kept: readonly KeptRecord[]): Promise<void> {
  for (const one of kept)
    if (Object.keys(one.partitions).length > 0) {
      const { renewedAtMs: _renewed, rewrittenAtMs: _rewritten, ...rest } = one;
      await control.putKept(name, { ...rest, atMs: clock.nowMs(), restingSinceMs: clock.nowMs(), partitions: {} });
    }
}

type Retention = () => Promise<number | null>;

/** Asked only when something is gone; the longest of all brokers, so that what was deleted is not taken for expired. */
function onceRetention(home: ClusterReader): Retention {
  let asked: Promise<number | null> | undefined;
  return () => (asked ??= home.brokerSettings([OFFSETS_RETENTION]).then(longestOf, () => null));
}

const longestOf = (brokers: Awaited<ReturnType<ClusterReader['brokerSettings']>>): number | null => {
  const each = [...brokers.values()].map(retentionMsOf);
  return each.includes(null) || each.length === 0 ? null : Math.max(...each.map(Number));
};

interface Group extends Stay {
  readonly group: string;
  readonly kept: readonly KeptRecord[];
  readonly retention: Retention;
}

async function keepGroup(ports: Needs, config: PairConfig, placed: PlacedSet, at: Group): Promise<void> {
  const { group, kept, retention } = at;
  const committed = await ports.kafka.reader(placed.home).committed(group, placed.set.topics);
  const plans: Planned[] = [];
  for (const topic of placed.set.topics) {
    const present = committed.get(topic);
    if (present === undefined) continue;
    const before = kept.find((one) => one.topic === topic && Object.keys(one.partitions).length > 0);
    const isGone = Object.entries(before?.partitions ?? {}).some(
      ([p, { deletedAtMs }]) => deletedAtMs === undefined && present.get(Number(p)) == null,
    );
    const retentionMs = isGone ? await retention() : null;
    plans.push({ topic, plan: planKeeping({ nowMs: ports.clock.nowMs(), kept: before, present, retentionMs }) });
  }
  const positions = plans.flatMap(({ topic, plan }) =>
    plan.commit.map(({ partition, position }) => ({ topic, partition, offset: position })),
  );
  if (positions.length > 0 && !(await commit(ports, config, placed, at, positions))) return;
  for (const planned of plans) await store(ports, placed, at, planned);
}

/** Opened first, asked again then: the restore of a way home opens the same transactional id, which makes our commit fail. */
async function commit(
  ports: Needs,
  config: PairConfig,
  placed: PlacedSet,
  { group, whyNot }: Group,
  positions: readonly NewPosition[],
): Promise<boolean> {
  const reader = ports.kafka.reader(placed.home);
  const id = names.transactionalId(config.pair, placed.name, group, placed.home);
  const committer = await ports.kafka.openCommitter(placed.home, id);
  try {
    const why = (await whyNot()) ?? whyBusy((await reader.groups([group])).get(group));
    const outcome =
      why === undefined
        ? await commitAndVerify({ committer, reader, clock: ports.clock }, group, positions)
        : { kind: 'rests', why };
    if (outcome.kind !== 'committed')
      ports.log.info('positions at home were not committed again', { clientSet: placed.name, group, outcome });
    return outcome.kind === 'committed';
  } finally {
    await committer.close();
  }
}

const whyBusy = (view: GroupView | undefined): string | undefined =>
  membersOf(view) === 'none' ? undefined : 'the group has members at home';

interface Planned {
  readonly topic: string;
  readonly plan: Keeping;
}

/** Behind the commit: a run that dies in between finds what it wrote, and writes it once more. */
async function store(
  { control, clock, log }: Needs,
  placed: PlacedSet,
  { group, clusterId, leftHomeAtMs }: Group,
  { topic, plan }: Planned,
): Promise<void> {
  if (plan.deleted.length > 0)
    log.warn('positions at home are gone before they can have expired, and are left so', {
      clientSet: placed.name,
      group,
      topic,
      partitions: plan.deleted,
    });
  if (plan.isNews)
    await control.putKept(placed.name, { group, topic, clusterId, leftHomeAtMs, ...plan.next, atMs: clock.nowMs() });
}
