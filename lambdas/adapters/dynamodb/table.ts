/**
 * One DynamoDB table as validated records under pk/sk.
 *
 * A record lies readable in the attribute `body`; above 32 KB it lies compressed in `gz` (offsets of thousands of
 * partitions shrink to about a fifth). DynamoDB ends an item at 400 KB; a record that is compressed still larger than
 * 300 KB is refused with a sentence, so that nobody meets that limit in the middle of a move.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { readShape, sayProblem } from '../../../core/contracts/shape.ts';
import { isNamed, patience, within } from '../calls.ts';

const DEADLINE_MS = 5_000;
const READABLE_BYTES = 32 * 1024;
const MAX_STORED_BYTES = 300 * 1024;

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** Expression over the stored item's own attributes, e.g. `version = :read`. */
export interface Condition {
  readonly expression: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface PutOptions {
  /** Top-level attributes beside the record, for conditions: `version`, `atMs`, `taskToken`. */
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly expiresAtMs?: number;
  readonly condition?: Condition;
}

export interface RangeOptions {
  /** First sort key wanted. */
  readonly from?: string;
  /** Last sort key wanted. */
  readonly to?: string;
  /** Beginning of the sort keys wanted, instead of `from` and `to`. */
  readonly prefix?: string;
  readonly newestFirst?: boolean;
  readonly limit?: number;
}

/** The record breaks its contract when read, or is too large when written. */
export class ItemUnusable extends Error {
  override readonly name = 'ItemUnusable';
}

export interface Table {
  put(key: Key, record: unknown, options?: PutOptions): Promise<'written' | 'condition-failed'>;
  /** All or nothing; fails if any of the keys exists. */
  putNew(items: readonly { readonly key: Key; readonly record: unknown }[]): Promise<'written' | 'exists'>;
  get<S extends z.ZodType>(key: Key, schema: S): Promise<z.infer<S> | null>;
  query<S extends z.ZodType>(pk: string, schema: S, range?: RangeOptions): Promise<readonly z.infer<S>[]>;
  remove(key: Key, condition: Condition): Promise<void>;
}

/** Reads are strongly consistent. */
export function dynamoTable(place: { readonly region: string; readonly table: string }): Table {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region: place.region, ...patience(DEADLINE_MS) }));
  const TableName = place.table;
  return {
    put: (key, record, options = {}) =>
      unlessConditionFails('condition-failed', () =>
        client.send(
          new PutCommand({ TableName, Item: itemOf(key, record, options), ...conditionOf(options.condition) }),
          within(DEADLINE_MS),
        ),
      ),
    putNew: (items) =>
      unlessConditionFails('exists', () => {
        const puts = items.map(({ key, record }) => ({
          Put: { TableName, Item: itemOf(key, record, {}), ConditionExpression: 'attribute_not_exists(pk)' },
        }));
        return client.send(new TransactWriteCommand({ TransactItems: puts }), within(DEADLINE_MS));
      }),
    get: async (key, schema) => {
      const { Item } = await client.send(
        new GetCommand({ TableName, Key: key, ConsistentRead: true }),
        within(DEADLINE_MS),
      );
      return Item === undefined ? null : recordOf(Item, schema);
    },
    query: (pk, schema, range = {}) => queryAll(client, TableName, pk, schema, range),
    remove: async (key, condition) => {
      await unlessConditionFails('condition-failed', () =>
        client.send(new DeleteCommand({ TableName, Key: key, ...conditionOf(condition) }), within(DEADLINE_MS)),
      );
    },
  };
}

/** Sorts after every key that begins alike. */
const LAST = '\uffff';

async function queryAll<S extends z.ZodType>(
  client: DynamoDBDocumentClient,
  TableName: string,
  pk: string,
  schema: S,
  range: RangeOptions,
) {
  const {
    prefix = '',
    from = prefix === '' ? ' ' : prefix,
    to = `${prefix}${LAST}`,
    newestFirst = false,
    limit,
  } = range;
  const bounds = { ':pk': pk, ':from': from, ':to': to };
  const records: z.infer<S>[] = [];
  if (limit !== undefined && limit < 1) return records;
  let startKey: Record<string, unknown> | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: bounds,
        ConsistentRead: true,
        ScanIndexForward: !newestFirst,
        ...(limit === undefined ? {} : { Limit: limit - records.length }),
        ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
      }),
      within(DEADLINE_MS),
    );
    for (const item of page.Items ?? []) records.push(recordOf(item, schema));
    startKey = page.LastEvaluatedKey;
  } while (startKey !== undefined && (limit === undefined || records.length < limit));
  return records;
}

/** Through JSON: `undefined` disappears, a bigint throws (offsets are decimal strings at this border). */
function itemOf(key: Key, record: unknown, { attributes = {}, expiresAtMs }: PutOptions): Record<string, unknown> {
  const text = JSON.stringify(record);
  const expiry = expiresAtMs === undefined ? {} : { expiresAt: Math.ceil(expiresAtMs / 1_000) };
  if (Buffer.byteLength(text) <= READABLE_BYTES)
    return { ...key, ...attributes, ...expiry, body: JSON.parse(text) as unknown };
  const gz = gzipSync(text);
  if (gz.byteLength > MAX_STORED_BYTES)
    throw new ItemUnusable(
      `record ${key.pk} ${key.sk} has ${gz.byteLength} bytes when compressed; allowed: ${MAX_STORED_BYTES}, because DynamoDB ends an item at 400 KB; split the client set into smaller ones: fewer topics, groups or partitions each`,
    );
  return { ...key, ...attributes, ...expiry, gz };
}

const Item = z.object({
  pk: z.string(),
  sk: z.string(),
  body: z.unknown().optional(),
  gz: z.instanceof(Uint8Array).optional(),
});

function recordOf<S extends z.ZodType>(item: unknown, schema: S): z.infer<S> {
  const { pk, sk, body, gz } = Item.parse(item);
  const read = readShape(schema, gz === undefined ? body : JSON.parse(gunzipSync(gz).toString('utf8')));
  if (read.kind === 'valid') return read.data;
  const problems = read.problems.map((problem) => sayProblem(problem, 'the record')).join('; ');
  throw new ItemUnusable(`item ${pk} ${sk} does not follow its contract: ${problems}`);
}

const conditionOf = (condition: Condition | undefined) =>
  condition === undefined
    ? {}
    : {
        ConditionExpression: condition.expression,
        ...(Object.keys(condition.values).length === 0 ? {} : { ExpressionAttributeValues: { ...condition.values } }),
      };

async function unlessConditionFails<T extends string>(failed: T, run: () => Promise<unknown>): Promise<'written' | T> {
  try {
    await run();
    return 'written';
  } catch (error) {
    if (isNamed(error, 'ConditionalCheckFailedException') || isCancelledByCondition(error)) return failed;
    throw error;
  }
}

/** A transaction is also cancelled by a conflict with another one: that is an error to retry, not an answer. */
function isCancelledByCondition(error: unknown): boolean {
  if (!isNamed(error, 'TransactionCanceledException')) return false;
  const { CancellationReasons = [] } = error as { CancellationReasons?: readonly { readonly Code?: string }[] };
  return CancellationReasons.some(({ Code }) => Code === 'ConditionalCheckFailed');
}
