/** How many client sets wait for a person: the gauge that a standing alarm looks at. */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { ReconcilePorts } from './chore.ts';

type HeldPorts = Pick<ReconcilePorts, 'control' | 'workflows'>;

/** Held by a question, or open under an execution nobody knows, which a person has to take up. */
export async function countHeld(ports: HeldPorts, sets: readonly PlacedSet[]): Promise<number> {
  const held = await Promise.all(sets.map(({ name }) => waits(ports, name)));
  return held.filter(Boolean).length;
}

/** A question counts only while its epoch is open: one that was left behind by a finished move asks nobody anything. */
async function waits({ control, workflows }: HeldPorts, clientSet: string): Promise<boolean> {
  const [question, state] = await Promise.all([control.question(clientSet), control.readSet(clientSet)]);
  if (state?.open === undefined) return false;
  if (question?.question === 'hold' && question.epoch === state.open.epoch) return true;
  return (await workflows.status(state.open.execution)) === 'unknown';
}
