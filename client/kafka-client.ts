/** Makes the kafkajs client of one stay on one cluster: on a leash, under the client set's name, with the given logger. */
import { Kafka, type KafkaConfig } from 'kafkajs';
import { isClientName, MAX_CLIENT_NAME_BYTES } from '../core/contracts/events.ts';
import type { ClusterEndpoint } from '../core/contracts/routing.ts';
import { createLeash, type Leash } from './leash.ts';
import { kafkaLogs, type Logger } from './logging.ts';
import { hearingRefusals } from './oauth-bearer.ts';

/**
 * How the application reaches a cluster: TLS, SASL, timeouts, chosen by `endpoint.auth` and `endpoint.cluster`.
 * Brokers come from the routing and the client id from this library; both may be left out.
 */
export type KafkaConfigFor = (endpoint: ClusterEndpoint) => Partial<KafkaConfig> | Promise<Partial<KafkaConfig>>;

export interface LeashedKafka {
  readonly kafka: Kafka;
  readonly leash: Leash;
}

/** kafkajs nests retries in retries: short ones here keep an abandoned client from lingering. */
const CONNECTION_RETRY = { initialRetryTime: 100, maxRetryTime: 500, retries: 2 };

/**
 * Client ids are unique per client set: the same application runs on both sides, and at the refuge it meets its twin.
 * @throws Error for a name whose acknowledgements the controller could not keep: the client would count as silent
 */
export function clientName(clientSet: string, clientId: string): string {
  const name = `${clientSet}.${clientId}`;
  if (clientId !== '' && isClientName(name)) return name;
  const shown = name.length <= 80 ? name : `${name.slice(0, 79)}…`;
  throw new Error(
    `clientId makes the name "${shown}" of ${Buffer.byteLength(name)} bytes; allowed: ${MAX_CLIENT_NAME_BYTES}, its client set included; choose a ${clientId === '' ? 'name' : 'shorter one'}`,
  );
}

export async function leashedKafka(
  endpoint: ClusterEndpoint,
  options: { readonly kafka: KafkaConfigFor; readonly clientId: string; readonly logger: Logger },
): Promise<LeashedKafka> {
  const given = await options.kafka(endpoint);
  const leash = createLeash(given.socketFactory);
  const kafka = new Kafka({
    connectionTimeout: 2000,
    requestTimeout: 10_000,
    retry: CONNECTION_RETRY,
    logCreator: kafkaLogs(options.logger),
    ...given,
    ...(given.sasl === undefined ? {} : { sasl: hearingRefusals(given.sasl) }),
    brokers: given.brokers ?? [...endpoint.bootstrapServers],
    clientId: options.clientId,
    socketFactory: leash.socketFactory,
  });
  return { kafka, leash };
}

/** Two endpoints lead to the same connections. */
export const sameEndpoint = (a: ClusterEndpoint, b: ClusterEndpoint): boolean =>
  a.cluster === b.cluster && a.auth === b.auth && a.bootstrapServers.join() === b.bootstrapServers.join();
