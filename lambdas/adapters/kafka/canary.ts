/** The canary topic: what the three upper rungs write to and read from. */
import { names } from '../../../core/config/pair.ts';
import { answerOf, failIf, type Link } from './internals.ts';
import { dataBatches } from './batches.ts';
import { BadSetup, KafkaUnavailable } from './errors.ts';
import { Deadline } from './deadline.ts';
import { fetchOnce } from './scan.ts';
import { LEADER_NOT_AVAILABLE, type Layout } from './layout.ts';
import type { CoordinatorAnswer, Wire } from './wire.ts';

const TOPIC = names.canaryTopic;
const TOPIC_ALREADY_EXISTS = 36;

/** A record that was acknowledged by all in-sync replicas. */
export interface Written {
  readonly partition: number;
  readonly offset: bigint;
  readonly link: Link;
}

export interface CanaryWrite {
  readonly partitions: number;
  readonly written: readonly Written[];
  /** Brokers that lead no canary partition: nothing was learnt about them, which is no failure of theirs. */
  readonly idleBrokers: number;
  /** One per partition that did not take the record. */
  readonly failures: readonly unknown[];
}

interface ProduceAnswer {
  readonly topics: readonly {
    readonly partitions: readonly {
      readonly partition: number;
      readonly errorCode: number;
      readonly baseOffset: string;
    }[];
  }[];
}

interface CreateTopicsAnswer {
  readonly topicErrors: readonly { readonly errorCode: number }[];
}

interface PartitionErrors {
  readonly errorCode?: number;
  readonly responses: readonly {
    readonly partitions: readonly { readonly partition: number; readonly errorCode: number; readonly offset: string }[];
  }[];
}

/**
 * Creates the canary topic with a partition per broker, if it is missing; part of setting a pair up, never of a probe: a topic
 * that somebody deleted is a finding. `created: false` = it was there, perhaps with another number of partitions.
 * @throws KafkaUnavailable
 */
export async function ensureCanaryTopic(
  cluster: string,
  wire: Wire,
  callMs: number,
): Promise<{ readonly created: boolean }> {
  const doing = `creating ${TOPIC}`;
  try {
    return await wire.attempt(doing, new Deadline(callMs), async () => {
      const { brokers, topics } = await wire.layout([TOPIC]);
      if (topics.has(TOPIC)) return { created: false };
      const topic = {
        topic: TOPIC,
        numPartitions: brokers.length,
        replicationFactor: Math.min(3, brokers.length),
        // Nobody needs an old canary; small segments, so that retention can act.
        configEntries: [
          { name: 'retention.ms', value: '3600000' },
          { name: 'segment.ms', value: '600000' },
        ],
      };
      // A KRaft broker passes the request on to the controller, so any of them will do.
      const answer = await (
        await wire.anyLink()
      ).call<CreateTopicsAnswer>('CreateTopics', { topics: [topic], validateOnly: false, timeout: callMs });
      const code = answer.topicErrors[0]?.errorCode ?? 0;
      if (code !== TOPIC_ALREADY_EXISTS) failIf(code, doing);
      return { created: code === 0 };
    });
  } catch (error) {
    throw new KafkaUnavailable(cluster, doing, error);
  }
}

/** One record to every canary partition, acknowledged by all in-sync replicas, one request per leader. @throws BadSetup without the topic */
export async function writeCanary(
  layout: Layout,
  linkTo: (nodeId: number) => Promise<Link>,
  text: string,
  timeoutMs: number,
): Promise<CanaryWrite> {
  const partitions = layout.topics.get(TOPIC)?.partitions ?? [];
  if (partitions.length === 0)
    throw new BadSetup(`topic "${TOPIC}" does not exist; create it with a partition per broker (setup does)`);
  const leaders = Map.groupBy(partitions, ({ leader }) => leader);
  const results = await Promise.all(
    [...leaders].map(([leader, led]) =>
      writeTo(
        leader,
        led.map(({ partition }) => partition),
        linkTo,
        text,
        timeoutMs,
      ),
    ),
  );
  return {
    partitions: partitions.length,
    written: results.flatMap(({ written }) => written),
    idleBrokers: layout.brokers.filter(({ nodeId }) => !leaders.has(nodeId)).length,
    failures: results.flatMap(({ failures }) => failures),
  };
}

type LeaderResult = Pick<CanaryWrite, 'written' | 'failures'>;

/** A little less than the rung has, so that one silent broker does not hide what the others answered. */
const SHARE_OF_RUNG = 0.85;

async function writeTo(
  leader: number,
  partitions: readonly number[],
  linkTo: (nodeId: number) => Promise<Link>,
  text: string,
  timeoutMs: number,
): Promise<LeaderResult> {
  try {
    if (leader < 0) throw answerOf(LEADER_NOT_AVAILABLE, `${TOPIC}-${partitions.join()}`);
    const limitMs = timeoutMs * SHARE_OF_RUNG;
    const messages = [{ key: null, value: text, headers: {} }];
    const topicData = [{ topic: TOPIC, partitions: partitions.map((partition) => ({ partition, messages })) }];
    const { link, answer } = await new Deadline(limitMs).bound(
      `writing to ${TOPIC} on broker ${leader}`,
      (async () => {
        const link = await linkTo(leader);
        return {
          link,
          answer: await link.call<ProduceAnswer>('Produce', {
            acks: -1,
            timeout: Math.round(limitMs * SHARE_OF_RUNG),
            topicData,
          }),
        };
      })(),
    );
    const all = answer.topics.flatMap((topic) => topic.partitions);
    return {
      written: all
        .filter(({ errorCode }) => errorCode === 0)
        .map(({ partition, baseOffset }) => ({ partition, offset: BigInt(baseOffset), link })),
      failures: all
        .filter(({ errorCode }) => errorCode !== 0)
        .map(({ partition, errorCode }) => answerOf(errorCode, `writing to ${TOPIC}-${partition}`)),
    };
  } catch (error) {
    return { written: [], failures: partitions.map(() => error) };
  }
}

/** Each record must come back from where it was acknowledged. */
export async function readCanary(cluster: string, written: readonly Written[], text: string): Promise<void> {
  await Promise.all(
    written.map(async ({ partition, offset, link }) => {
      const fetched = await fetchOnce(link, { cluster, topic: TOPIC, partition, committedOnly: false }, offset);
      const found = dataBatches(fetched.batches)
        .flatMap((batch) => batch.records())
        .find((record) => record.offset === offset);
      if (found?.value?.toString('utf8') !== text)
        throw answerOf(-1, `the record acknowledged at ${TOPIC}-${partition}@${offset} did not come back`);
    }),
  );
}

/** Commits `position` for the canary group and reads it back. Uses no membership, so it disturbs nobody. */
export async function commitCanary(
  any: Link,
  linkTo: (coordinator: CoordinatorAnswer['coordinator']) => Promise<Link>,
  group: string,
  { partition, offset }: Written,
): Promise<void> {
  const found = await any.call<CoordinatorAnswer>('GroupCoordinator', { groupId: group, coordinatorType: 0 });
  failIf(found.errorCode, `coordinator of "${group}"`);
  const link = await linkTo(found.coordinator);
  const topics = [{ topic: TOPIC, partitions: [{ partition, offset: offset.toString() }] }];
  const committed = await link.call<PartitionErrors>('OffsetCommit', {
    groupId: group,
    groupGenerationId: -1,
    memberId: '',
    topics,
  });
  for (const { errorCode } of committed.responses.flatMap((topic) => topic.partitions))
    failIf(errorCode, `committing for "${group}"`);
  const fetched = await link.call<PartitionErrors>('OffsetFetch', {
    groupId: group,
    topics: [{ topic: TOPIC, partitions: [{ partition }] }],
  });
  failIf(fetched.errorCode ?? 0, `reading the position of "${group}"`);
  const back = fetched.responses[0]?.partitions[0];
  failIf(back?.errorCode ?? 0, `reading the position of "${group}"`);
  if (back?.offset !== offset.toString())
    throw answerOf(-1, `position ${offset} of "${group}" was acknowledged but reads ${back?.offset ?? 'nothing'}`);
}
