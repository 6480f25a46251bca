/** kafkajs's option for tokens, with a mechanism that hears a refusal. */
import type { KafkaConfig } from 'kafkajs';
import { oauthBearer } from '../core/contracts/oauth-bearer.ts';

type Sasl = NonNullable<KafkaConfig['sasl']>;

/** What asks for a token is replaced by a mechanism that asks the same function; everything else stays as it is. */
export const hearingRefusals = (sasl: Sasl): Sasl =>
  'oauthBearerProvider' in sasl ? oauthBearer(sasl.oauthBearerProvider) : sasl;
