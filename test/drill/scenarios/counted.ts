/** What a run comes to, per moved group, in the words of every scenario. */
import { countGroup, gatherFacts } from '../checker/counts.ts';
import type { GroupCounts } from '../checker/counts.ts';
import type { RunRecord } from '../checker/records.ts';

export const countsOf = (run: RunRecord): readonly string[] =>
  moved(run).map(
    ({ group, owed, lost, duplicated, outOfOrder, tailOwed }) =>
      `${group}: ${owed} owed, ${lost.length} lost, ${duplicated} repeated, ${outOfOrder} out of order, tail ${tailOwed}`,
  );

/** Owed and never processed, the tail too. */
export const lostBy = (run: RunRecord): readonly string[] =>
  moved(run).flatMap(({ group, lost }) =>
    lost.length === 0 ? [] : [`${group} never processed ${lost.length}, such as ${lost.slice(0, 3).join(', ')}`],
  );

function moved(run: RunRecord): readonly GroupCounts[] {
  const facts = gatherFacts(run);
  return run.groups.filter(({ movedSet }) => movedSet === run.movedSet).map((group) => countGroup(run, facts, group));
}
