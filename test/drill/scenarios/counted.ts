/** What a run comes to, per moved group, in the words of every scenario. */
import { countGroup, gatherFacts } from '../checker/counts.ts';
import type { RunRecord } from '../checker/records.ts';

export function countsOf(run: RunRecord): readonly string[] {
  const facts = gatherFacts(run);
  return run.groups
    .filter(({ movedSet }) => movedSet === run.movedSet)
    .map((group) => {
      const { owed, lost, duplicated, outOfOrder, tailOwed } = countGroup(run, facts, group);
      return `${group.id}: ${owed} owed, ${lost.length} lost, ${duplicated} repeated, ${outOfOrder} out of order, tail ${tailOwed}`;
    });
}
