/** The memory of one stage of one epoch, kept so that the stage may run twice. */
import type { StepInput, StepName, StepResult } from '../../core/contracts/workflow.ts';
import type { StageRecord } from '../../core/contracts/tables.ts';
import type { Clock, ControlTable } from '../ports.ts';

type StageKey = Pick<StepInput, 'clientSet' | 'epoch' | 'stage'>;
type StageNews = Pick<StageRecord, 'kind' | 'sentence' | 'revision' | 'data'>;

/** Adds what is new to the stage's record; what is not given stays as it was, and so does its first time. */
export async function noteStage(
  ports: { readonly control: Pick<ControlTable, 'stage' | 'putStage'>; readonly clock: Pick<Clock, 'nowMs'> },
  key: StageKey,
  news: StageNews,
): Promise<StageRecord> {
  const before = await ports.control.stage(key.clientSet, key.epoch, key.stage);
  const nowMs = ports.clock.nowMs();
  const record: StageRecord = {
    firstAtMs: nowMs,
    ...before,
    ...news,
    epoch: key.epoch,
    stage: key.stage,
    lastAtMs: nowMs,
  };
  await ports.control.putStage(key.clientSet, record);
  return record;
}

/** A result that needs no waiting. */
export const answer = <S extends StepName>(
  kind: StepResult<S>['kind'],
  sentence: string,
  reasons: readonly string[] = [],
): StepResult<S> => ({
  kind,
  sentence,
  reasons,
  waitSeconds: 1,
});
