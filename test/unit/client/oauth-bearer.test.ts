/** Tokens (SASL/OAUTHBEARER): what is said to a broker, and what a refusal becomes. */
import { expect, test } from '@jest/globals';
import type { AuthenticationProviderArgs, Mechanism } from 'kafkajs';
import { hearingRefusals } from '../../../client/oauth-bearer.ts';

/** What is said, after the int32 of its size; `answer` is what the broker says, sized likewise as kafkajs hands it on. */
const presenting = async (answer: string, token: { readonly value: string; readonly extensions?: object }) => {
  const mechanism = hearingRefusals({ mechanism: 'oauthbearer', oauthBearerProvider: async () => token }) as Mechanism;
  let said: Buffer = Buffer.alloc(0);
  const size = Buffer.alloc(4);
  size.writeInt32BE(Buffer.byteLength(answer));
  const { authenticate } = mechanism.authenticationProvider({
    host: 'k1.example',
    port: 9098,
    saslAuthenticate: async ({ request, response }) => {
      said = await request.encode();
      return response!.parse(await response!.decode(Buffer.concat([size, Buffer.from(answer)])));
    },
  } as AuthenticationProviderArgs);
  const failure = await authenticate().then(
    () => null,
    (error: unknown) => (error as Error).message,
  );
  return { said: said.subarray(4).toString(), sizeSaid: said.readInt32BE(0), failure };
};

test('a token is presented as RFC 7628 writes it, and an empty answer lets it in', async () => {
  expect(await presenting('', { value: 'abc' })).toEqual({
    said: 'n,,\u0001auth=Bearer abc\u0001\u0001',
    sizeSaid: 21,
    failure: null,
  });
});

test('extensions go with the token', async () => {
  const { said } = await presenting('', { value: 'abc', extensions: { tenant: 'orders', zone: 'a' } });
  expect(said).toBe('n,,\u0001auth=Bearer abc\u0001tenant=orders\u0001zone=a\u0001\u0001');
});

test('a challenge is a refusal: it names the broker and what that said', async () => {
  const { failure } = await presenting('{"status":"invalid_token"}', { value: 'abc' });
  expect(failure).toBe('k1.example:9098 turns the token down: {"status":"invalid_token"}');
});

test('what asks for no token stays as it is', () => {
  const scram = { mechanism: 'scram-sha-512', username: 'orders', password: 'secret' } as const;
  expect(hearingRefusals(scram)).toBe(scram);
});
