/** Whether a run could have failed at all. Pure. */
import type { Facts, GroupCounts } from './counts.ts';
import { idOf } from './records.ts';
import type { RunRecord } from './records.ts';
import { cutover, homecoming, isIn, roundNumbers, roundWords } from './rounds.ts';

/** A run counts only if at each kill both unprocessed replicated records and an unprocessed tail existed; else it proves nothing. */
export function isMeaningful(run: RunRecord, facts: Facts, counts: readonly GroupCounts[]): readonly string[] {
  return [
    ...roundNumbers(run).flatMap((round) =>
      problemsOf(run, facts, round).map((problem) => `${roundWords(run, round)}${problem}`),
    ),
    ...(counts.some((c) => c.owed === 0) ? ['a group was owed nothing'] : []),
    ...(run.aborting === true && facts.aborted.size === 0 ? ['no transaction was aborted'] : []),
  ];
}

function problemsOf(run: RunRecord, facts: Facts, round: number): readonly string[] {
  const problems: string[] = [];
  if (facts.rounds[round]?.tail.size === 0) problems.push('no tail: everything was replicated before home was killed');
  else if (!tailWasLeft(run, facts, round))
    problems.push('no tail was left: home had processed it before it was killed');
  if (!leftToProcess(run, facts, round)) problems.push('no replicated record was left to process when home was killed');
  if (cutover(run, round) === undefined) problems.push('no cutover was published');
  if (homecoming(run, round) === undefined) problems.push('the set never went home');
  // Another way in may have won the claim; this one must at least have met it.
  const asked = run.decisions.some(
    (d) => d.set === run.movedSet && d.move === 'failover' && d.trigger === run.trigger && isIn(run, round, d.atMs),
  );
  if (!asked) problems.push(`no ${run.trigger} start ever reached the claim`);
  return problems;
}

/** Some record of the tail was still to be processed, by each group that moves. */
function tailWasLeft(run: RunRecord, facts: Facts, round: number): boolean {
  const { killedMs } = run.rounds[round]!;
  const { tail } = facts.rounds[round]!;
  return movedGroups(run).every(({ id }) => {
    const done = new Set(run.processed.filter((r) => r.group === id && r.atMs <= killedMs).map(idOf));
    return [...tail].some((record) => !done.has(record));
  });
}

/** One that always reads both would read on anyway. */
const movedGroups = (run: RunRecord): RunRecord['groups'] =>
  run.groups.filter((g) => g.movedSet === run.movedSet && g.mode !== 'reads-remote');

/**
 * Shown by each moved group that processed such records at the refuge; one that always reads both would do so anyway. Naive
 * clients may skip them all, so there it is asked of the logs: copied, and not processed before the kill.
 */
function leftToProcess(run: RunRecord, facts: Facts, round: number): boolean {
  const { killedMs } = run.rounds[round]!;
  const { mirrored } = facts.rounds[round]!;
  const left = (group: string): boolean => {
    const mine = run.processed.filter((r) => r.group === group);
    if (run.naive !== true)
      return mine.some(
        (r) => r.set === run.movedSet && r.topic.startsWith(run.remotePrefix) && isIn(run, round, r.atMs),
      );
    const done = new Set(mine.filter((r) => r.atMs <= killedMs).map(idOf));
    return [...mirrored].some((id) => !done.has(id));
  };
  return movedGroups(run).every(({ id }) => left(id));
}
