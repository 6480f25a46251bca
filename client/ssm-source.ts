/** Reads the routing parameter of a client set from every listed region. */
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { routingParameter } from '../core/contracts/routing.ts';
import { messageOf } from './logging.ts';
import { createPolling, type PollingOptions } from './polling.ts';
import type { RegionReading, RoutingSource } from './routing-source.ts';

export interface SsmSourceOptions extends PollingOptions {
  readonly pair: string;
  readonly clientSet: string;
  /** Every region the value is published to (`clientRegions` of the set), the client's own first. */
  readonly regions: readonly [string, ...string[]];
  /** Bound of one read of one region. Default 2000. */
  readonly timeoutMs?: number;
  /** Replaceable for clients with special credentials or proxies. */
  readonly client?: (region: string) => Pick<SSMClient, 'send'>;
}

/**
 * All regions are read at every look, in parallel: a move is published to those that can be reached, which may not be
 * the client's own. Each region still answers one read per client and interval.
 */
export function ssmSource(options: SsmSourceOptions): RoutingSource {
  const { timeoutMs = 2000, client = (region: string) => new SSMClient({ region, maxAttempts: 1 }) } = options;
  const Name = routingParameter(options.pair, options.clientSet);
  const clients = new Map(options.regions.map((region) => [region, client(region)]));

  const read = async (region: string): Promise<RegionReading> => {
    try {
      const abortSignal = AbortSignal.timeout(timeoutMs);
      const answer = await clients.get(region)!.send(new GetParameterCommand({ Name }), { abortSignal });
      const text = answer.Parameter?.Value;
      return text === undefined ? { region, kind: 'missing' } : { region, kind: 'value', text };
    } catch (error) {
      if (error instanceof ParameterNotFound) return { region, kind: 'missing' };
      return { region, kind: 'unreachable', because: messageOf(error) };
    }
  };
  return createPolling(() => Promise.all([...clients.keys()].map(read)), options);
}
