/** What goes wrong between us and Kafka, and the one place where such an error gets its class. */
import type { ErrorClass } from '../../../core/contracts/observations.ts';

/** The cluster did not do what was asked in time: a use case knows that it could not look, not that there was nothing. */
export class KafkaUnavailable extends Error {
  override readonly name = 'KafkaUnavailable';
  readonly cluster: string;
  readonly errorClass: ErrorClass;

  constructor(cluster: string, doing: string, cause: unknown) {
    super(`${cluster} did not answer while ${doing}: ${sentenceOf(cause)}`, { cause });
    this.cluster = cluster;
    this.errorClass = classifyError(cause);
  }
}

/** Kafka answered, with an error code. `type` is the name in Kafka's protocol, for example NOT_ENOUGH_REPLICAS. */
export class KafkaAnswer extends Error {
  override readonly name = 'KafkaAnswer';
  readonly type: string;
  readonly code: number;

  constructor(type: string, code: number, what: string) {
    super(`${what}: Kafka answered ${type} (${code})`);
    this.type = type;
    this.code = code;
  }
}

/** Answers that mean "ask again, perhaps somebody else": elections, loading coordinators, a transaction that is just ending. */
const PASSING: ReadonlySet<string> = new Set([
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'REPLICA_NOT_AVAILABLE',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'OFFSET_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'CONCURRENT_TRANSACTIONS',
  'REQUEST_TIMED_OUT',
  'KAFKA_STORAGE_ERROR',
]);

/** Worth asking again soon. */
export const isPassing = (error: unknown): boolean => error instanceof KafkaAnswer && PASSING.has(error.type);

/** Our own deadline passed before Kafka said anything. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
  readonly code = 'ETIMEDOUT';

  constructor(what: string, ms: number) {
    super(`${what}: no answer within ${Math.round(ms)} ms`);
  }
}

/** Nobody told in time where a name leads to: that is the resolver's silence, not the broker's. */
export class ResolverSilent extends Error {
  override readonly name = 'ResolverSilent';
}

/** Something on our side of the wire is set up wrongly: a topic that nobody created, a secret without the fields it needs. */
export class BadSetup extends Error {
  override readonly name = 'BadSetup';
}

/** A log that this code cannot decode; nothing was guessed. */
export class UnreadableLog extends Error {
  override readonly name = 'UnreadableLog';
}

/** The partition that somebody asked about does not exist (any more). */
export class NoSuchPartition extends Error {
  override readonly name = 'NoSuchPartition';

  constructor(cluster: string, topic: string, partition: number) {
    super(`${cluster} has no partition ${partition} of topic "${topic}"; was the topic deleted or recreated?`);
  }
}

const classes = (errorClass: ErrorClass, ids: readonly string[]): readonly (readonly [string, ErrorClass])[] =>
  ids.map((id) => [id, errorClass]);

/** By `type` of an answer, `code` of a Node error, or class name: the first link of the cause chain that is listed decides. */
const CLASS_OF: ReadonlyMap<string, ErrorClass> = new Map([
  ...classes('prober-fault-dns', [
    'ResolverSilent',
    'ENOTFOUND',
    'ENODATA',
    'ESERVFAIL',
    'EAI_AGAIN',
    'EAI_FAIL',
    'EAI_NODATA',
    'EAI_NONAME',
    'ENONAME',
    'EREFUSED',
    'EBADRESP',
    'ECANCELLED',
  ]),
  ...classes('transport-failure', [
    'ECONNREFUSED',
    'ECONNRESET',
    'ECONNABORTED',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'EHOSTDOWN',
    'ENETRESET',
    'EPIPE',
    'KafkaJSConnectionClosedError',
    'KafkaJSRequestTimeoutError',
  ]),
  // No interface, no route, no file handle left: that is this process, not the cluster.
  ...classes('prober-fault-runtime', [
    'ENETUNREACH',
    'ENETDOWN',
    'EADDRNOTAVAIL',
    'EMFILE',
    'ENFILE',
    'ENOBUFS',
    'ENOMEM',
    'EACCES',
    'EPERM',
  ]),
  ...classes('prober-fault-auth', [
    'KafkaJSSASLAuthenticationError',
    'TokenRefused',
    'SASL_AUTHENTICATION_FAILED',
    'UNSUPPORTED_SASL_MECHANISM',
    'ILLEGAL_SASL_STATE',
    'SECURITY_DISABLED',
  ]),
  ...classes('prober-fault-auth', [
    'TOPIC_AUTHORIZATION_FAILED',
    'GROUP_AUTHORIZATION_FAILED',
    'CLUSTER_AUTHORIZATION_FAILED',
    'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  ]),
  ...classes('prober-fault-config', [
    'BadSetup',
    'SecretUnavailable',
    'UNKNOWN_TOPIC_OR_PARTITION',
    'INVALID_TOPIC_EXCEPTION',
    'UNSUPPORTED_VERSION',
    'KafkaJSServerDoesNotSupportApiKey',
    'KafkaJSNotImplemented',
    'THROTTLING_QUOTA_EXCEEDED',
    'POLICY_VIOLATION',
    'INVALID_REQUEST',
    'INVALID_CONFIG',
    'MESSAGE_TOO_LARGE',
    'RECORD_LIST_TOO_LARGE',
    'INVALID_REQUIRED_ACKS',
    'INVALID_GROUP_ID',
    'INVALID_COMMIT_OFFSET_SIZE',
    'UnreadableLog',
  ]),
  ...classes('service-failure', [
    'UNKNOWN',
    'LEADER_NOT_AVAILABLE',
    'NOT_LEADER_FOR_PARTITION',
    'REQUEST_TIMED_OUT',
    'BROKER_NOT_AVAILABLE',
    'REPLICA_NOT_AVAILABLE',
    'GROUP_LOAD_IN_PROGRESS',
    'GROUP_COORDINATOR_NOT_AVAILABLE',
    'NOT_COORDINATOR_FOR_GROUP',
    'NOT_ENOUGH_REPLICAS',
    'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
    'NOT_CONTROLLER',
    'KAFKA_STORAGE_ERROR',
    'CORRUPT_MESSAGE',
    'OFFSET_OUT_OF_RANGE',
    'UNSTABLE_OFFSET_COMMIT',
    'CONCURRENT_TRANSACTIONS',
    'FENCED_LEADER_EPOCH',
    'UNKNOWN_LEADER_EPOCH',
    'LISTENER_NOT_FOUND',
    'OFFSET_NOT_AVAILABLE',
  ]),
  ...classes('config-fault-server-cert', ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']),
]);

/** OpenSSL and Node name the reasons of a refused handshake in many words; all of them mean that a peer answered. */
const TLS_CODE =
  /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_|CERT_|CRL_|INVALID_CA$|INVALID_PURPOSE$|PATH_LENGTH_EXCEEDED$|HOSTNAME_MISMATCH$|EPROTO$)/;

/**
 * The class of whatever kafkajs, Node or this adapter threw: what may vote "down" and what must abstain. A failure that nobody
 * has listed abstains as `prober-fault-runtime`.
 */
export function classifyError(error: unknown): ErrorClass {
  for (const link of causeChain(error)) {
    for (const id of [link.type, link.code, link.name]) {
      const known = id === undefined ? undefined : CLASS_OF.get(id);
      if (known !== undefined) return known;
      if (id !== undefined && TLS_CODE.test(id)) return 'prober-fault-tls';
    }
    // kafkajs gives its own connect time-out neither code nor class of its own; a lost connection has no code either.
    if (link.name === 'KafkaJSConnectionError' && link.code === undefined && !link.hasCause) return 'transport-failure';
  }
  return 'prober-fault-runtime';
}

interface Link {
  readonly name: string;
  readonly type: string | undefined;
  readonly code: string | undefined;
  readonly hasCause: boolean;
}

/** Outermost first; bounded, because a chain may bite its own tail. Looks at shapes: an error may stem from another realm. */
function causeChain(error: unknown): readonly Link[] {
  const links: Link[] = [];
  for (let current = asThrown(error); current !== undefined && links.length < 8; current = asThrown(current.cause)) {
    const { name, type, code, cause } = current;
    links.push({ name: text(name) ?? '', type: text(type), code: text(code), hasCause: cause !== undefined });
  }
  return links;
}

interface Thrown {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly type?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
}

const asThrown = (error: unknown): Thrown | undefined =>
  typeof error === 'object' && error !== null ? error : undefined;
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export const nameOf = (error: unknown): string => text(asThrown(error)?.name) ?? '';
/** Node's, such as ECONNRESET. */
export const codeOf = (error: unknown): string => text(asThrown(error)?.code) ?? '';

export function sentenceOf(error: unknown): string {
  const message = text(asThrown(error)?.message);
  if (message === undefined) return String(error);
  const code = codeOf(error);
  const named = code === '' || message.includes(code) ? '' : ` (${code})`;
  return `${message === '' ? nameOf(error) : message}${named}`;
}
