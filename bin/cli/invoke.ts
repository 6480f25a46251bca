/** Asks the operate function of one region. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { names } from '../../core/config/pair.ts';
import { OperateAnswer } from '../../core/contracts/operate.ts';

/** The controller could not be asked; the message says which one and why. */
export class NotAsked extends Error {
  override readonly name = 'NotAsked';
}

/** Longer than the function itself may run, so that its own answer is heard. */
const DEADLINE_MS = 60_000;

export async function askController(
  place: { readonly pair: string; readonly region: string },
  payload: unknown,
): Promise<OperateAnswer> {
  const FunctionName = names.fn(place.pair, 'operate');
  const client = new LambdaClient({ region: place.region, maxAttempts: 2 });
  try {
    const answer = await client.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }), {
      abortSignal: AbortSignal.timeout(DEADLINE_MS),
    });
    const text = answer.Payload === undefined ? '' : new TextDecoder().decode(answer.Payload);
    if (answer.FunctionError !== undefined)
      throw new NotAsked(`${FunctionName} in ${place.region} failed: ${text}; its log group says more`);
    return OperateAnswer.parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof NotAsked) throw error;
    throw new NotAsked(`${FunctionName} in ${place.region} could not be asked: ${explain(error)}`, { cause: error });
  } finally {
    client.destroy();
  }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'ResourceNotFoundException')
    return 'there is no such function; is the stack deployed there, and the pair spelt right?';
  if (error.name === 'CredentialsProviderError')
    return 'no AWS credentials; set them as for every AWS tool (environment, profile, SSO)';
  // A refused connection arrives as an error without a message.
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return error.message === '' ? code : `${code}: ${error.message}`;
}
