/**
 * Which transactional ids a cluster knows. kafkajs has no ListTransactions (KIP-664), so its version 0 is written and read
 * here: the first flexible version, in which lengths are variable and header and body end with tagged fields.
 */
import { Flexible } from './flexible.ts';
import { failIf, type Link, type RawApi } from './internals.ts';
import type { Wire } from './wire.ts';

const LIST_TRANSACTIONS: RawApi = { apiKey: 66, apiVersion: 0, apiName: 'ListTransactions' };
/** End of the header (no tagged fields); every state (empty list); every producer id (empty list); no tagged fields. */
const EVERYTHING = Buffer.from([0, 1, 1, 0]);

export interface ListedTransactions {
  readonly errorCode: number;
  readonly ids: readonly string[];
}

/** A coordinator tells its own only, and of those the ones that this client may describe. */
export async function transactionalIdsOf(wire: Wire): Promise<readonly string[]> {
  const { brokers } = await wire.brokers();
  const listed = await Promise.all(
    brokers.map(async ({ nodeId }) => {
      const link: Link = await wire.linkTo(nodeId);
      const answer = await link.raw(LIST_TRANSACTIONS, EVERYTHING, decodeListedTransactions);
      failIf(answer.errorCode, 'listing transactional ids');
      return answer.ids;
    }),
  );
  return [...new Set(listed.flat())].toSorted();
}

/** [tagged fields of the header] throttle int32, error int16, [unknown filters], [id, producer int64, state, tags], tags. */
export function decodeListedTransactions(raw: Buffer): ListedTransactions {
  const cursor = new Flexible(raw);
  cursor.tags();
  cursor.skip(4);
  const errorCode = cursor.int16();
  cursor.list(() => cursor.text());
  const ids = cursor.list(() => {
    const id = cursor.text();
    cursor.skip(8);
    cursor.text();
    cursor.tags();
    return id;
  });
  return { errorCode, ids };
}
