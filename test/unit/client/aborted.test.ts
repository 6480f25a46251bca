/** Which fetched records were aborted, told from the broker's list, whatever its order. */
import { describe, expect, test } from '@jest/globals';
import KafkajsBatch from 'kafkajs/src/consumer/batch.js';
import apiKeys from 'kafkajs/src/protocol/requests/apiKeys.js';
import fetchRequests from 'kafkajs/src/protocol/requests/fetch/index.js';
import protocol from 'kafkajs/src/protocol/requests/index.js';
import {
  hideAborted,
  hideAllAborted,
  mendFetches,
  type FetchedMessage,
  type FetchedPartition,
} from '../../../client/aborted.ts';
import { createConsumer, memorySource } from '../../../client/index.ts';
import { fetchAnswer } from '../../support/builders/fetch-answer.ts';
import { clientRouting } from '../../support/builders/client-routing.ts';

const KEY = Buffer.from('k');
const of = (offset: number, producerId: string, inTransaction = true): FetchedMessage => ({
  offset: String(offset),
  key: KEY,
  isControlRecord: false,
  batchContext: { producerId, inTransaction },
});
const marker = (offset: number, producerId: string, type: 'abort' | 'commit'): FetchedMessage => ({
  ...of(offset, producerId),
  key: Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1]),
  isControlRecord: true,
});
/** Offsets of what readers get. */
function shown(
  messages: readonly FetchedMessage[],
  aborted: FetchedPartition['abortedTransactions'],
): readonly string[] {
  const partition: FetchedPartition = { messages, abortedTransactions: aborted };
  hideAborted(partition);
  return partition.messages.filter(({ isControlRecord }) => isControlRecord !== true).map(({ offset }) => offset);
}
const began = (producerId: string, firstOffset: number) => ({ producerId, firstOffset: String(firstOffset) });

test('what one producer aborted is hidden, up to its marker', () =>
  expect(
    shown(
      [of(8, 'a', false), of(10, 'a'), marker(11, 'a', 'abort'), of(12, 'a'), marker(13, 'a', 'commit')],
      [began('a', 10)],
    ),
  ).toEqual(['8', '12']));
test('two overlap, and the one that began later ended first', () =>
  expect(
    shown(
      [of(10, 'a'), of(15, 'b'), marker(20, 'b', 'abort'), of(25, 'a'), of(26, 'b'), marker(30, 'a', 'abort')],
      [began('b', 15), began('a', 10)],
    ),
  ).toEqual(['26']));
test('both began before the first record that was fetched', () =>
  expect(
    shown(
      [of(16, 'b'), of(17, 'a'), marker(20, 'b', 'abort'), marker(30, 'a', 'abort')],
      [began('b', 15), began('a', 9)],
    ),
  ).toEqual([]));
test('one producer aborts twice, with a commit between', () =>
  expect(
    shown(
      [
        of(10, 'a'),
        marker(11, 'a', 'abort'),
        of(12, 'a'),
        marker(13, 'a', 'commit'),
        of(14, 'a'),
        marker(15, 'a', 'abort'),
        of(16, 'a'),
      ],
      [began('a', 10), began('a', 14)],
    ),
  ).toEqual(['12', '16']));
test('three are open at once, and end in the order of their begins', () =>
  expect(
    shown(
      [
        of(10, 'a'),
        of(11, 'b'),
        of(12, 'c'),
        marker(13, 'a', 'abort'),
        of(14, 'b'),
        of(15, 'a'),
        marker(16, 'b', 'abort'),
        of(17, 'c'),
        marker(18, 'c', 'abort'),
        of(19, 'c'),
      ],
      [began('a', 10), began('b', 11), began('c', 12)],
    ),
  ).toEqual(['15', '19']));
test('the end of the fetch cuts a transaction off before its marker, and others that lie behind are not met', () =>
  expect(shown([of(10, 'a'), of(11, 'b'), of(12, 'a')], [began('b', 40), began('a', 10)])).toEqual(['11']));
test('compaction took the first records and left offsets out', () =>
  expect(shown([of(14, 'a'), of(19, 'b'), marker(30, 'a', 'abort'), of(31, 'a')], [began('a', 10)])).toEqual([
    '19',
    '31',
  ]));
test('a key that looks like a marker is a key', () =>
  expect(
    shown(
      [{ ...of(10, 'a'), key: Buffer.from([0, 0, 0, 0]) }, of(11, 'a'), marker(12, 'a', 'abort')],
      [began('a', 10)],
    ),
  ).toEqual([]));
test('a marker of a type that is not known yet ends nothing', () =>
  expect(
    shown(
      [of(10, 'a'), { ...marker(11, 'a', 'abort'), key: Buffer.from([0, 0, 0, 5]) }, of(12, 'a')],
      [began('a', 10)],
    ),
  ).toEqual([]));
test('a marker of a commit ends no abort, and what is written beside a transaction is no part of it', () =>
  expect(shown([of(10, 'a'), marker(11, 'b', 'commit'), of(12, 'a', false), of(13, 'a')], [began('a', 10)])).toEqual([
    '12',
  ]));
test('records of old formats belong to no transaction', () =>
  expect(shown([{ offset: '10', key: null }, of(11, 'a')], [began('a', 10)])).toEqual(['10']));
test.each([[null], [undefined], [[]]])('who reads uncommitted records gets them all (%p)', (aborted) =>
  expect(shown([of(10, 'a'), marker(11, 'a', 'abort')], aborted)).toEqual(['10']),
);
test('offsets beyond 2^53 stay exact', () =>
  expect(
    shown(
      [
        { ...of(0, 'a'), offset: '9007199254740993' },
        { ...of(0, 'b'), offset: '9007199254740994' },
      ],
      [
        { producerId: 'a', firstOffset: '9007199254740994' },
        { producerId: 'b', firstOffset: '9007199254740993' },
      ],
    ),
  ).toEqual(['9007199254740993']));

describe('as kafkajs fetches', () => {
  const [A, B] = [1n, 2n];
  /** Two overlap, and the one that began later ended first: the list has it first. */
  const overlapping = {
    aborted: [
      { producerId: B, firstOffset: 11n },
      { producerId: A, firstOffset: 10n },
    ],
    batches: [
      { offset: 10n, producerId: A, value: 'a' },
      { offset: 11n, producerId: B, value: 'b' },
      { offset: 12n, producerId: B, marker: 'abort' as const },
      { offset: 13n, producerId: A, value: 'a, too' },
      { offset: 14n, producerId: A, marker: 'abort' as const },
      { offset: 15n, producerId: B, value: 'committed' },
      { offset: 16n, producerId: B, marker: 'commit' as const },
    ],
  };
  /** What an application gets of an answer in this version. */
  async function handedOut(version: number): Promise<readonly string[]> {
    const key = apiKeys['Fetch']!;
    const lookup = protocol.lookup({ [key]: { minVersion: 0, maxVersion: version } });
    const { response } = lookup(key, protocol.requests['Fetch']!)({ maxWaitTime: 0, topics: [] });
    const decoded = (await response.decode(fetchAnswer(version, overlapping))) as {
      readonly responses: readonly { readonly partitions: readonly object[] }[];
    };
    const batch = new KafkajsBatch('orders', '10', decoded.responses[0]!.partitions[0]!);
    return batch.messages.map(({ value }) => String(value));
  }
  const versions = protocol.requests['Fetch']!.versions.map(Number).filter((version) => version >= 4);

  test('kafkajs by itself hands out what was aborted; a version that does not needs no mark any more', async () =>
    expect(await handedOut(11)).toEqual(['a', 'committed']));
  test('a consumer is not made on a kafkajs that fetches in another way', () => {
    const known = fetchRequests.protocol;
    Reflect.set(fetchRequests, 'protocol', undefined);
    try {
      const make = () =>
        createConsumer({
          pair: 'orders',
          clientSet: 'clients-k1',
          clientId: 'c1',
          groupId: 'billing',
          source: memorySource(clientRouting()),
        });
      expect(make).toThrow('kafkajs is not the version that mm2-failover-client was made for');
    } finally {
      fetchRequests.protocol = known;
    }
  });
  test.each(versions)('version %i: with the mark nothing of it', async (version) => {
    mendFetches();
    expect(await handedOut(version)).toEqual(['committed']);
  });
  test('once for all consumers', () => {
    const { protocol: before } = fetchRequests;
    mendFetches();
    expect(fetchRequests.protocol).toBe(before);
  });
});

test('an answer that does not tell of aborted transactions is not handed out, but of brokers that know none', () => {
  const answer = { responses: [{ partitions: [{ messages: [of(10, 'a')] }] }] };
  expect(() => hideAllAborted(answer, 11)).toThrow('its fetches do not tell of aborted transactions');
  expect(() => hideAllAborted(answer, 3)).not.toThrow();
});
