/** Puts a question to a person and leaves the workflow waiting for the answer under its task token. */
import type { PairConfig } from '../../core/config/schema.ts';
import type { AskOperatorInput, OpenQuestion } from '../../core/contracts/workflow.ts';
import { checkFence } from '../../core/move/fence.ts';
import { undoSentence } from '../../core/move/undo.ts';
import type { Ports } from '../ports.ts';
import { EVERYBODY, tellQuestion } from '../shared/question-news.ts';
import { causeOf } from './cause.ts';

export type AskPorts = Pick<Ports, 'control' | 'events' | 'notifier' | 'workflows' | 'clock' | 'log' | 'metrics'>;

/**
 * Never throws: the workflow waits on the token, and an error of ours would be swallowed by it. What cannot be done
 * is logged; when the token times out the workflow asks again, which repeats all of this. The question is stored
 * first; whom it could not be told to, reconcile tells.
 */
export const askOperator =
  (ports: AskPorts, config: PairConfig, { region }: { readonly region: string }) =>
  async (input: AskOperatorInput): Promise<void> => {
    const attempt = tryOn(ports, input);
    const state = await attempt('read the state of the set', () => ports.control.readSet(input.clientSet));
    if (state === undefined) return;
    const fence = checkFence(state, input);
    if (fence.kind === 'superseded') {
      // Nobody must be asked about an epoch that is over. `abort` and `reject` lead to conclude-move, which stops there.
      const kind = input.question === 'approval' ? 'reject' : 'abort';
      await attempt('end the superseded wait', () =>
        ports.workflows.answer(input.taskToken, { kind, by: 'mm2-failover', note: fence.sentence }),
      );
      return;
    }
    const { undo } = fence.claim;
    if (undo !== undefined && input.question === 'hold' && input.phase !== 'home') {
      // It was taken back between the answer of the step and this question: the step looks again, and goes home.
      await attempt('wake a switchover that is taken back', () =>
        ports.workflows.answer(input.taskToken, { kind: 'resume', by: undo.by, note: undoSentence(undo, input) }),
      );
      return;
    }
    const question = questionOf(input, config, ports.clock.nowMs());
    await attempt('store the question', () => ports.control.putQuestion(input.clientSet, question));
    await attempt('note who was told', () => tellQuestion(ports, question, { ...fence, region }));
  };

function questionOf(input: AskOperatorInput, config: PairConfig, nowMs: number): OpenQuestion {
  const { sentence, reasons } = causeOf(input.because);
  const seconds = input.question === 'approval' ? config.moves.approvalSeconds : config.moves.holdReminderSeconds;
  return {
    question: input.question,
    epoch: input.epoch,
    stage: input.stage,
    taskToken: input.taskToken,
    askedAtMs: nowMs,
    // A hold is asked again when its token times out; an approval is void then.
    expiresAtMs: nowMs + Math.round(seconds * 1000),
    sentence,
    reasons: [...reasons],
    untold: EVERYBODY,
  };
}

/** Three tries, then a line in the log. */
const tryOn =
  (ports: Pick<AskPorts, 'clock' | 'log'>, input: AskOperatorInput) =>
  async <T>(what: string, act: () => Promise<T>): Promise<T | undefined> => {
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      try {
        return await act();
      } catch (error) {
        ports.log.error(`could not ${what}`, {
          clientSet: input.clientSet,
          epoch: input.epoch,
          attempt,
          error: String(error),
        });
        if (attempt < TRIES) await ports.clock.pause(PAUSE_MS);
      }
    }
    return undefined;
  };
const TRIES = 3;
const PAUSE_MS = 500;
