import { describe, expect, test } from '@jest/globals';
import {
  decodeCheckpoint,
  decodeConnectOffset,
  decodeHeartbeat,
  decodeOffsetSync,
  decodeStatus,
  decodeTargetState,
  encodeCheckpoint,
  encodeConnectSourceOffset,
  encodeHeartbeat,
  encodeOffsetSync,
  encodeTargetState,
} from '../../core/replication/records.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const utf8 = (text: string): Uint8Array => Buffer.from(text);
const encodedHex = ({ key, value }: { key: Uint8Array; value: Uint8Array }) => [toHex(key), toHex(value)];

describe('bytes as Kafka writes them', () => {
  const syncBytes = [hex('0006 6f7264657273 00000003'), hex('00000000000003e8 00000000000003f4')] as const;
  const sync = { topic: 'orders', partition: 3, upstream: 1000n, downstream: 1012n };
  const checkpointBytes = [
    hex('0007 62696c6c696e67 0009 4b312e6f7264657273 00000003'),
    hex('0000 000000000000041a 00000000000003f5 0000'),
  ] as const;
  const checkpoint = {
    group: 'billing',
    topic: 'K1.orders',
    partition: 3,
    upstream: 1050n,
    downstream: 1013n,
    metadata: '',
  };
  const heartbeatBytes = [hex('0002 4b31 0002 4b32'), hex('0000 000001a1ee565e00')] as const;
  const heartbeat = { source: 'K1', target: 'K2', timestampMs: 1_795_000_000_000n };

  test('an offset sync is read', () => {
    expect(decodeOffsetSync(...syncBytes)).toEqual({ kind: 'record', value: sync });
  });
  test('an offset sync is written', () => {
    expect(encodedHex(encodeOffsetSync(sync))).toEqual(syncBytes.map(toHex));
  });
  test('a checkpoint is read', () => {
    expect(decodeCheckpoint(...checkpointBytes)).toEqual({ kind: 'record', value: checkpoint });
  });
  test('a checkpoint is written', () => {
    expect(encodedHex(encodeCheckpoint(checkpoint))).toEqual(checkpointBytes.map(toHex));
  });
  test('a heartbeat is read', () => {
    expect(decodeHeartbeat(...heartbeatBytes)).toEqual({ kind: 'record', value: heartbeat });
  });
  test('a heartbeat is written', () => {
    expect(encodedHex(encodeHeartbeat(heartbeat))).toEqual(heartbeatBytes.map(toHex));
  });

  test("Kafka's own test record: sync topic-1-2 (3,4)", () => {
    const record = encodeOffsetSync({ topic: 'topic-1', partition: 2, upstream: 3n, downstream: 4n });
    expect(encodedHex(record)).toEqual(['0007746f7069632d3100000002', '00000000000000030000000000000004']);
  });
  test("Kafka's own test record: checkpoint group-1, topic-2-3 (4,5) with metadata", () => {
    const value = {
      group: 'group-1',
      topic: 'topic-2',
      partition: 3,
      upstream: 4n,
      downstream: 5n,
      metadata: 'metadata-6',
    };
    const record = encodeCheckpoint(value);
    expect(encodedHex(record)).toEqual([
      '000767726f75702d310007746f7069632d3200000003',
      '000000000000000000040000000000000005000a6d657461646174612d36',
    ]);
    expect(decodeCheckpoint(record.key, record.value)).toEqual({ kind: 'record', value });
  });

  test('offsets beyond 2^53 stay exact', () => {
    const big = { topic: 't', partition: 0, upstream: 9_007_199_254_740_993n, downstream: 9_223_372_036_854_775_807n };
    const { key, value } = encodeOffsetSync(big);
    expect(decodeOffsetSync(key, value)).toEqual({ kind: 'record', value: big });
  });
  test('a view into a larger buffer is read at its own place', () => {
    const pool = Buffer.concat([Buffer.from('garbage'), syncBytes[1], Buffer.from('garbage')]);
    expect(decodeOffsetSync(syncBytes[0], pool.subarray(7, 23))).toEqual({ kind: 'record', value: sync });
  });
  test('names are UTF-8', () => {
    const value = { source: 'Köln', target: 'K2', timestampMs: 1n };
    const record = encodeHeartbeat(value);
    expect(decodeHeartbeat(record.key, record.value)).toEqual({ kind: 'record', value });
  });
});

describe('what is not understood completely is skipped with its reason', () => {
  const syncKey = hex('0006 6f7264657273 00000003');
  const syncValue = hex('00000000000003e8 00000000000003f4');
  const checkpointKey = hex('0001 67 0001 74 00000000');
  const heartbeatKey = hex('0002 4b31 0002 4b32');
  test.each([
    ['sync without a key', decodeOffsetSync(null, syncValue), 'missing-key'],
    ['sync with a value one byte short', decodeOffsetSync(syncKey, syncValue.subarray(0, 15)), 'too-short'],
    ['sync with an empty value', decodeOffsetSync(syncKey, hex('')), 'too-short'],
    ['sync with a key cut in the name', decodeOffsetSync(hex('0006 6f72'), syncValue), 'too-short'],
    [
      'sync with a longer value',
      decodeOffsetSync(syncKey, hex('00000000000003e8 00000000000003f4 00')),
      'trailing-bytes',
    ],
    ['sync with a longer key', decodeOffsetSync(hex('0001 74 00000000 00'), syncValue), 'trailing-bytes'],
    ['sync with a negative name length', decodeOffsetSync(hex('ffff 00000003'), syncValue), 'negative-length'],
    ['sync with a negative partition', decodeOffsetSync(hex('0001 74 ffffffff'), syncValue), 'out-of-range'],
    [
      'sync with a negative upstream',
      decodeOffsetSync(syncKey, hex('ffffffffffffffff 0000000000000000')),
      'out-of-range',
    ],
    [
      'sync with a negative downstream',
      decodeOffsetSync(syncKey, hex('0000000000000000 ffffffffffffffff')),
      'out-of-range',
    ],
    ['sync whose name is not UTF-8', decodeOffsetSync(hex('0001 ff 00000003'), syncValue), 'not-utf8'],
    [
      'checkpoint of version 1',
      decodeCheckpoint(checkpointKey, hex('0001 0000000000000004 0000000000000005 0000')),
      'unknown-version',
    ],
    [
      'checkpoint without metadata',
      decodeCheckpoint(checkpointKey, hex('0000 0000000000000004 0000000000000005')),
      'too-short',
    ],
    [
      'checkpoint with null metadata',
      decodeCheckpoint(checkpointKey, hex('0000 0000000000000004 0000000000000005 ffff')),
      'negative-length',
    ],
    [
      'checkpoint with a longer value',
      decodeCheckpoint(checkpointKey, hex('0000 0000000000000004 0000000000000005 0000 00')),
      'trailing-bytes',
    ],
    [
      'checkpoint with a negative position',
      decodeCheckpoint(checkpointKey, hex('0000 ffffffffffffffff 0000000000000005 0000')),
      'out-of-range',
    ],
    [
      'checkpoint with a negative translation',
      decodeCheckpoint(checkpointKey, hex('0000 0000000000000005 ffffffffffffffff 0000')),
      'out-of-range',
    ],
    [
      'checkpoint with a longer key',
      decodeCheckpoint(hex('0001 67 0001 74 00000000 00'), hex('0000 0000000000000004 0000000000000005 0000')),
      'trailing-bytes',
    ],
    ['heartbeat of version 1', decodeHeartbeat(heartbeatKey, hex('0001 000001a1ee565e00')), 'unknown-version'],
    ['heartbeat with a negative time', decodeHeartbeat(heartbeatKey, hex('0000 ffffffffffffffff')), 'out-of-range'],
    ['heartbeat with a longer value', decodeHeartbeat(heartbeatKey, hex('0000 000001a1ee565e00 00')), 'trailing-bytes'],
    [
      'heartbeat with a longer key',
      decodeHeartbeat(hex('0002 4b31 0002 4b32 00'), hex('0000 000001a1ee565e00')),
      'trailing-bytes',
    ],
    ['Connect offset that is not JSON', decodeConnectOffset(utf8('["c",{'), utf8('{}')), 'not-json'],
    [
      'Connect offset of an unknown kind',
      decodeConnectOffset(utf8('["c",{"file":"x"}]'), utf8('{"offset":1}')),
      'unexpected-shape',
    ],
    [
      'Connect offset whose key is no pair',
      decodeConnectOffset(utf8('["c"]'), utf8('{"offset":1}')),
      'unexpected-shape',
    ],
    [
      'Connect offset with a negative partition',
      decodeConnectOffset(utf8('["c",{"cluster":"K1","partition":-1,"topic":"t"}]'), utf8('{"offset":1}')),
      'unexpected-shape',
    ],
    [
      'Connect offset with a fraction',
      decodeConnectOffset(utf8('["c",{"cluster":"K1","partition":0,"topic":"t"}]'), utf8('{"offset":1.5}')),
      'unexpected-shape',
    ],
    [
      'Connect offset as text',
      decodeConnectOffset(utf8('["c",{"cluster":"K1","partition":0,"topic":"t"}]'), utf8('{"offset":"1"}')),
      'unexpected-shape',
    ],
    [
      'Connect offset below 0',
      decodeConnectOffset(utf8('["c",{"cluster":"K1","partition":0,"topic":"t"}]'), utf8('{"offset":-1}')),
      'out-of-range',
    ],
    [
      'Connect offset that is a list',
      decodeConnectOffset(utf8('["c",{"cluster":"K1","partition":0,"topic":"t"}]'), utf8('[1]')),
      'unexpected-shape',
    ],
    ['status of a topic', decodeStatus(utf8('status-topic-orders:connector-c'), utf8('{}')), 'other-key'],
    [
      'status with an unknown state',
      decodeStatus(utf8('status-connector-c'), utf8('{"state":"DREAMING","worker_id":"w"}')),
      'unexpected-shape',
    ],
    [
      'status without a worker',
      decodeStatus(utf8('status-connector-c'), utf8('{"state":"RUNNING"}')),
      'unexpected-shape',
    ],
    ['a config that is no target state', decodeTargetState(utf8('connector-c'), utf8('{}')), 'other-key'],
    ['target state without a name', decodeTargetState(utf8('target-state-'), utf8('{"state":"PAUSED"}')), 'other-key'],
    [
      'target state that is unknown',
      decodeTargetState(utf8('target-state-c'), utf8('{"state":"ASLEEP"}')),
      'unexpected-shape',
    ],
  ])('%s', (_story, decoded, reason) => {
    expect(decoded).toMatchObject({ kind: 'skip', reason });
  });

  test('the detail names the field and the value', () => {
    expect(decodeHeartbeat(heartbeatKey, hex('0007 000001a1ee565e00'))).toMatchObject({
      detail: 'version of the heartbeat is 7, only 0 is known',
    });
  });
});

describe('a null value is a tombstone that says whose', () => {
  test('of a sync', () => {
    expect(decodeOffsetSync(hex('0001 74 00000002'), null)).toEqual({
      kind: 'tombstone',
      key: { topic: 't', partition: 2 },
    });
  });
  test('of a Connect offset: the connector was reset', () => {
    expect(decodeConnectOffset(utf8('["c",{"cluster":"K1","partition":2,"topic":"t"}]'), null)).toEqual({
      kind: 'tombstone',
      key: { of: 'source', connector: 'c', cluster: 'K1', topic: 't', partition: 2 },
    });
  });
});

describe("Connect's records", () => {
  const entry = { connector: 'MirrorSourceConnector', cluster: 'K1', topic: 'orders', partition: 3, offset: 1499n };

  test('a source offset is written byte for byte as Java writes it', () => {
    const { key, value } = encodeConnectSourceOffset(entry);
    expect(toHex(key)).toBe(
      '5b224d6972726f72536f75726365436f6e6e6563746f72222c7b22636c7573746572223a224b31222c22706172746974696f6e223a332c22746f706963223a226f7264657273227d5d',
    );
    expect(toHex(value)).toBe('7b226f6666736574223a313439397d');
  });
  test('a source offset is read in any field order', () => {
    const key = utf8('[ "MirrorSourceConnector", {"topic":"orders", "partition":3, "cluster":"K1"} ]');
    expect(decodeConnectOffset(key, utf8('{"offset": 1499}'))).toEqual({
      kind: 'record',
      value: { of: 'source', ...entry },
    });
  });
  test('an offset beyond 2^53 is read digit by digit', () => {
    const { key } = encodeConnectSourceOffset(entry);
    expect(decodeConnectOffset(key, utf8('{"offset":9007199254740993}'))).toMatchObject({
      value: { offset: 9_007_199_254_740_993n },
    });
  });
  test('the entries of the other connectors are told apart', () => {
    const heartbeat = utf8('["MirrorHeartbeatConnector",{"sourceClusterAlias":"K1","targetClusterAlias":"K2"}]');
    const checkpoint = utf8('["MirrorCheckpointConnector",{"partition":3,"topic":"K1.orders","group":"billing"}]');
    expect(decodeConnectOffset(heartbeat, utf8('{"offset":0}'))).toMatchObject({ value: { of: 'heartbeat' } });
    expect(decodeConnectOffset(checkpoint, utf8('{"offset":0}'))).toMatchObject({ value: { of: 'checkpoint' } });
  });
  test('a task status is read, also with dashes in the connector name', () => {
    const value = utf8('{"state":"FAILED","trace":"boom","worker_id":"10.0.0.1:8083","generation":4}');
    expect(decodeStatus(utf8('status-task-K1->K2.Mirror-Source-0'), value)).toEqual({
      kind: 'record',
      value: {
        of: 'task',
        connector: 'K1->K2.Mirror-Source',
        task: 0,
        state: 'FAILED',
        workerId: '10.0.0.1:8083',
        trace: 'boom',
      },
    });
  });
  test('a connector status is read', () => {
    expect(
      decodeStatus(
        utf8('status-connector-MirrorSourceConnector'),
        utf8('{"state":"RUNNING","trace":null,"worker_id":"w"}'),
      ),
    ).toEqual({
      kind: 'record',
      value: { of: 'connector', connector: 'MirrorSourceConnector', state: 'RUNNING', workerId: 'w' },
    });
  });
  test('state.v2 wins over state, which older workers read', () => {
    expect(decodeTargetState(utf8('target-state-c'), utf8('{"state":"PAUSED","state.v2":"STOPPED"}'))).toEqual({
      kind: 'record',
      value: { connector: 'c', state: 'STOPPED' },
    });
    expect(decodeTargetState(utf8('target-state-c'), utf8('{"state":"PAUSED"}'))).toMatchObject({
      value: { state: 'PAUSED' },
    });
  });
  test('a pause is written in both fields', () => {
    const { key, value } = encodeTargetState('MirrorSourceConnector', 'PAUSED');
    expect(Buffer.from(key).toString()).toBe('target-state-MirrorSourceConnector');
    expect(JSON.parse(Buffer.from(value).toString())).toEqual({ state: 'PAUSED', 'state.v2': 'PAUSED' });
  });
});
