/** The parameter of no meaning beside a set's routing: a put that passes here would pass for the routing value too. */
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { scratchParameter } from '../../../core/contracts/routing.ts';
import type { Scratch } from '../../ports.ts';
import { causeOf, isNamed, patience, perRegion, within } from '../calls.ts';

const DEADLINE_MS = 2_000;

export function ssmScratch(pair: string): Scratch {
  const clientOf = perRegion((region) => new SSMClient({ region, ...patience(DEADLINE_MS) }));
  return {
    put: async (region, clientSet, text) => {
      try {
        await clientOf(region).send(
          new PutParameterCommand({
            Name: scratchParameter(pair, clientSet),
            Value: text,
            Type: 'String',
            Tier: 'Standard',
            Overwrite: true,
          }),
          within(DEADLINE_MS),
        );
        return { kind: 'written' };
      } catch (error) {
        // Many sets that move at once put more than the account may in a second; that is no reason not to begin.
        const kind = isNamed(error, 'ThrottlingException', 'TooManyUpdates') ? 'busy' : 'unreachable';
        return { kind, because: `SSM in ${region}: ${causeOf(error)}` };
      }
    },
  };
}
