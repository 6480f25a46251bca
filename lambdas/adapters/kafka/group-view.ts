/** Group descriptions in domain words. Member metadata is whatever a client chose to send, so it is decoded with suspicion. */
import type { GroupView } from '../../../core/contracts/observations.ts';
import { nameOf } from './errors.ts';
import { Flexible } from './flexible.ts';
import type { RawApi } from './internals.ts';

export interface DescribedGroup {
  readonly errorCode: number;
  readonly groupId: string;
  readonly state: string;
  readonly protocolType: string;
  readonly protocol: string;
  readonly members: readonly {
    readonly memberId: string;
    readonly clientId: string;
    readonly clientHost: string;
    readonly memberMetadata: Buffer | null;
    readonly memberAssignment: Buffer | null;
  }[];
}

export interface DescribeGroupsAnswer {
  readonly groups: readonly DescribedGroup[];
}

export interface ListGroupsAnswer {
  readonly errorCode: number;
  readonly groups: readonly { readonly groupId: string }[];
}

/** kafkajs asks in a version that tells no states. This one (flexible, since Kafka 2.6) does, for groups of both protocols. */
export const LIST_GROUPS: RawApi = { apiKey: 16, apiVersion: 4, apiName: 'ListGroups' };
/** End of the header (no tagged fields); groups in every state (empty list); no tagged fields. */
export const EVERY_GROUP = Buffer.from([0, 1, 0]);

export interface ListedStates {
  readonly errorCode: number;
  readonly states: ReadonlyMap<string, string>;
}

/** [tagged fields of the header] throttle int32, error int16, [id, protocol type, state, tags], tags. */
export function decodeListedStates(raw: Buffer): ListedStates {
  const cursor = new Flexible(raw);
  cursor.tags();
  cursor.skip(4);
  const errorCode = cursor.int16();
  const groups = cursor.list(() => {
    const id = cursor.text();
    cursor.text();
    const state = cursor.text();
    cursor.tags();
    return [id, state] as const;
  });
  return { errorCode, states: new Map(groups) };
}

const ACTIVE: ReadonlySet<string> = new Set(['Stable', 'PreparingRebalance', 'CompletingRebalance']);

/**
 * @param listed the state in which the coordinator lists the group, "" where it does not tell; undefined = it lists none. A
 * group of the newer protocol (KIP-848) is listed, yet "Dead" to a classic describe: it may be at work, and nothing may be
 * concluded from "Dead" (who is in it, `describeNewer` asks). Once its members have left it stays listed, as "Empty", for as
 * long as its positions are kept.
 */
export function groupView(group: DescribedGroup, listed: string | undefined): GroupView {
  if (group.state === 'Dead' || group.state === '') {
    const activity = listed === undefined ? 'absent' : listed === 'Empty' ? 'empty' : 'active-unreadable';
    return { activity, members: [] };
  }
  const activity = group.state === 'Empty' ? 'empty' : ACTIVE.has(group.state) ? 'active' : 'unknown';
  const consumers = group.protocolType === 'consumer';
  return {
    activity,
    ...(group.protocol === '' ? {} : { assignor: group.protocol }),
    members: group.members.map(({ memberId, clientId, clientHost, memberMetadata, memberAssignment }) => {
      const subscribed = consumers ? subscriptionOf(memberMetadata) : undefined;
      return {
        memberId,
        clientId,
        ...(clientHost === '' ? {} : { host: clientHost }),
        ...(subscribed === undefined ? {} : { subscribed }),
        assigned: consumers ? assignmentOf(memberAssignment) : {},
      };
    }),
  };
}

/** ConsumerProtocolSubscription: version int16, topics [string], then parts we do not need. */
function subscriptionOf(metadata: Buffer | null): string[] | undefined {
  try {
    const cursor = new Bytes(metadata ?? Buffer.alloc(0));
    cursor.int16();
    return cursor.list(() => cursor.string());
  } catch (error) {
    if (nameOf(error) === 'RangeError') return undefined;
    throw error;
  }
}

/** ConsumerProtocolAssignment: version int16, [topic string, partitions [int32]]. Empty before the first rebalance is done. */
function assignmentOf(assignment: Buffer | null): Record<string, number[]> {
  try {
    const cursor = new Bytes(assignment ?? Buffer.alloc(0));
    cursor.int16();
    return Object.fromEntries(cursor.list(() => [cursor.string(), cursor.list(() => cursor.int32())] as const));
  } catch (error) {
    if (nameOf(error) === 'RangeError') return {};
    throw error;
  }
}

/** Every read beyond the end is a RangeError. */
class Bytes {
  readonly #buffer: Buffer;
  #at = 0;
  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }
  int16(): number {
    return this.#buffer.readInt16BE((this.#at += 2) - 2);
  }
  int32(): number {
    return this.#buffer.readInt32BE((this.#at += 4) - 4);
  }
  string(): string {
    const length = this.int16();
    if (length < 0 || this.#at + length > this.#buffer.length) throw new RangeError(`${length} bytes announced`);
    return this.#buffer.toString('utf8', this.#at, (this.#at += length));
  }
  list<T>(one: () => T): T[] {
    const length = this.int32();
    if (length > this.#buffer.length) throw new RangeError(`${length} entries announced`);
    return Array.from({ length: Math.max(0, length) }, one);
  }
}
