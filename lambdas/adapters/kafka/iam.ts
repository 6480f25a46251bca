/** MSK with IAM: SASL/OAUTHBEARER with a token that is a signed URL. */
import type { Mechanism } from 'kafkajs';
import { presentToken } from '../../../core/contracts/oauth-bearer.ts';

/** @param tokenOf asked for each connection */
export const oauthBearer = (tokenOf: () => Promise<string>): Mechanism => ({
  mechanism: 'oauthbearer',
  authenticationProvider: ({ host, port, saslAuthenticate }) => ({
    authenticate: async () => presentToken(`${host}:${port}`, { value: await tokenOf() }, saslAuthenticate),
  }),
});

/** Signed for each connection; valid for 15 minutes. Imported here so that nobody else pays for it. */
export async function mskToken(region: string): Promise<string> {
  const { generateAuthToken } = await import('aws-msk-iam-sasl-signer-js');
  return (await generateAuthToken({ region })).token;
}
