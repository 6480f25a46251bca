/** Consumers of one set. A slow one spends time on each record, so that a lag builds up. */
import { setTimeout as delay } from 'node:timers/promises';
import { createConsumer } from '../../../client/index.ts';
import { routingOf } from './following.ts';
import { HEARTBEAT_SECONDS, notedAdoptions, noting } from './noting.ts';
import type { Running } from './producing.ts';
import type { WorkloadControl, WorkloadEvent, WorkloadSpec } from './spec.ts';

type Log = (event: WorkloadEvent) => void;

/** Uncommitted records of one member at the most: what a crash or a rebalance may repeat. Stated in the report. */
export const COMMIT_EVERY_RECORDS = 20;

/** A restarted cluster believes in the members it knew until their session ends, and nobody goes home before that. */
export const SESSION_MS = 8_000;

export async function consumeAll(spec: WorkloadSpec, control: () => WorkloadControl, log: Log): Promise<Running> {
  const consumers = spec.clients.map(({ id, group = 'no-group' }) => {
    const consumer = createConsumer({
      pair: spec.pair,
      clientSet: spec.set,
      clientId: id,
      groupId: group,
      source: routingOf(spec),
      startWithoutPosition: 'earliest',
      adoption: notedAdoptions(id, 'consumer', log),
      heartbeatSeconds: HEARTBEAT_SECONDS,
      consumer: { sessionTimeout: SESSION_MS, heartbeatInterval: SESSION_MS / 8 },
      logger: noting(id, log),
      hooks: {
        onProcessed: ({ cluster, topic, partition, offset, revision, message }) =>
          log({
            at: 'processed',
            group,
            member: id,
            cluster,
            topic,
            partition,
            offset: String(offset),
            producer: String(message.headers?.['producer']),
            seq: Number(message.headers?.['seq']),
            key: String(message.key),
            atMs: Date.now(),
            revision,
          }),
      },
    });
    return consumer;
  });
  const eachMessage = async (): Promise<void> => {
    if (control().speed === 'slow' && spec.slowMs > 0) await delay(spec.slowMs);
  };
  await Promise.all(
    consumers.map((consumer) =>
      consumer.run({ eachMessage, autoCommitInterval: 500, autoCommitThreshold: COMMIT_EVERY_RECORDS }),
    ),
  );
  return {
    stop: async () => {
      await Promise.all(consumers.map((consumer) => consumer.disconnect()));
    },
  };
}
