/** Group descriptions in domain words. Member metadata is whatever a client chose to send, so it is decoded with suspicion. */
import type { GroupView } from '../../../core/contracts/observations.ts';
import { nameOf } from './errors.ts';

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

const ACTIVE: ReadonlySet<string> = new Set(['Stable', 'PreparingRebalance', 'CompletingRebalance']);

/**
 * @param listed whether the coordinator lists the group. A group of the newer protocol (KIP-848) is listed, yet "Dead" to a
 * classic describe: it may be at work, and nothing may be concluded from "Dead".
 */
export function groupView(group: DescribedGroup, listed: boolean): GroupView {
  if (group.state === 'Dead' || group.state === '')
    return { activity: listed ? 'active-unreadable' : 'absent', members: [] };
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
