/** A run of several outages, cut into rounds: what belongs to which. Pure; rounds are numbered from 0 here, from 1 for people. */
import type { RunRecord, SeenRouting, StatedPosition } from './records.ts';

export const roundNumbers = (run: RunRecord): readonly number[] => run.rounds.map((_, round) => round);

/** The first round has what came before it, the last what came after. */
export function isIn(run: RunRecord, round: number, atMs: number): boolean {
  const from = round === 0 ? Number.NEGATIVE_INFINITY : (run.rounds[round]?.fromMs ?? Number.POSITIVE_INFINITY);
  return atMs >= from && atMs < (run.rounds[round + 1]?.fromMs ?? Number.POSITIVE_INFINITY);
}

export const roundAt = (run: RunRecord, atMs: number): number =>
  roundNumbers(run).find((round) => isIn(run, round, atMs)) ?? 0;

/** Values of the set that moves. */
export const seenIn = (run: RunRecord, round: number): readonly SeenRouting[] =>
  run.seen.filter((s) => s.set === run.movedSet && isIn(run, round, s.atMs));

/** Positions of the moves that were first published in the round. */
export function statedIn(run: RunRecord, round: number): readonly StatedPosition[] {
  const begun = (epoch: number) => run.seen.find((s) => s.set === run.movedSet && s.epoch === epoch)?.atMs;
  return run.stated.filter(({ epoch }) => {
    const atMs = begun(epoch);
    return atMs !== undefined && isIn(run, round, atMs);
  });
}

/** First routing value of the round that let the moved consumers leave the remote topic, or undefined. */
export const cutover = (run: RunRecord, round: number): SeenRouting | undefined =>
  seenIn(run, round).find((s) => s.consumers.cluster === run.refuge && s.consumers.read !== 'remote');

/** First routing value that let them go home again, or undefined. */
export function homecoming(run: RunRecord, round: number): SeenRouting | undefined {
  const seen = seenIn(run, round);
  const left = seen.findIndex((s) => s.consumers.cluster === run.refuge);
  return left < 0 ? undefined : seen.slice(left).find((s) => s.consumers.cluster === run.failed);
}

/** When home was started again; while it is away, the end of the run. */
export const restartOf = (run: RunRecord, round: number): number =>
  round < 0 ? Number.NEGATIVE_INFINITY : (run.rounds[round]?.restartedMs ?? run.marks.endedMs);

/** "round 2: ", and nothing where there is only one. */
export const roundWords = (run: RunRecord, round: number): string =>
  run.rounds.length === 1 ? '' : `round ${round + 1}: `;
