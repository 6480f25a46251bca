/** After a failover: the way home, and what clients lost and met on both ways, by the drill's own checker. */
import { gatherRun } from '../evidence.ts';
import type { RunOptions } from '../evidence.ts';
import { brokenIn, checkRun } from '../checker/invariants.ts';
import type { Verdict } from '../checker/invariants.ts';
import { idOf } from '../checker/records.ts';
import type { RunRecord } from '../checker/records.ts';
import { endsOf } from '../observer.ts';
import { TOPICS } from '../pair.ts';
import { allProcessed, goHome, total } from '../looks.ts';
import type { Acts } from '../story.ts';
import type { FailsOver, Scene } from './scenario.ts';

/** What several moves in one life of a world must keep; the others speak of one story and are judged in it. */
const PROMISES: ReadonlySet<string> = new Set(['P1', 'P2', 'P5', 'P11']);

/** What people say to the deployed system. A refused or misunderstood word ends the scenario. */
export async function tell(scene: Scene, set: string, command: Readonly<Record<string, unknown>>): Promise<void> {
  await scene.cloud.tell(set, command);
}

/** Home is back: the system asks, nothing is published before a person says yes, then the set goes home. */
export async function takeHome(scene: Scene, set: string): Promise<readonly string[]> {
  const away = (await scene.state(set))?.revision;
  await scene.until(`a person is asked about the way home of ${set}`, async () => {
    const open = (await scene.state(set))?.open;
    if (open?.move === 'failback' && open.approval === 'pending') return true;
    throw new Error(
      open === undefined ? 'no epoch is open' : `epoch ${open.epoch}, a ${open.move}, is open (${open.approval})`,
    );
  });
  const asked = (await scene.state(set))?.revision;
  await scene.until(`${set} is home again`, () => goHome(scene, set));
  return asked === away ? [] : [`${set} got revision ${asked ?? 'none'} on the way home before a person said yes`];
}

/** Producers stop for a moment, everything is processed, and the logs are judged from the last such stop on. */
export async function judgeLogs(scene: Scene, options: RunOptions, acts: Acts): Promise<Verdict> {
  const { workload, until } = scene;
  workload.set({ producing: false });
  let before = -1;
  await until('every group has processed everything, and nothing more is written', async () => {
    const ends = total(await endsOf(scene.world.k1, TOPICS)) + total(await endsOf(scene.world.k2, TOPICS));
    const still = ends === before && (await allProcessed(scene)) === true;
    before = ends;
    return still ? true : undefined;
  });
  const verdict = checkRun(onlySince(await gatherRun(scene, options, acts), acts.startedMs));
  workload.set({ producing: true });
  return verdict;
}

/** Broken promises as sentences, and what was counted. */
export const whatIsBroken = (verdict: Verdict): readonly string[] => brokenIn(verdict, (id) => PROMISES.has(id));

/** The promise about the tail holds by itself where there is none. */
export const withoutTail = ({ leavesTail }: FailsOver, { facts }: Pick<Verdict, 'facts'>): readonly string[] =>
  leavesTail === true && facts.tail.size === 0 ? ['no record was left behind, so P2 was not tried'] : [];

export function countsSentence({ counts, facts }: Verdict): string {
  const lost = counts.reduce((sum, group) => sum + group.lost.length, 0);
  return `${lost} lost of ${facts.acknowledged.size} acknowledged records, ${facts.tail.size} of them in the tail`;
}

/** Leaves out records that were sent before, with whatever became of them. */
export function onlySince(run: RunRecord, sinceMs: number): RunRecord {
  const earlier = new Set(run.produced.filter(({ atMs }) => atMs < sinceMs).map(idOf));
  return {
    ...run,
    produced: run.produced.filter((record) => !earlier.has(idOf(record))),
    processed: run.processed.filter((record) => !earlier.has(idOf(record))),
  };
}
