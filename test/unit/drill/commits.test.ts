/** Committed positions as Kafka writes them into `__consumer_offsets`, byte by byte. */
import { expect, test } from '@jest/globals';
import { decodeKey, decodeOffset, readCommits } from '../../drill/commits.ts';

// version 1 | "billing" | "K1.orders" | partition 5
const KEY = Buffer.from('0001' + '0007' + '62696c6c696e67' + '0009' + '4b312e6f7264657273' + '00000005', 'hex');
// version 3 | offset 2^53 + 1 | leader epoch -1 | metadata "" | commit time
const VALUE = Buffer.from('0003' + '0020000000000001' + 'ffffffff' + '0000' + '0000019aab000000', 'hex');
// version 2: metadata of the group "billing"
const OF_THE_GROUP = Buffer.from('0002' + '0007' + '62696c6c696e67', 'hex');

test('a key names group, topic and partition', () => {
  expect(decodeKey(KEY)).toEqual({ group: 'billing', topic: 'K1.orders', partition: 5 });
});

test('a key of group metadata is no position', () => {
  expect(decodeKey(OF_THE_GROUP)).toBeUndefined();
});

test('an offset beyond 2^53 stays exact', () => {
  expect(decodeOffset(VALUE)).toBe(9_007_199_254_740_993n);
});

test('commits come in the order of the log, deletions as null, other groups and other records left out', async () => {
  const record = (offset: bigint, key: Buffer, value: Buffer | null) => ({ offset, timestampMs: 7_000, key, value });
  const other = Buffer.from(KEY);
  other.write('shipped', 4);
  const commits = await readCommits(
    'K2',
    {
      ends: async () =>
        new Map([['__consumer_offsets', new Map([[0, { start: 0n, highWatermark: 4n, lastStable: 4n }]])]]),
      readLog: async () => [
        record(0n, KEY, VALUE),
        record(1n, OF_THE_GROUP, VALUE),
        record(2n, other, VALUE),
        record(3n, KEY, null),
      ],
    },
    ['billing'],
  );
  const of = { cluster: 'K2', group: 'billing', topic: 'K1.orders', partition: 5, atMs: 7_000 };
  expect(commits).toEqual([
    { ...of, offset: 9_007_199_254_740_993n },
    { ...of, offset: null },
  ]);
});
