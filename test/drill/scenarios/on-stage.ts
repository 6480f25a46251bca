/** A scenario with a stage of its own: set up, played, judged, and taken down whatever happens. */
import { brokenIn, checkRun } from '../checker/invariants.ts';
import type { RunRecord } from '../checker/records.ts';
import type { DrillOptions } from '../drill-options.ts';
import type { Form } from '../pair.ts';
import { setTheStage } from '../stage.ts';
import type { Say, Setup, Stage } from '../stage.ts';
import type { Found } from './scenario.ts';

export async function onStage(
  { setup, ...options }: Pick<DrillOptions, 'trigger' | 'policy' | 'fail'> & Form & { readonly setup?: Setup },
  say: Say,
  act: (stage: Stage) => Promise<Found>,
): Promise<Found> {
  const stage = await setTheStage(options, say, setup);
  try {
    return await act(stage);
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    return { problems: [`${sentence}. Logs: ${stage.world.folder}`], seen: [] };
  } finally {
    stage.observer.halt();
    await stage.world.stop();
  }
}

/** The general promises, but for those that the story itself rules out; that a run has a tail is none of them. */
export const brokenPromises = (run: RunRecord, without: readonly string[] = []): readonly string[] =>
  brokenIn(checkRun(run), (id) => !without.includes(id));
