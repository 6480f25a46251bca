/**
 * The only file that knows the inside of kafkajs (2.2.4, pinned). kafkajs's public admin asks one topic per call, hides error
 * codes, joins groups to move offsets and has no fetch without a group; its connection and its protocol encoders have none of
 * these faults, so we use those.
 */
import type { logCreator, Mechanism, SASLOptions } from 'kafkajs';
import Connection from 'kafkajs/src/network/connection.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import protocolErrors from 'kafkajs/src/protocol/error.js';
import apiKeys from 'kafkajs/src/protocol/requests/apiKeys.js';
import protocol from 'kafkajs/src/protocol/requests/index.js';
import loggers from 'kafkajs/src/loggers/index.js';
import type { Socket } from 'node:net';
import type { Log } from '../../ports.ts';
import { KafkaAnswer } from './errors.ts';

/** A link throws what it meets, so by default it logs nothing; KAFKAJS_LOG_LEVEL=debug turns its log on. */
const KAFKAJS_NOTHING = 0;

/** kafkajs logs what it is about to throw as an error; whoever catches decides how bad it is, so nothing is above `warn` here. */
const kafkajsLog =
  (log: Log): logCreator =>
  () =>
  ({ namespace, log: { message, timestamp: _timestamp, logger: _logger, ...rest } }) =>
    log.warn(`kafkajs ${namespace}: ${message}`, rest);

let timersMended = false;

/**
 * kafkajs asks for a timer with a negative delay after every answer, although nothing is pending: a TimeoutNegativeWarning at
 * the console and a 1 ms loop per open connection (its issue 1751). Without pending requests there is nothing to look at later.
 */
function withoutNegativeTimers(): void {
  if (timersMended) return;
  timersMended = true;
  const original = Reflect.get(RequestQueue.prototype, 'scheduleCheckPendingRequests');
  RequestQueue.prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) original.call(this);
  };
}

export interface LinkOptions {
  readonly host: string;
  readonly port: number;
  readonly clientId: string;
  readonly requestMs: number;
  readonly sasl?: SASLOptions | Mechanism;
  readonly log: Log;
}

/** What a request is called in kafkajs, and the version that was agreed on. */
export type ApiName =
  | 'Produce'
  | 'Fetch'
  | 'ListOffsets'
  | 'Metadata'
  | 'OffsetCommit'
  | 'OffsetFetch'
  | 'GroupCoordinator'
  | 'DescribeGroups'
  | 'ListGroups'
  | 'DescribeConfigs'
  | 'CreateTopics'
  | 'DescribeAcls'
  | 'InitProducerId'
  | 'AddOffsetsToTxn'
  | 'TxnOffsetCommit'
  | 'EndTxn';

type Decode<T> = (raw: Buffer, apiVersion: number) => T;

/** A request that kafkajs does not know. */
export interface RawApi {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
}

/** One connected socket to one broker. Never reconnects: what breaks is thrown away, and closing it closes the socket at once. */
export interface Link {
  /** ApiVersions, then SASL if there are credentials. */
  greet(): Promise<void>;
  apiVersions(): Promise<void>;
  /** The decoded answer, error codes inside and not yet judged. `decode` replaces kafkajs's own decoder. */
  call<T>(api: ApiName, args: object, decode?: Decode<T>): Promise<T>;
  /** `body` follows the client id of the header; `decode` gets what follows the correlation id. */
  raw<T>(api: RawApi, body: Buffer, decode: (raw: Buffer) => T): Promise<T>;
  isOpen(): boolean;
  close(): void;
}

/** Speaks Kafka over a socket that is already connected (and encrypted, where that is wanted). */
export function openLink(socket: Socket, options: LinkOptions): Link {
  withoutNegativeTimers();
  const connection = new Connection({
    host: options.host,
    port: options.port,
    clientId: options.clientId,
    connectionTimeout: options.requestMs,
    requestTimeout: options.requestMs,
    sasl: options.sasl ?? null,
    logger: loggers.createLogger({ level: KAFKAJS_NOTHING, logCreator: kafkajsLog(options.log) }),
    socketFactory: ({ onConnect }) => {
      queueMicrotask(onConnect);
      return socket;
    },
  });
  let versions: Versions = {};

  const apiVersions = async (): Promise<void> => {
    const definition = protocol.requests['ApiVersions']!;
    const { request, response } = definition.protocol({ version: 2 })({});
    const answer = (await connection.send({
      request,
      response: unjudged(response),
      logResponseError: false,
    })) as ApiVersionsAnswer;
    failIf(answer.errorCode, 'ApiVersions');
    versions = Object.fromEntries(
      answer.apiVersions.map(({ apiKey, minVersion, maxVersion }) => [apiKey, { minVersion, maxVersion }]),
    );
    connection.setVersions(versions);
    connection.setSupportAuthenticationProtocol(apiKeys['SaslAuthenticate']! in versions);
  };

  return {
    greet: async () => {
      await connection.connect();
      await apiVersions();
      await connection.authenticate();
    },
    apiVersions,
    call: async <T>(api: ApiName, args: object, decode?: Decode<T>): Promise<T> => {
      const { request, response } = protocol.lookup(versions)(apiKeys[api]!, protocol.requests[api]!)(args);
      const decoder = decode === undefined ? response.decode : async (raw: Buffer) => decode(raw, request.apiVersion);
      return (await connection.send({
        request,
        response: unjudged({ decode: decoder }),
        logResponseError: false,
      })) as T;
    },
    raw: async <T>(api: RawApi, body: Buffer, decode: (raw: Buffer) => T): Promise<T> => {
      const offered = versions[api.apiKey];
      if (offered === undefined || offered.minVersion > api.apiVersion)
        throw answerOf(UNSUPPORTED_VERSION, api.apiName);
      return (await connection.send({
        request: { ...api, encode: async () => ({ buf: body, buffer: body }) },
        response: unjudged({ decode: async (raw) => decode(raw) }),
        logResponseError: false,
      })) as T;
    },
    isOpen: () => connection.isConnected() && !socket.destroyed,
    // With an error, so that kafkajs rejects what is under way and stops its timers at once.
    close: () => void socket.destroy(new Error('closed by us')),
  };
}

type Versions = Record<number, { minVersion: number; maxVersion: number }>;

interface ApiVersionsAnswer {
  readonly errorCode: number;
  readonly apiVersions: readonly {
    readonly apiKey: number;
    readonly minVersion: number;
    readonly maxVersion: number;
  }[];
}

const unjudged = (response: { readonly decode: (raw: Buffer) => Promise<unknown> }) => ({
  decode: response.decode,
  parse: async (data: unknown) => data,
});

const UNSUPPORTED_VERSION = 35;

/** Codes that are younger than kafkajs. */
const YOUNGER: Readonly<Record<number, string>> = {
  89: 'THROTTLING_QUOTA_EXCEEDED',
  90: 'PRODUCER_FENCED',
  120: 'TRANSACTION_ABORTABLE',
};

export const answerOf = (code: number, what: string): KafkaAnswer => {
  const type = protocolErrors.errorCodes.find((known) => known.code === code)?.type ?? YOUNGER[code] ?? `ERROR_${code}`;
  return new KafkaAnswer(type, code, what);
};

/** @throws KafkaAnswer */
export function failIf(code: number, what: string): void {
  if (code !== 0) throw answerOf(code, what);
}
