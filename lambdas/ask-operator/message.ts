/** What a person is told when a move waits for them: what happened, what waiting costs, three commands to paste. */
import type { Phase } from '../../core/contracts/primitives.ts';
import type { Claim, SetState } from '../../core/contracts/tables.ts';
import type { AskOperatorInput } from '../../core/contracts/workflow.ts';
import { commandLines } from '../../core/move/answers.ts';

export interface Cause {
  readonly sentence: string;
  readonly reasons: readonly string[];
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value : undefined;
const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;

/**
 * The workflow hands over the last step's result, or the error Step Functions caught: `{Error, Cause}`, where Cause
 * is the JSON text of Lambda's own `{errorType, errorMessage}`, or plain words.
 */
export function causeOf(because: unknown): Cause {
  const sentence = text(field(because, 'sentence'));
  if (sentence !== undefined) {
    const reasons = field(because, 'reasons');
    return { sentence, reasons: Array.isArray(reasons) ? reasons.filter((reason) => typeof reason === 'string') : [] };
  }
  const error = text(field(because, 'Error')) ?? 'an error without a name';
  const message = errorMessage(text(field(because, 'Cause')) ?? '');
  return {
    sentence: `the step failed and its retries are used up: ${error}${message === '' ? '' : `: ${message}`}`,
    reasons: [],
  };
}

function errorMessage(cause: string): string {
  try {
    return text(field(JSON.parse(cause), 'errorMessage')) ?? cause;
  } catch {
    return cause;
  }
}

/** What it costs to let the move wait where it stands. */
const COST: Readonly<Record<Phase, string>> = {
  home: 'clients are still sent home: while home is down, producers 1 cannot write and consumers 1 do not read',
  draining:
    'producers of the set write at the refuge (or hold, under per-key order); what they write waits unread by this set until the drain is over',
  refuge: 'the set works at the refuge; only the return waits',
  leaving: 'the set works on at home; only the planned move waits',
  returning:
    'consumers read their own topics at the refuge; under per-key order producers may be holding, home may lie idle',
};

export const costOfWaiting = (phase: Phase): string => COST[phase];

export function message(
  input: AskOperatorInput,
  state: SetState,
  claim: Claim,
): { readonly subject: string; readonly body: string } {
  const cause = causeOf(input.because);
  const asks = input.question === 'approval' ? 'asks for approval' : `is held at "${input.stage}"`;
  return {
    subject: `[mm2-failover] ${input.clientSet}: ${input.move} ${asks}`.slice(0, 100),
    body: [
      `The ${input.move} of client set "${input.clientSet}" (pair ${input.pair}, epoch ${input.epoch}) ${asks}.`,
      '',
      `What happened: ${cause.sentence}`,
      ...cause.reasons.map((reason) => `  - ${reason}`),
      `Asked for by ${claim.requestedBy} (${claim.trigger}): ${claim.reason}`,
      `What waiting costs: ${costOfWaiting(state.phase)}.`,
      '',
      'Answer with one of:',
      ...commandLines(input, { pair: input.pair, clientSet: input.clientSet, claim }).map((line) => `  ${line}`),
    ].join('\n'),
  };
}
