/** kafkajs's option for tokens, with a mechanism that hears a refusal. */
import type { KafkaConfig, Mechanism } from 'kafkajs';
import { presentToken } from '../core/contracts/oauth-bearer.ts';

type Sasl = NonNullable<KafkaConfig['sasl']>;

/** What asks for a token is replaced by a mechanism that asks the same function; everything else stays as it is. */
export const hearingRefusals = (sasl: Sasl): Sasl =>
  'oauthBearerProvider' in sasl ? bearer(sasl.oauthBearerProvider) : sasl;

/** @param tokenOf asked for each connection */
const bearer = (tokenOf: () => Promise<{ readonly value: string }>): Mechanism => ({
  mechanism: 'oauthbearer',
  authenticationProvider: ({ host, port, saslAuthenticate }) => ({
    authenticate: async () => presentToken(`${host}:${port}`, await tokenOf(), saslAuthenticate),
  }),
});
