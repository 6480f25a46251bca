/** Each row is an error as it was really thrown on Node 24 by kafkajs 2.2.4, by Node itself, or by the adapter on a real broker. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import {
  classifyError,
  DeadlinePassed,
  KafkaUnavailable,
  ResolverSilent,
  sentenceOf,
} from '../../lambdas/adapters/kafka/errors.ts';
import { TokenRefused } from '../../core/contracts/oauth-bearer.ts';
import { answerOf } from '../../lambdas/adapters/kafka/internals.ts';

interface AsThrown {
  readonly name: string;
  readonly message: string;
  readonly code?: string | number;
  readonly type?: string;
  readonly cause?: unknown;
}
const thrown = (shape: AsThrown): Error => Object.assign(new Error(shape.message), shape);
const connectionError = (message: string, code?: string) =>
  thrown({
    name: 'KafkaJSConnectionError',
    message: `Connection error: ${message}`,
    ...(code === undefined ? {} : { code }),
  });
const afterRetries = (cause: Error) =>
  thrown({ name: 'KafkaJSNumberOfRetriesExceeded', message: cause.message, cause });
const protocol = (type: string, code: number) =>
  thrown({ name: 'KafkaJSProtocolError', message: 'the server says', type, code });
const node = (message: string, code: string) => thrown({ name: 'Error', message, code });

test.each([
  [
    'a token that was turned down, by a challenge',
    new TokenRefused('k1:9098 turns the token down'),
    'prober-fault-auth',
  ],
  ['refused port, Node', node('connect ECONNREFUSED 127.0.0.1:2', 'ECONNREFUSED'), 'transport-failure'],
  [
    'refused port, kafkajs after its retries',
    afterRetries(connectionError('connect ECONNREFUSED 127.0.0.1:2', 'ECONNREFUSED')),
    'transport-failure',
  ],
  ['reset in the middle', afterRetries(connectionError('read ECONNRESET', 'ECONNRESET')), 'transport-failure'],
  [
    'closed by the peer',
    thrown({ name: 'KafkaJSConnectionClosedError', message: 'Closed connection' }),
    'transport-failure',
  ],
  [
    'connect time-out of kafkajs, which has no code',
    thrown({ name: 'KafkaJSConnectionError', message: 'Connection timeout' }),
    'transport-failure',
  ],
  [
    'silence after a request',
    thrown({ name: 'KafkaJSRequestTimeoutError', message: 'Request Metadata(key: 3, version: 6) timed out' }),
    'transport-failure',
  ],
  ['silence until our own deadline', new DeadlinePassed('api-versions', 300), 'transport-failure'],
  [
    'handshake cut off',
    node('Client network socket disconnected before secure TLS connection was established', 'ECONNRESET'),
    'transport-failure',
  ],
  ['unresolvable name, Node', node('getaddrinfo ENOTFOUND nosuch.invalid', 'ENOTFOUND'), 'prober-fault-dns'],
  [
    'unresolvable name, kafkajs',
    afterRetries(connectionError('getaddrinfo ENOTFOUND nosuch.invalid', 'ENOTFOUND')),
    'prober-fault-dns',
  ],
  ['resolver without an answer', node('getaddrinfo EAI_AGAIN broker', 'EAI_AGAIN'), 'prober-fault-dns'],
  ['no route from here', node('connect ENETUNREACH 10.0.0.1:9092', 'ENETUNREACH'), 'prober-fault-runtime'],
  ['no file handle left', node('socket EMFILE', 'EMFILE'), 'prober-fault-runtime'],
  [
    'unknown authority, Node',
    node('self-signed certificate in certificate chain', 'SELF_SIGNED_CERT_IN_CHAIN'),
    'prober-fault-tls',
  ],
  [
    'unknown authority, kafkajs',
    afterRetries(connectionError('self-signed certificate in certificate chain', 'SELF_SIGNED_CERT_IN_CHAIN')),
    'prober-fault-tls',
  ],
  ['self-signed server', node('self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'), 'prober-fault-tls'],
  [
    'certificate for another host',
    node("Hostname/IP does not match certificate's altnames", 'ERR_TLS_CERT_ALTNAME_INVALID'),
    'prober-fault-tls',
  ],
  [
    'the broker wants a client certificate',
    connectionError('ssl/tls alert bad certificate', 'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE'),
    'prober-fault-tls',
  ],
  ['expired server certificate', node('certificate has expired', 'CERT_HAS_EXPIRED'), 'config-fault-server-cert'],
  [
    'wrong password',
    thrown({ name: 'KafkaJSSASLAuthenticationError', message: 'SASL SCRAM SHA512 authentication failed' }),
    'prober-fault-auth',
  ],
  ['mechanism not enabled', protocol('UNSUPPORTED_SASL_MECHANISM', 33), 'prober-fault-auth'],
  ['topic not authorized', answerOf(29, 'writing'), 'prober-fault-auth'],
  ['group not authorized', answerOf(30, 'committing'), 'prober-fault-auth'],
  ['version not supported', answerOf(35, 'ApiVersions'), 'prober-fault-config'],
  ['topic missing, kafkajs', afterRetries(protocol('UNKNOWN_TOPIC_OR_PARTITION', 3)), 'prober-fault-config'],
  ['quota used up', answerOf(89, 'creating'), 'prober-fault-config'],
  [
    'secret that cannot be read',
    thrown({ name: 'SecretUnavailable', message: 'secret x cannot be read' }),
    'prober-fault-config',
  ],
  ['too few in-sync replicas', answerOf(19, 'writing'), 'service-failure'],
  ['no leader', answerOf(5, 'writing'), 'service-failure'],
  ['no coordinator', answerOf(15, 'committing'), 'service-failure'],
  ['coordinator loading', answerOf(14, 'committing'), 'service-failure'],
  ['broken disk', answerOf(56, 'writing'), 'service-failure'],
  ['write not replicated in time', answerOf(7, 'writing'), 'service-failure'],
  ['the record did not come back', answerOf(-1, 'reading'), 'service-failure'],
  ['an answer younger than this code abstains', answerOf(999, 'writing'), 'prober-fault-runtime'],
  ['a bug of ours abstains', new TypeError('x is not a function'), 'prober-fault-runtime'],
  ['something that is no error abstains', 'boom', 'prober-fault-runtime'],
] as const)('%s', (_story, error, expected) => {
  expect(classifyError(error)).toBe(expected);
});

interface Recorded {
  readonly story: string;
  readonly expected: string;
  readonly error: AsThrown;
}
/** What kafkajs 2.2.4's own admin, producer and consumer threw at a Kafka 4 broker with a TLS + SCRAM listener and an authorizer, at one that asks for client certificates, and at peers that are no Kafka. */
const RECORDED = JSON.parse(
  readFileSync(join(import.meta.dirname, 'kafka-errors-recorded.json'), 'utf8'),
) as readonly Recorded[];
const rebuilt = ({ cause, ...shape }: AsThrown): Error =>
  thrown({ ...shape, ...(cause === undefined ? {} : { cause: rebuilt(cause as AsThrown) }) });

test.each(RECORDED)('recorded: $story is $expected', ({ error, expected }) => {
  expect(classifyError(rebuilt(error))).toBe(expected);
});

test('no recorded refusal of credentials, names or certificates votes', () => {
  const voting = RECORDED.filter(({ expected }) => ['transport-failure', 'service-failure'].includes(expected));
  expect(voting.map(({ story }) => story)).toEqual([
    'plaintext client at a TLS listener',
    'TLS client at a plain listener',
    'TLS without SASL at a SASL listener',
    'refused',
    'silent peer',
    'silent peer, TLS',
    'reset by peer',
    'reset by peer, TLS',
    'closed by peer',
    'closed by peer, TLS',
    'speaks HTTP',
    'stopped broker',
  ]);
});

test('a resolver that stays silent is a name problem, a broker that stays silent is not', () => {
  expect(classifyError(new ResolverSilent('looking up broker: no answer within 2700 ms'))).toBe('prober-fault-dns');
  expect(classifyError(new DeadlinePassed('connecting', 3000))).toBe('transport-failure');
});

test('KafkaUnavailable carries cluster, cause and class', () => {
  const error = new KafkaUnavailable(
    'K1',
    'reading log ends',
    node('connect ECONNREFUSED 127.0.0.1:2', 'ECONNREFUSED'),
  );
  expect(error.message).toBe('K1 did not answer while reading log ends: connect ECONNREFUSED 127.0.0.1:2');
  expect(error.errorClass).toBe('transport-failure');
});

test('a chain of causes that bites its own tail ends', () => {
  const error: Error & { cause?: unknown } = new Error('round');
  error.cause = error;
  expect(classifyError(error)).toBe('prober-fault-runtime');
});

test('a code that the message lacks is told', () => {
  expect(sentenceOf(node('self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'))).toBe(
    'self-signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT)',
  );
});
