/**
 * What a producer has aborted is not for readers of committed records. kafkajs (2.2.4) hands some of it out: it takes the
 * broker's list of aborted transactions as ordered by their begin, the broker gives it as they ended, so it loses its way where
 * transactions of several producers overlap; and it takes a record with a key of four zero bytes for the end of one. At the
 * refuge the producers of both sides write to the same topics. So such records are marked as what no reader gets, where they
 * are decoded.
 */
import fetchRequests from 'kafkajs/src/protocol/requests/fetch/index.js';

/** As kafkajs decodes it, as far as it matters here. Offsets and ids are decimal text. */
export interface FetchedPartition {
  /** Those that end at or behind the first offset asked for. Null or empty for who reads uncommitted records. */
  abortedTransactions?: readonly { readonly producerId: string; readonly firstOffset: string }[] | null | undefined;
  readonly messages: readonly FetchedMessage[];
}

export interface FetchedMessage {
  readonly offset: string;
  readonly key: Buffer | null;
  isControlRecord?: boolean;
  /** None in the oldest formats, which have no transactions. */
  readonly batchContext?: { readonly producerId: string; readonly inTransaction: boolean };
}

/** Version int16, type int16: 0 = abort. */
const isAbort = ({ key }: FetchedMessage): boolean => key !== null && key.length >= 4 && key.readInt16BE(2) === 0;

/** Marks in place. Positions go on over marked records, as over the markers of transactions. */
export function hideAborted(partition: FetchedPartition): void {
  const waiting = [...(partition.abortedTransactions ?? [])].sort((a, b) =>
    BigInt(a.firstOffset) < BigInt(b.firstOffset) ? -1 : 1,
  );
  if (waiting.length === 0) return;
  const aborting = new Set<string>();
  for (const message of partition.messages) {
    while (waiting[0] !== undefined && BigInt(waiting[0].firstOffset) <= BigInt(message.offset))
      aborting.add(waiting.shift()!.producerId);
    const { producerId = '', inTransaction = false } = message.batchContext ?? {};
    if (message.isControlRecord === true) {
      if (isAbort(message)) aborting.delete(producerId);
    } else if (inTransaction && aborting.has(producerId)) message.isControlRecord = true;
  }
  // Nothing is left for kafkajs to do, or to do wrong.
  partition.abortedTransactions = [];
}

/** The first answer that tells of transactions; older brokers have none. */
const FIRST_WITH_TRANSACTIONS = 4;

export interface Fetched {
  readonly responses: readonly { readonly partitions: readonly FetchedPartition[] }[];
}

const unknownInside = (what: string): Error =>
  new Error(
    `kafkajs is not the version that mm2-failover-client was made for: ${what}. Its readers could get aborted records, so nothing is read; install kafkajs 2.2.4`,
  );

/** @throws Error where kafkajs tells of aborted transactions in a way that is not known here */
export function hideAllAborted({ responses }: Fetched, apiVersion: number): void {
  for (const partition of responses.flatMap(({ partitions }) => partitions)) {
    if (apiVersion >= FIRST_WITH_TRANSACTIONS && partition.abortedTransactions === undefined)
      throw unknownInside('its fetches do not tell of aborted transactions');
    hideAborted(partition);
  }
}

let mended = false;

/**
 * For every consumer of this process, once.
 * @throws Error for a kafkajs that is built in another way: what it hands out could not be vouched for
 */
export function mendFetches(): void {
  if (mended) return;
  const { protocol } = fetchRequests;
  if (typeof protocol !== 'function') throw unknownInside('its requests to fetch are made in another way');
  fetchRequests.protocol = (wanted) => {
    const make = protocol(wanted);
    return (options) => {
      const made = make(options);
      const decode = async (raw: Buffer): Promise<unknown> => {
        const fetched = (await made.response.decode(raw)) as Fetched;
        hideAllAborted(fetched, made.request.apiVersion);
        return fetched;
      };
      return { ...made, response: { ...made.response, decode } };
    };
  };
  mended = true;
}
