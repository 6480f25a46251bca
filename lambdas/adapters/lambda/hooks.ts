/** Asks a Lambda function and waits for its answer, in the region that its ARN names. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Hooks } from '../../ports.ts';
import { causeOf, patience, perRegion } from '../calls.ts';

/** No call of ours may take longer, whatever the caller asks for. */
const LONGEST_MS = 20_000;

export function lambdaHooks(): Hooks {
  const clientOf = perRegion(
    // Once only: a hook that is asked twice would have to answer twice within the same time.
    (region) => new LambdaClient({ region, ...patience(LONGEST_MS), maxAttempts: 1 }),
  );
  return {
    ask: async (functionArn, question, patienceMs) => {
      try {
        const given = await clientOf(regionOfArn(functionArn)).send(
          new InvokeCommand({ FunctionName: functionArn, Payload: JSON.stringify(question) }),
          { abortSignal: AbortSignal.timeout(Math.min(patienceMs, LONGEST_MS)) },
        );
        const text = given.Payload === undefined ? '' : new TextDecoder().decode(given.Payload);
        if (given.FunctionError !== undefined) return { kind: 'failed', because: `it failed: ${text}` };
        return { kind: 'answered', answer: text === '' ? undefined : (JSON.parse(text) as unknown) };
      } catch (error) {
        return { kind: 'failed', because: causeOf(error) };
      }
    },
  };
}

const regionOfArn = (arn: string): string => arn.split(':')[3] ?? '';
