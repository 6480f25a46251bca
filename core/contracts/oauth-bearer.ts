/**
 * SASL/OAUTHBEARER (RFC 7628) as Kafka speaks it, for both kinds of kafkajs clients here: a broker that turns a token down
 * says so by a challenge (3.2.3), which carries no error code. kafkajs's own mechanism takes it for success, and the
 * broker then answers every request as if there were nothing in the cluster.
 */

export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
}

export interface BearerToken {
  readonly value: string;
  /** Further facts for the broker, by name. */
  readonly extensions?: Readonly<Record<string, string>>;
}

/** What kafkajs takes to say one thing and hear one; `raw` begins with the int32 size of what follows. */
interface Exchange {
  readonly request: { readonly encode: () => Buffer };
  readonly response: { readonly decode: (raw: Buffer) => Buffer; readonly parse: (text: Buffer) => string };
}

const SIZE = 4;
const SEPARATOR = '\u0001';

interface Connecting {
  readonly host: string;
  readonly port: number;
  readonly saslAuthenticate: (exchange: Exchange) => Promise<unknown>;
}

/** A mechanism as kafkajs takes it. @param tokenOf asked for each connection */
export const oauthBearer = (tokenOf: () => Promise<BearerToken>) => ({
  mechanism: 'oauthbearer',
  authenticationProvider: ({ host, port, saslAuthenticate }: Connecting) => ({
    authenticate: async () => presentToken(`${host}:${port}`, await tokenOf(), saslAuthenticate),
  }),
});

/** @param broker for the sentence. @throws TokenRefused with what the broker said of it */
async function presentToken(
  broker: string,
  { value, extensions = {} }: BearerToken,
  ask: (exchange: Exchange) => Promise<unknown>,
): Promise<void> {
  const further = Object.entries(extensions).map(([name, text]) => `${name}=${text}${SEPARATOR}`);
  const challenge = await ask({
    request: { encode: () => sized(`n,,${SEPARATOR}auth=Bearer ${value}${SEPARATOR}${further.join('')}${SEPARATOR}`) },
    response: { decode: (raw) => raw.subarray(SIZE), parse: (text) => text.toString() },
  });
  if (typeof challenge === 'string' && challenge !== '')
    throw new TokenRefused(`${broker} turns the token down: ${challenge.slice(0, 300)}`);
}

/** As kafkajs hands authentication bytes on: their number, then they. */
function sized(text: string): Buffer {
  const bytes = Buffer.from(text);
  const size = Buffer.alloc(SIZE);
  size.writeInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
}
