/** The routing value: the one JSON document a client set obeys. One value, one atomic switch. */
import * as z from 'zod';
import { ClusterAlias, Phase, Region, Slug } from './primitives.ts';
import { readShape, sayProblem } from './shape.ts';

/** SSM standard parameters end at 4 KB; a larger value would fail in the middle of a move. */
export const MAX_ROUTING_BYTES = 4096;

/** Of one broker; a port goes up to 65535. */
export const BrokerAddress = z
  .string()
  .regex(/^[^\s,:]+:(\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])$/, 'host:port');

const BootstrapServers = z.array(BrokerAddress).min(1);

/** What a role (producers or consumers) needs to reach its cluster. Credentials follow by name, never by value. */
const ClusterEndpoint = z.object({
  cluster: ClusterAlias,
  bootstrapServers: BootstrapServers,
  auth: z.string().min(1),
  schemaRegistry: z.string().min(1).optional(),
});
export type ClusterEndpoint = z.infer<typeof ClusterEndpoint>;

export const READS = ['local', 'remote', 'both'] as const;
export const Read = z.enum(READS);
export type Read = z.infer<typeof Read>;

export const ProducerState = z.enum(['active', 'hold']);
export type ProducerState = z.infer<typeof ProducerState>;

export const Routing = z.object({
  schema: z.literal(1),
  pair: Slug,
  clientSet: Slug,
  epoch: z.number().int().nonnegative(),
  revision: z.number().int().positive(),
  phase: Phase,
  producers: ClusterEndpoint.extend({ state: ProducerState }),
  consumers: ClusterEndpoint.extend({ read: Read }),
  topics: z.array(z.string().min(1)).min(1),
  /** Prefix of home's topics at the refuge, separator included: "K1.". */
  remotePrefix: z.string().min(2),
  /** Remote names that do not follow the prefix rule: home topic -> remote topic. */
  remoteNames: z.record(z.string(), z.string()).optional(),
  controlRegion: Region,
  bus: z.string().min(1),
  pollSeconds: z.number().positive(),
  cause: z.string().min(1),
  issuedAt: z.iso.datetime(),
});
export type Routing = z.infer<typeof Routing>;

/** Name of the SSM parameter that carries the routing value; the plain values live beside it. */
export const routingParameter = (pair: string, clientSet: string) => `/mm2-failover/${pair}/${clientSet}/routing`;

/** Says nothing to clients: put before a move, to see that a routing value could be. */
export const scratchParameter = (pair: string, clientSet: string) => `/mm2-failover/${pair}/${clientSet}/scratch`;

/** Plain values for applications that read their configuration at start: parameter path suffix -> value. */
export const plainParameters = (routing: Routing): Readonly<Record<string, string>> => {
  const base = `/mm2-failover/${routing.pair}/${routing.clientSet}`;
  return {
    [`${base}/producers/bootstrap-servers`]: routing.producers.bootstrapServers.join(','),
    [`${base}/producers/state`]: routing.producers.state,
    [`${base}/consumers/bootstrap-servers`]: routing.consumers.bootstrapServers.join(','),
    [`${base}/consumers/topics`]: topicsToRead(routing).join(','),
  };
};

/** The remote topic of a home topic: `orders` -> `K1.orders`, unless an exception names it. */
export const remoteTopic = (routing: Pick<Routing, 'remotePrefix' | 'remoteNames'>, topic: string): string =>
  Object.hasOwn(routing.remoteNames ?? {}, topic) ? routing.remoteNames![topic]! : `${routing.remotePrefix}${topic}`;

/** What consumers of the set subscribe to under this routing. */
export const topicsToRead = (routing: Routing): readonly string[] => {
  const remote = routing.topics.map((topic) => remoteTopic(routing, topic));
  switch (routing.consumers.read) {
    case 'local':
      return routing.topics;
    case 'remote':
      return remote;
    case 'both':
      return [...routing.topics, ...remote];
  }
};

export type RoutingParse =
  | { readonly kind: 'valid'; readonly routing: Routing }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

/** Parses the text of a routing parameter. Never throws: a corrupt value must leave clients as they are. */
export function parseRouting(text: string): RoutingParse {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { kind: 'invalid', problems: [`not JSON: ${error instanceof Error ? error.message : String(error)}`] };
  }
  const read = readShape(Routing, json);
  return read.kind === 'valid'
    ? { kind: 'valid', routing: read.data }
    : { kind: 'invalid', problems: read.problems.map((problem) => sayProblem(problem, 'the value')) };
}
