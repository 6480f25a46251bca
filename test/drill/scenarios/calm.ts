/** Calm: what a scenario begins with, and must end with. */
import type { SetState } from '../../../core/contracts/tables.ts';
import { statesOf } from './outcome.ts';
import type { States } from './outcome.ts';
import type { Scene } from './scenario.ts';

const SUBJECTS = ['cluster:K1', 'cluster:K2', 'flow:K1->K2', 'flow:K2->K1'] as const;

export const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Waits for it. Empty: calm. What has been healed must be well again, so this is part of what a scenario has to show. */
export const unrestOf = (scene: Scene): Promise<readonly string[]> =>
  calm(scene).then(
    () => [],
    (error: unknown) => [sentenceOf(error)],
  );

async function calm(scene: Scene): Promise<void> {
  await scene.until('both clusters and both flows are HEALTHY, everybody is home and no epoch is open', async () => {
    const kinds = await Promise.all(SUBJECTS.map(async (of) => [of, await scene.verdict(of)] as const));
    const unrest = unrestIn(new Map(kinds), await statesOf(scene));
    if (unrest.length > 0) throw new Error(unrest.join(', '));
    return true;
  });
}

/** Everything that is not as it was before anything happened. */
export const unrestIn = (verdicts: ReadonlyMap<string, string | undefined>, states: States): readonly string[] => [
  ...[...verdicts].flatMap(([of, kind]) => (kind === 'HEALTHY' ? [] : [`${of} is ${kind ?? 'not judged'}`])),
  ...[...states].flatMap(([set, state]) => awayOrBusy(set, state)),
];

function awayOrBusy(set: string, state: SetState | null): readonly string[] {
  const away = state?.phase === 'home' ? [] : [`${set} is ${state?.phase ?? 'not known'}`];
  return state?.open === undefined ? away : [...away, `epoch ${state.open.epoch} of ${set} is open`];
}
