/** The parameter of no meaning beside a set's routing: a put that passes here would pass for the routing value too. */
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { scratchParameter } from '../../../core/contracts/routing.ts';
import type { Scratch } from '../../ports.ts';
import { causeOf, isNamed, patience, perRegion, within } from '../calls.ts';

const DEADLINE_MS = 2_000;

type Put = Awaited<ReturnType<Scratch['put']>>;

export function ssmScratch(pair: string): Scratch {
  // The client's own second attempt would hide the first answer: a throttled put that is asked again and then cut off by the
  // deadline must read as throttled.
  const clientOf = perRegion((region) => new SSMClient({ region, ...patience(DEADLINE_MS), maxAttempts: 1 }));
  return {
    put: async (region, clientSet, text) => {
      const command = new PutParameterCommand({
        Name: scratchParameter(pair, clientSet),
        Value: text,
        Type: 'String',
        Tier: 'Standard',
        Overwrite: true,
      });
      const deadline = within(DEADLINE_MS);
      const once = () => putOnce(region, () => clientOf(region).send(command, deadline));
      const first = await once();
      return first.kind === 'unreachable' && !deadline.abortSignal.aborted ? once() : first;
    },
  };
}

async function putOnce(region: string, send: () => Promise<unknown>): Promise<Put> {
  try {
    await send();
    return { kind: 'written' };
  } catch (error) {
    // Many sets that move at once put more than the account may in a second; that is no reason not to begin.
    const kind = isNamed(error, 'ThrottlingException', 'TooManyUpdates') ? 'busy' : 'unreachable';
    return { kind, because: `SSM in ${region}: ${causeOf(error)}` };
  }
}
