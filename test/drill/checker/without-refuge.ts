/** A way home without the refuge: what was processed again since it was lost, and what was stated before anybody approved. Pure. */
import type { Repeats } from '../../../core/move/repeats.ts';
import { countOutOfOrder, gatherFacts } from './counts.ts';
import { repeatedWithin } from './planned.ts';
import { idOf } from './records.ts';
import type { Processed, RunRecord, StatedPosition } from './records.ts';

export interface LostRefuge {
  readonly lostMs: number;
  /** As it stands in the decision that a person was asked on; undefined = nobody stated anything. */
  readonly stated: Repeats | undefined;
  /** Pins of the clients of the refuge, who fled: a group that both sides share goes on from these too. */
  readonly fled: readonly Pick<StatedPosition, 'group' | 'seed' | 'remoteEnd'>[];
}

export interface RepeatsFound {
  readonly problems: readonly string[];
  readonly seen: readonly string[];
}

/** Unknown acknowledgements are left out, as in P4, and each member may have had as much in flight as was declared. */
export function judgeStatedRepeats(run: RunRecord, { lostMs, stated, fled }: LostRefuge): RepeatsFound {
  if (stated === undefined || stated.kind === 'unbounded') {
    const why = stated === undefined ? 'nothing was stated' : stated.because.join('; ');
    return { problems: [`the repetitions were not bounded before the move: ${why}`], seen: [] };
  }
  const { unknown } = gatherFacts(run);
  const found = run.groups
    .filter(({ movedSet, mode }) => movedSet === run.movedSet && mode !== 'reads-remote')
    .map(({ id }) => {
      const repeated = repeatedWithin(run, id, lostMs, Number.POSITIVE_INFINITY).filter((r) => !unknown.has(idOf(r)));
      const members = new Set(
        run.processed.filter(({ group, atMs }) => group === id && atMs >= lostMs).map(({ member }) => member),
      );
      const byOthers = fled
        .filter(({ group, seed }) => group === id && seed !== null)
        .reduce((sum, { seed, remoteEnd }) => sum + Number(remoteEnd - seed!), 0);
      const bound = Number(stated.byGroup[id] ?? 0) + byOthers;
      const inFlight = members.size * run.inFlightPerMember;
      return { id, repeated: repeated.length, bound, inFlight };
    });
  return {
    problems: found
      .filter(({ repeated, bound, inFlight }) => repeated > bound + inFlight)
      .map(
        ({ id, repeated, bound, inFlight }) =>
          `${id} repeated ${repeated} since the refuge was lost; stated were ${bound}, and ${inFlight} in flight`,
      ),
    seen: found.map(
      ({ id, repeated, bound }) => `${id} repeated ${repeated} since the refuge was lost (at most ${bound} stated)`,
    ),
  };
}

/**
 * Per-key order: what was never copied from either cluster when it was lost comes later, and is no part of the promise. The rest
 * is processed in the order in which it was sent, by groups that do not always read both.
 * @param copiedEnds ends at home of the copies of what was written at the refuge, read while that was lost
 */
export function judgeOrder(run: RunRecord, copiedEnds: ReadonlyMap<string, bigint>): readonly string[] {
  const { tail } = gatherFacts(run);
  const late = new Set([...tail, ...uncopiedAt(run, copiedEnds)]);
  return run.groups
    .filter(({ movedSet, mode }) => movedSet === run.movedSet && mode !== 'reads-remote')
    .flatMap(({ id }) => {
      const first = new Map<string, Processed>();
      for (const r of run.processed.filter(({ group }) => group === id).toSorted((a, b) => a.atMs - b.atMs))
        if (!first.has(idOf(r))) first.set(idOf(r), r);
      const broken = countOutOfOrder([...first.values()].filter((r) => !late.has(idOf(r))));
      return broken === 0 ? [] : [`${id} processed ${broken} records out of order that the refuge had copied`];
    });
}

const uncopiedAt = (run: RunRecord, copiedEnds: ReadonlyMap<string, bigint>): readonly string[] =>
  run.logs
    .filter(({ cluster }) => cluster === run.failed)
    .flatMap(({ topic, partition, records }) => {
      const end = copiedEnds.get(`${topic}-${partition}`);
      return end === undefined ? [] : records.filter(({ offset }) => offset >= end).map(({ id }) => id);
    });
