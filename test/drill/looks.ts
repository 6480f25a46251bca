/** What a drill waits for: looks at a running stage. An answer of undefined says: not yet. */
import { remoteTopicOf, placedSet } from '../../core/config/pair.ts';
import type { PositionRecord, SetState } from '../../core/contracts/tables.ts';
import { clusterOf, otherOf } from './stage.ts';
import type { BareStage, Stage } from './stage.ts';
import { committedOf, endsOf } from './observer.ts';
import { SHARED_GROUP, TOPICS, groupsOf, partitionsIn, setOf } from './pair.ts';

export const total = (ends: ReadonlyMap<string, bigint>): number =>
  [...ends.values()].reduce((sum, end) => sum + Number(end), 0);

export async function published(stage: Stage, set: string): Promise<true | undefined> {
  const states = await Promise.all(
    Object.keys(stage.config.clientSets).map((name) => stage.cloud.controlOf(name).readSet(name)),
  );
  return states.every((state) => state?.routing !== undefined) && stage.observer.seen.some((s) => s.set === set)
    ? true
    : undefined;
}

/** Each consumer of each group has processed something. */
export async function flowing(stage: BareStage): Promise<true | undefined> {
  const { processed } = stage.workload.read();
  return new Set(processed.map((r) => r.member)).size >= stage.workload.consumers ? true : undefined;
}

export const remoteTopics = (stage: BareStage, set: string): readonly string[] => {
  const placed = placedSet(stage.config, set)!;
  return TOPICS.map((topic) => remoteTopicOf(placed, topic));
};

/** Replicated and unprocessed records exist, and each remote partition of each moving group got a seed since then. */
export async function laggingAndSeeded(stage: Stage, sinceMs: number): Promise<true | undefined> {
  const { home } = stage;
  const set = setOf(home);
  const lagging = await unprocessed(stage, home);
  if (lagging < 200) return undefined;
  const seeds = (await stage.cloud.controlOf(set).seeds(set)).filter(({ atMs }) => atMs >= sinceMs);
  const seeded = seeds.reduce((sum, seed) => sum + Object.keys(seed.partitions).length, 0);
  const wanted = seededGroups(stage, home).length * TOPICS.length * partitionsIn(stage.form);
  return seeded >= wanted ? true : undefined;
}

const seededGroups = ({ form }: BareStage, home: 'K1' | 'K2'): readonly string[] =>
  groupsOf(home, form).flatMap(({ id, mode }) => (mode === 'reads-remote' ? [] : [id]));

export async function unprocessed(stage: BareStage, home: 'K1' | 'K2'): Promise<number> {
  const cluster = clusterOf(stage.world, home);
  return total(await endsOf(cluster, TOPICS)) - total(await committedOf(cluster, SHARED_GROUP, TOPICS));
}

export async function settled(stage: Stage, set: string, phase: SetState['phase']): Promise<true | undefined> {
  const state = await stage.cloud.controlOf(set).readSet(set);
  return state?.phase === phase && state.open === undefined ? true : undefined;
}

/** A person approves the way home as soon as the system asks. */
export async function goHome(stage: Stage, set: string): Promise<true | undefined> {
  const control = stage.cloud.controlOf(set);
  const question = await control.question(set);
  if (question?.question === 'approval') await stage.cloud.operate(set, { command: 'approve', epoch: question.epoch });
  return settled(stage, set, 'home');
}

/** Since then the cluster has taken and given out that many records of the set in its own topics. */
export async function producedAt(
  stage: Stage,
  { set, cluster, sinceMs, count }: { set: string; cluster: string; sinceMs: number; count: number },
): Promise<true | undefined> {
  const { produced, processed } = stage.workload.read();
  const here = (r: { set: string; cluster: string; atMs: number }) =>
    r.set === set && r.cluster === cluster && r.atMs > sinceMs;
  const written = produced.filter((p) => here(p) && p.result === 'ok').length;
  const read = processed.filter((r) => here(r) && TOPICS.some((t) => t === r.topic)).length;
  return written >= count && read >= count ? true : undefined;
}

export async function producedAfter(
  stage: BareStage,
  set: string,
  cluster: string,
  sinceMs: number,
  count: number,
): Promise<true | undefined> {
  const { produced, processed } = stage.workload.read();
  const written = produced.filter(
    (p) => p.set === set && p.cluster === cluster && p.result === 'ok' && p.atMs > sinceMs,
  ).length;
  const read = processed.filter((r) => r.set === set && r.cluster === cluster && r.atMs > sinceMs).length;
  return written >= count && read >= count ? true : undefined;
}

/** Everybody has read what both clusters hold, and it does not grow any more. Producers have stopped. */
export async function allProcessed(stage: Stage): Promise<true | undefined> {
  const all = await Promise.all(
    (['K1', 'K2'] as const).map(async (alias) => {
      const ends = await endsOf(clusterOf(stage.world, alias), [...TOPICS, ...copiesAt(stage, alias)]);
      return { ends: total(ends), done: await processedUpTo(stage, alias, ends) };
    }),
  );
  if (all.some(({ done }) => done === undefined)) return undefined;
  const later = await Promise.all(
    (['K1', 'K2'] as const).map((alias) =>
      endsOf(clusterOf(stage.world, alias), [...TOPICS, ...copiesAt(stage, alias)]),
    ),
  );
  return later.every((ends, i) => total(ends) === all[i]!.ends) ? true : undefined;
}

/** The remote topics that this cluster has. */
const copiesAt = (stage: BareStage, alias: 'K1' | 'K2'): readonly string[] =>
  remoteTopics(stage, setOf(otherOf(alias)));

/** No record lies between a group's position and those ends, in the topics that it reads there. */
export async function processedUpTo(
  stage: Stage,
  alias: 'K1' | 'K2',
  ends: ReadonlyMap<string, bigint>,
): Promise<true | undefined> {
  const reader = stage.kafka.reader(alias);
  for (const { id, mode } of groupsOf(alias, stage.form)) {
    const topics = mode === 'reads-remote' ? [...TOPICS, ...copiesAt(stage, alias)] : TOPICS;
    const committed = await committedOf(clusterOf(stage.world, alias), id, topics);
    for (const topic of topics)
      for (let partition = 0; partition < partitionsIn(stage.form); partition += 1) {
        const key = `${topic}-${partition}`;
        const [from, to] = [committed.get(key) ?? 0n, ends.get(key) ?? 0n];
        // What ends a log may be the mark of a transaction, which nobody processes.
        const left =
          from < to ? await reader.countData(topic, partition, from, to, { limit: 1, committedOnly: true }) : 0;
        if (left > 0) return undefined;
      }
  }
  return true;
}

export async function statedPositions(stage: Stage, set: string): Promise<readonly PositionRecord[]> {
  const control = stage.cloud.controlOf(set);
  const state = await control.readSet(set);
  const all: PositionRecord[] = [];
  // Epochs leap by a thousand where a set was led home without its refuge.
  let epoch: number | null = (state?.epoch ?? 0) + 1;
  while ((epoch = await control.pinnedBefore(set, epoch)) !== null)
    all.unshift(...(await control.positions(set, epoch)));
  return all;
}
