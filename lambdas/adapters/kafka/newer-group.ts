/**
 * Groups of the newer consumer protocol (KIP-848), which a classic describe calls "Dead". kafkajs has no ConsumerGroupDescribe,
 * so its version 0 (Kafka 3.8) is written and read here. It tells classic members of such a group as well.
 */
import type { GroupView } from '../../../core/contracts/observations.ts';
import { KafkaAnswer } from './errors.ts';
import { compactText, Flexible } from './flexible.ts';
import { failIf, type Link, type RawApi } from './internals.ts';

const CONSUMER_GROUP_DESCRIBE: RawApi = { apiKey: 69, apiVersion: 0, apiName: 'ConsumerGroupDescribe' };

export interface NewerGroup {
  readonly errorCode: number;
  readonly state: string;
  readonly members: GroupView['members'];
}

/** At work, and nobody can tell who owns what. */
const UNREADABLE: GroupView = { activity: 'active-unreadable', members: [] };

/** Kafka's own numbers. */
const TOPIC_AUTHORIZATION_FAILED = 29;
const UNSUPPORTED_VERSION = 35;
const GROUP_ID_NOT_FOUND = 69;
/**
 * Says no more than before: members read topics that we may not describe; the newer protocol is switched off; it is a group of
 * yet another kind (share, streams).
 */
const TELLS_NOTHING: ReadonlySet<number> = new Set([
  TOPIC_AUTHORIZATION_FAILED,
  UNSUPPORTED_VERSION,
  GROUP_ID_NOT_FOUND,
]);

/** @param coordinator of the group. What it cannot tell is `active-unreadable`, never "no members". */
export async function describeNewer(coordinator: Pick<Link, 'raw'>, id: string): Promise<GroupView> {
  const group = await asked(coordinator, id);
  if (group === undefined || TELLS_NOTHING.has(group.errorCode)) return UNREADABLE;
  failIf(group.errorCode, `group "${id}"`);
  return newerGroupView(group);
}

/** Undefined = the broker is too old to know the question. */
async function asked(coordinator: Pick<Link, 'raw'>, id: string): Promise<NewerGroup | undefined> {
  try {
    const [group] = await coordinator.raw(CONSUMER_GROUP_DESCRIBE, oneGroup(id), decodeNewerGroups);
    return group;
  } catch (error) {
    if (error instanceof KafkaAnswer && error.code === UNSUPPORTED_VERSION) return undefined;
    throw error;
  }
}

/**
 * Only in a stable group do members own what they are shown with: while partitions change hands, one that is still to be given
 * up is shown with nobody. Until then what is shown is owned, and of what is not nobody can tell.
 */
export function newerGroupView({ state, members }: NewerGroup): GroupView {
  if (state === 'Empty') return { activity: 'empty', members: [] };
  return { activity: state === 'Stable' ? 'active' : 'active-unreadable', protocol: 'newer', members };
}

/** End of the header (no tagged fields); one group; no authorized operations; no tagged fields. */
const oneGroup = (id: string): Buffer => Buffer.concat([Buffer.from([0, 2]), compactText(id), Buffer.from([0, 0])]);

/** [tagged fields of the header] throttle int32, groups, tags. */
export function decodeNewerGroups(raw: Buffer): readonly NewerGroup[] {
  const cursor = new Flexible(raw);
  cursor.tags();
  cursor.skip(4);
  return cursor.list(() => groupOf(cursor));
}

/** error int16, its text, id, state, group epoch int32, assignment epoch int32, assignor, members, operations int32, tags. */
function groupOf(cursor: Flexible): NewerGroup {
  const errorCode = cursor.int16();
  cursor.text();
  cursor.text();
  const state = cursor.text();
  cursor.skip(8);
  cursor.text();
  const members = cursor.list(() => memberOf(cursor));
  cursor.skip(4);
  cursor.tags();
  return { errorCode, state, members };
}

/** id, static id, rack, epoch int32, client id, host, topics, pattern, present assignment, the one that is aimed at, tags. */
function memberOf(cursor: Flexible): GroupView['members'][number] {
  const memberId = cursor.text();
  const instanceId = cursor.text();
  cursor.text();
  cursor.skip(4);
  const clientId = cursor.text();
  const host = cursor.text();
  const topics = cursor.list(() => cursor.text());
  const pattern = cursor.text();
  const assigned = assignmentOf(cursor);
  assignmentOf(cursor);
  cursor.tags();
  return {
    memberId,
    clientId,
    ...(host === '' ? {} : { host }),
    ...(instanceId === '' ? {} : { instanceId }),
    // The broker resolves a pattern and does not tell to what.
    ...(pattern === '' ? { subscribed: topics } : {}),
    assigned,
  };
}

/** [topic uuid, name, partitions [int32], tags], tags. */
function assignmentOf(cursor: Flexible): Record<string, number[]> {
  const topics = cursor.list(() => {
    cursor.skip(16);
    const topic = cursor.text();
    const partitions = cursor.list(() => cursor.int32());
    cursor.tags();
    return [topic, partitions] as const;
  });
  cursor.tags();
  return Object.fromEntries(topics);
}
