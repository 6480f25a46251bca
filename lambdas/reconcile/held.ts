/** How many client sets wait for a person: the gauge that a standing alarm looks at. */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { ReconcilePorts } from './chore.ts';

/** A question counts only while its epoch is open: one that was left behind by a finished move asks nobody anything. */
export async function countHeld(ports: Pick<ReconcilePorts, 'control'>, sets: readonly PlacedSet[]): Promise<number> {
  const held = await Promise.all(
    sets.map(async ({ name }) => {
      const [question, state] = await Promise.all([ports.control.question(name), ports.control.readSet(name)]);
      return question?.question === 'hold' && state?.open?.epoch === question.epoch;
    }),
  );
  return held.filter(Boolean).length;
}
