/** MSK with IAM: SASL/OAUTHBEARER with a token that is a signed URL. */
import type { Mechanism } from 'kafkajs';

/**
 * The broker has turned a token down. It says so by a challenge (RFC 7628, 3.2.3), which carries no error code: kafkajs's own
 * mechanism takes it for success, and the broker then answers every request as if there were nothing in the cluster.
 */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
}

/** @param tokenOf asked for each connection */
export const oauthBearer = (tokenOf: () => Promise<string>): Mechanism => ({
  mechanism: 'oauthbearer',
  authenticationProvider: ({ host, port, saslAuthenticate }) => ({
    authenticate: async () => {
      const token = await tokenOf();
      const challenge = await saslAuthenticate({
        request: { encode: () => sized(`n,,\u0001auth=Bearer ${token}\u0001\u0001`) },
        response: { decode: (raw) => raw.subarray(SIZE), parse: (text) => text.toString() },
      });
      if (challenge) throw new TokenRefused(`${host}:${port} turns the token down: ${challenge.slice(0, 300)}`);
    },
  }),
});

const SIZE = 4;

/** As kafkajs hands authentication bytes on: their number, then they. */
function sized(text: string): Buffer {
  const bytes = Buffer.from(text);
  const size = Buffer.alloc(SIZE);
  size.writeInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
}

/** Signed for each connection; valid for 15 minutes. Imported here so that nobody else pays for it. */
export async function mskToken(region: string): Promise<string> {
  const { generateAuthToken } = await import('aws-msk-iam-sasl-signer-js');
  return (await generateAuthToken({ region })).token;
}
