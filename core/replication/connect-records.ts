/**
 * Records of Kafka Connect's own topics (`mm2-offsets|status|configs.<source>.internal`): JSON without an envelope. The
 * worker looks its offsets up byte for byte, so the encoder reproduces Java's field order; a reader accepts any order.
 */
import { decode, decodeUtf8, Undecodable, type Decoded, type Encoded } from './bytes.ts';
import type { UpstreamOffset } from './offsets.ts';

/** Where one partition of the source connector stands: offset of the last record acknowledged by the target. */
export interface ConnectSourceOffset {
  readonly of: 'source';
  readonly connector: string;
  /** Alias of the source. */
  readonly cluster: string;
  /** Name on the source. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: UpstreamOffset;
}

/** Entries of the other two connectors hold a constant and say nothing about progress. */
export type ConnectOffset =
  ConnectSourceOffset | { readonly of: 'heartbeat' | 'checkpoint'; readonly connector: string };
export type ConnectOffsetKey = Omit<ConnectSourceOffset, 'offset'> | Exclude<ConnectOffset, ConnectSourceOffset>;

export const CONNECTOR_STATES = [
  'UNASSIGNED',
  'RUNNING',
  'PAUSED',
  'FAILED',
  'RESTARTING',
  'STOPPED',
  'DESTROYED',
] as const;
export type ConnectorState = (typeof CONNECTOR_STATES)[number];

export type ConnectStatusKey =
  | { readonly of: 'connector'; readonly connector: string }
  | { readonly of: 'task'; readonly connector: string; readonly task: number };

/** A dead worker never updates its last RUNNING: this is a claim of the past, not of the present. */
export type ConnectStatus = ConnectStatusKey & {
  readonly state: ConnectorState;
  readonly workerId: string;
  readonly trace?: string;
};

export interface TargetState {
  readonly connector: string;
  readonly state: 'STARTED' | 'PAUSED' | 'STOPPED';
}

type JsonObject = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Integers become bigint from their own digits: JSON.parse alone rounds offsets beyond 2^53. */
function parseJson(bytes: Uint8Array, field: string): unknown {
  const text = decodeUtf8(bytes, field);
  const exact = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === 'number' && context?.source !== undefined && /^-?\d+$/.test(context.source)
      ? BigInt(context.source)
      : value;
  try {
    return JSON.parse(text, exact);
  } catch {
    throw new Undecodable('not-json', `${field} is not JSON: ${text.slice(0, 80)}`);
  }
}

function parseObject(bytes: Uint8Array, field: string): JsonObject {
  const parsed = parseJson(bytes, field);
  if (!isObject(parsed)) throw new Undecodable('unexpected-shape', `${field} is not an object`);
  return parsed;
}

const int32Max = 2n ** 31n - 1n;
const isText = (value: unknown): value is string => typeof value === 'string';
const isPartition = (value: unknown): value is bigint => typeof value === 'bigint' && value >= 0n && value <= int32Max;

function readConnectOffsetKey(bytes: Uint8Array): ConnectOffsetKey {
  const key = parseJson(bytes, 'key');
  const [connector, of] = Array.isArray(key) && key.length === 2 ? (key as readonly unknown[]) : [];
  if (!isText(connector) || !isObject(of))
    throw new Undecodable('unexpected-shape', 'key is not [connector, partition]');
  const { cluster, topic, partition, group, sourceClusterAlias } = of as Readonly<
    Partial<Record<'cluster' | 'topic' | 'partition' | 'group' | 'sourceClusterAlias', unknown>>
  >;
  if (isText(cluster) && isText(topic) && isPartition(partition)) {
    return { of: 'source', connector, cluster, topic, partition: Number(partition) };
  }
  if (isText(group) && isText(topic)) return { of: 'checkpoint', connector };
  if (isText(sourceClusterAlias)) return { of: 'heartbeat', connector };
  throw new Undecodable('unexpected-shape', `partition of connector "${connector}" is of no known kind`);
}

export const decodeConnectOffset = (
  key: Uint8Array | null,
  value: Uint8Array | null,
): Decoded<ConnectOffset, ConnectOffsetKey> =>
  decode(key, value, readConnectOffsetKey, (decodedKey, bytes) => {
    if (decodedKey.of !== 'source') return decodedKey;
    const offset = parseObject(bytes, 'value')['offset'];
    if (typeof offset !== 'bigint') throw new Undecodable('unexpected-shape', 'value has no integer "offset"');
    if (offset < 0n) throw new Undecodable('out-of-range', `offset is ${offset}`);
    return { ...decodedKey, offset };
  });

/** Field order and absence of blanks are what Java's worker writes and later looks up. */
export const encodeConnectSourceOffset = (entry: Omit<ConnectSourceOffset, 'of'>): Encoded => ({
  key: utf8(
    `[${JSON.stringify(entry.connector)},{"cluster":${JSON.stringify(entry.cluster)},"partition":${entry.partition},"topic":${JSON.stringify(entry.topic)}}]`,
  ),
  value: utf8(`{"offset":${entry.offset}}`),
});

function readStatusKey(bytes: Uint8Array): ConnectStatusKey {
  const key = decodeUtf8(bytes, 'key');
  const connector = /^status-connector-(.+)$/s.exec(key)?.[1];
  if (connector !== undefined) return { of: 'connector', connector };
  const [, ofTask, task] = /^status-task-(.+)-(\d{1,9})$/s.exec(key) ?? [];
  if (ofTask !== undefined && task !== undefined) return { of: 'task', connector: ofTask, task: Number(task) };
  throw new Undecodable('other-key', `key "${key.slice(0, 80)}" is neither of a connector nor of a task`);
}

export const decodeStatus = (
  key: Uint8Array | null,
  value: Uint8Array | null,
): Decoded<ConnectStatus, ConnectStatusKey> =>
  decode(key, value, readStatusKey, (decodedKey, bytes) => {
    const {
      state,
      worker_id: workerId,
      trace,
    } = parseObject(bytes, 'value') as Readonly<Record<'state' | 'worker_id' | 'trace', unknown>>;
    const known = CONNECTOR_STATES.find((name) => name === state);
    if (known === undefined) throw new Undecodable('unexpected-shape', `state is ${JSON.stringify(state)}`);
    if (!isText(workerId)) throw new Undecodable('unexpected-shape', 'worker_id is missing');
    return { ...decodedKey, state: known, workerId, ...(isText(trace) ? { trace } : {}) };
  });

const TARGET_STATE = 'target-state-';

function readTargetStateKey(bytes: Uint8Array): string {
  const key = decodeUtf8(bytes, 'key');
  if (!key.startsWith(TARGET_STATE) || key.length === TARGET_STATE.length) {
    throw new Undecodable('other-key', `key "${key.slice(0, 80)}" is not of a target state`);
  }
  return key.slice(TARGET_STATE.length);
}

/** `state.v2` knows STOPPED; older workers read only `state`. */
export const decodeTargetState = (key: Uint8Array | null, value: Uint8Array | null): Decoded<TargetState, string> =>
  decode(key, value, readTargetStateKey, (connector, bytes) => {
    const fields = parseObject(bytes, 'value');
    const state = fields['state.v2'] ?? fields['state'];
    const known = (['STARTED', 'PAUSED', 'STOPPED'] as const).find((name) => name === state);
    if (known === undefined) throw new Undecodable('unexpected-shape', `state is ${JSON.stringify(state)}`);
    return { connector, state: known };
  });

/** Pauses or resumes a connector without REST. Never STOPPED: a later STARTED does not bring its tasks back. */
export const encodeTargetState = (connector: string, state: 'STARTED' | 'PAUSED'): Encoded => ({
  key: utf8(TARGET_STATE + connector),
  value: utf8(JSON.stringify({ state, 'state.v2': state })),
});

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
