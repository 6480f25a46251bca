/** Asks the operate function of one region. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { names } from '../../core/config/pair.ts';
import { OperateAnswer } from '../../core/contracts/operate.ts';
import { whyUnasked, type AskedPlace } from './unasked.ts';

/** The controller could not be asked; the message says which one and why. */
export class NotAsked extends Error {
  override readonly name = 'NotAsked';
}

/** Longer than the function itself may run, so that its own answer is heard. */
const DEADLINE_MS = 60_000;

export async function askController(place: AskedPlace, payload: unknown): Promise<OperateAnswer> {
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
    throw new NotAsked(
      `${FunctionName} in ${place.region} could not be asked: ${whyUnasked(error, place, process.env)}`,
      {
        cause: error,
      },
    );
  } finally {
    client.destroy();
  }
}
