/** Why a move waits for a person, in words: from a step's result or from the error Step Functions caught. */

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
