/** Routing parameters of client sets in any region. Each call has two seconds; a region that needs longer is unreachable. */
import { GetParameterCommand, GetParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { MAX_ROUTING_BYTES, plainParameters, routingParameter, type Routing } from '../../../core/contracts/routing.ts';
import type { RoutingReading, RoutingStore, RoutingWrite } from '../../ports.ts';
import { causeOf, isNamed, patience, perRegion, within } from '../calls.ts';

const DEADLINE_MS = 2_000;

/** The value would not fit into a standard parameter; config limits make this impossible unless they are bypassed. */
export class RoutingTooLarge extends Error {
  override readonly name = 'RoutingTooLarge';
}

/** One client per region, kept for the life of the process. Credentials and endpoint come from the environment. */
export function ssmRoutingStore(pair: string): RoutingStore {
  const clientOf = perRegion((region) => new SSMClient({ region, ...patience(DEADLINE_MS) }));
  return {
    read: (region, clientSet) => readParameter(clientOf(region), region, routingParameter(pair, clientSet)),
    write: async (region, routing) => {
      const text = JSON.stringify(routing);
      refuseTooLarge(routing, text);
      try {
        const version = await putRouting(clientOf(region), region, routingParameter(pair, routing.clientSet), text);
        if (version.kind === 'written') await putPlain(clientOf(region), routing);
        return version;
      } catch (error) {
        return unreachable(region, error);
      }
    },
    plainDrift: async (region, routing) => [...(await differingPlain(clientOf(region), routing)).keys()],
  };
}

function refuseTooLarge(routing: Routing, text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_ROUTING_BYTES)
    throw new RoutingTooLarge(
      `routing value of ${routing.clientSet}, revision ${routing.revision}, has ${bytes} bytes; allowed: ${MAX_ROUTING_BYTES}; list fewer topics or brokers per client set`,
    );
}

const unreachable = (region: string, error: unknown) =>
  ({ kind: 'unreachable', because: `SSM in ${region}: ${causeOf(error)}` }) as const;

async function readParameter(client: SSMClient, region: string, path: string): Promise<RoutingReading> {
  try {
    const { Parameter } = await client.send(new GetParameterCommand({ Name: path }), within(DEADLINE_MS));
    if (Parameter?.Value === undefined || Parameter.Version === undefined)
      throw new Error(`${path} came back without value or version`);
    return { kind: 'present', text: Parameter.Value, version: Parameter.Version };
  } catch (error) {
    return isNamed(error, 'ParameterNotFound') ? { kind: 'absent' } : unreachable(region, error);
  }
}

/**
 * Puts the value where it differs. The version that comes back must follow the one that was read; otherwise somebody
 * wrote in between, and only a second look tells whose value stands.
 */
async function putRouting(client: SSMClient, region: string, path: string, text: string): Promise<RoutingWrite> {
  const before = await readParameter(client, region, path);
  if (before.kind === 'unreachable') return before;
  if (before.kind === 'present' && before.text === text) return { kind: 'written', version: before.version };
  const version = await put(client, path, text);
  if (version === (before.kind === 'present' ? before.version : 0) + 1) return { kind: 'written', version };
  const after = await readParameter(client, region, path);
  if (after.kind === 'present' && after.text === text) return { kind: 'written', version: after.version };
  return unreachable(
    region,
    new Error(`${path} was written by somebody else at the same time (version ${version}); write again`),
  );
}

async function put(client: SSMClient, path: string, value: string): Promise<number> {
  const command = new PutParameterCommand({
    Name: path,
    Value: value,
    Type: 'String',
    Tier: 'Standard',
    Overwrite: true,
  });
  const { Version } = await client.send(command, within(DEADLINE_MS));
  if (Version === undefined) throw new Error(`${path} was put, but no version came back`);
  return Version;
}

async function putPlain(client: SSMClient, routing: Routing): Promise<void> {
  const differing = await differingPlain(client, routing);
  await Promise.all([...differing].map(([path, value]) => put(client, path, value)));
}

/** Plain parameters that are absent or say something else: path -> what they should say. */
async function differingPlain(client: SSMClient, routing: Routing): Promise<ReadonlyMap<string, string>> {
  const wanted = new Map(Object.entries(plainParameters(routing)));
  const { Parameters = [] } = await client.send(
    new GetParametersCommand({ Names: [...wanted.keys()] }),
    within(DEADLINE_MS),
  );
  for (const { Name, Value } of Parameters) if (Name !== undefined && wanted.get(Name) === Value) wanted.delete(Name);
  return wanted;
}
