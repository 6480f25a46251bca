/** A controller that cannot be asked: what was set, where it came from, what to do. */
import { expect, test } from '@jest/globals';
import { whyUnasked } from '../../../bin/cli/unasked.ts';

const PLACE = { pair: 'orders', region: 'eu-cental-1', regionFrom: '--region' };
const thrown = (fields: object, message = ''): Error => Object.assign(new Error(message), fields);
const LAB = { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566', AWS_ACCESS_KEY_ID: 'x' };

test.each<readonly [string, Error, Record<string, string>, string]>([
  [
    'a refused connection names the endpoint and the variable that set it',
    thrown({ code: 'ECONNREFUSED' }),
    LAB,
    'nobody answers at http://127.0.0.1:4566 (from AWS_ENDPOINT_URL) (ECONNREFUSED): start what should listen there (the lab?), or unset AWS_ENDPOINT_URL to ask AWS itself',
  ],
  [
    'the endpoint of Lambda alone outranks the general one, as it does for the SDK',
    thrown({ code: 'ECONNREFUSED' }),
    { ...LAB, AWS_ENDPOINT_URL_LAMBDA: 'http://127.0.0.1:9001' },
    'nobody answers at http://127.0.0.1:9001 (from AWS_ENDPOINT_URL_LAMBDA) (ECONNREFUSED): start what should listen there (the lab?), or unset AWS_ENDPOINT_URL_LAMBDA to ask AWS itself',
  ],
  [
    'a name with two addresses fails with one error for each',
    thrown({ errors: [thrown({ code: 'ECONNREFUSED' }), thrown({ code: 'ECONNREFUSED' })] }),
    LAB,
    'nobody answers at http://127.0.0.1:4566 (from AWS_ENDPOINT_URL) (ECONNREFUSED): start what should listen there (the lab?), or unset AWS_ENDPOINT_URL to ask AWS itself',
  ],
  [
    'an unknown name asks about the region, and names what set it',
    thrown({ code: 'ENOTFOUND' }, 'getaddrinfo ENOTFOUND lambda.eu-cental-1.amazonaws.com'),
    {},
    'AWS Lambda of eu-cental-1 has no address (ENOTFOUND): is the region "eu-cental-1" (from --region) spelt right, and does this machine reach AWS?',
  ],
  [
    'silence names who is silent',
    thrown({ name: 'TimeoutError' }, 'The operation was aborted due to timeout'),
    LAB,
    'http://127.0.0.1:4566 (from AWS_ENDPOINT_URL) did not answer in time: start what should listen there (the lab?), or unset AWS_ENDPOINT_URL to ask AWS itself',
  ],
  [
    'no credentials name where they were looked for',
    thrown({ name: 'CredentialsProviderError' }, 'Could not load credentials from any providers'),
    { AWS_PROFILE: 'ops' },
    'there are no AWS credentials: AWS_ACCESS_KEY_ID is not set, and profile "ops" (AWS_PROFILE) gives none (Could not load credentials from any providers); sign in as for every AWS tool (aws sso login, aws configure), or source the lab\'s lab.env',
  ],
  [
    'credentials that are over name where they came from',
    thrown({ name: 'ExpiredTokenException' }, 'the token has expired'),
    { AWS_ACCESS_KEY_ID: 'x' },
    'AWS does not take these credentials (ExpiredTokenException: the token has expired), from AWS_ACCESS_KEY_ID; sign in again',
  ],
  [
    'a right that is missing is named',
    thrown({ name: 'AccessDeniedException' }, 'not authorized'),
    {},
    'these credentials (from the default profile or role) may not do it: not authorized; they need lambda:InvokeFunction on it',
  ],
  [
    'no such function: which region was asked and who said so',
    thrown({ name: 'ResourceNotFoundException' }, 'Function not found'),
    {},
    'there is no such function in eu-cental-1 (from --region); is the stack deployed there, and the pair "orders" spelt right?',
  ],
  ['anything else as it is', thrown({ code: 'EPROTO' }, 'wrong version number'), {}, 'EPROTO: wrong version number'],
  ['an error without a message by its code', thrown({ code: 'EPROTO' }), {}, 'EPROTO'],
])('%s', (_story, error, env, sentence) => {
  expect(whyUnasked(error, PLACE, env)).toBe(sentence);
});
