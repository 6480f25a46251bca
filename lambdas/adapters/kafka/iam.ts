/** MSK with IAM: SASL/OAUTHBEARER with a token that is a signed URL. */
import type { BearerToken } from '../../../core/contracts/oauth-bearer.ts';

/** Signed for each connection; valid for 15 minutes. Imported here so that nobody else pays for it. */
export async function mskToken(region: string): Promise<BearerToken> {
  const { generateAuthToken } = await import('aws-msk-iam-sasl-signer-js');
  return { value: (await generateAuthToken({ region })).token };
}
