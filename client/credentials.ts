/** Credentials follow the cluster by name: the routing says the name, the application's own region knows the secret. */
import type { KafkaConfig } from 'kafkajs';
import type { ClusterEndpoint } from '../core/contracts/routing.ts';
import type { KafkaConfigFor } from './kafka-client.ts';

/** What kafkajs needs to be let in (ssl, sasl), or how to get it. */
export type Credentials = Partial<KafkaConfig> | KafkaConfigFor;

/**
 * For the option `kafka`: the `auth` of a cluster -> how to reach it. A function is asked at each opening of a client,
 * so that a rotated secret is found by the next one.
 * @throws Error at the opening, naming what is known; the client tries again
 */
export const credentialsByName =
  (known: Readonly<Record<string, Credentials>>): KafkaConfigFor =>
  async (endpoint: ClusterEndpoint) => {
    const credentials = Object.hasOwn(known, endpoint.auth) ? known[endpoint.auth] : undefined;
    if (credentials === undefined)
      throw new Error(
        `no credentials are known under "${endpoint.auth}", which the routing names for ${endpoint.cluster}; known: ${Object.keys(known).join(', ')}`,
      );
    return typeof credentials === 'function' ? credentials(endpoint) : credentials;
  };
