/** P4: what a group processed again, beside what was stated before anybody moved, on the way there and on the way back. Pure. */
import type { Facts, GroupCounts } from './counts.ts';
import { idOf } from './records.ts';
import type { Processed, RunRecord } from './records.ts';
import { isIn, roundWords, statedIn } from './rounds.ts';

/**
 * Through the remote topic a group may repeat what the pin left between seed and end; anywhere else only what the way home
 * was stated to reprocess. Each life of a member may repeat once what it had in flight, wherever. Records whose
 * acknowledgement is unknown are left out: they may be in a log twice.
 */
export function p4(run: RunRecord, facts: Facts, counts: readonly GroupCounts[]): readonly string[] {
  const late = statedLate(run);
  const over = counts.flatMap(({ group, rounds }) =>
    rounds.flatMap(({ repeats }, round) => {
      const known = repeats.filter((r) => !facts.unknown.has(idOf(r)));
      const bound = boundsOf(run, group, round);
      const through = known.filter((r) => isCopy(run, r)).length;
      return [
        ...beyond('through the remote topic', through, bound.going + bound.inFlight),
        ...beyond('otherwise', known.length - through, bound.coming + bound.inFlight),
        ...beyond('in all', known.length, bound.going + bound.coming + bound.inFlight),
      ].map((sentence) => `${roundWords(run, round)}${group}: ${sentence}`);
    }),
  );
  return [...late, ...over];
}

const isCopy = (run: RunRecord, { topic }: Processed): boolean => topic.startsWith(run.remotePrefix);

const beyond = (where: string, repeated: number, bound: number): readonly string[] =>
  repeated > bound ? [`${repeated} repeated ${where}, stated bound ${bound}`] : [];

/** A bound that is stated when clients have moved is none. */
const statedLate = (run: RunRecord): readonly string[] =>
  run.stated.flatMap(({ epoch, group, topic, partition, pinnedMs }) => {
    const moved = run.seen.find((s) => s.set === run.movedSet && s.epoch === epoch);
    return moved === undefined || pinnedMs === undefined || pinnedMs <= moved.atMs
      ? []
      : [`${group} ${topic}-${partition}: pinned ${pinnedMs - moved.atMs} ms after epoch ${epoch} was published`];
  });

/** What may be repeated in a round, in all. */
export function duplicateBound(run: RunRecord, group: string, round: number): number {
  const { going, coming, inFlight } = boundsOf(run, group, round);
  return going + coming + inFlight;
}

/** Where it was stated that nobody knows, nothing is allowed beyond what was in flight. */
function boundsOf(run: RunRecord, group: string, round: number) {
  const stated = statedIn(run, round).filter((s) => s.group === group);
  const going = stated.reduce((sum, { seed, remoteEnd }) => sum + (seed === null ? 0 : Number(remoteEnd - seed)), 0);
  const coming = stated.reduce((sum, { reprocess }) => sum + Number(reprocess ?? 0n), 0);
  return { going, coming, inFlight: livesOf(run, group, round) * run.inFlightPerMember };
}

/** Members of the group in the round, each again for each time it was killed. */
function livesOf(run: RunRecord, group: string, round: number): number {
  const mine = run.processed.filter((r) => r.group === group && isIn(run, round, r.atMs));
  const members = new Map(mine.map(({ member, set }) => [member, set]));
  const kills = (run.kills ?? []).filter(({ atMs }) => isIn(run, round, atMs));
  return [...members.values()].reduce((sum, set) => sum + 1 + kills.filter((kill) => kill.set === set).length, 0);
}
