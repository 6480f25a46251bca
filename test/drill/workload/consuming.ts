/** Consumers of one set. A slow one spends time on each record, so that a lag builds up. */
import { setTimeout as delay } from 'node:timers/promises';
import { createConsumer, ssmSource } from '../../../client/index.ts';
import { HEARTBEAT_SECONDS, noting } from './noting.ts';
import type { Running } from './producing.ts';
import type { WorkloadControl, WorkloadEvent, WorkloadSpec } from './spec.ts';

type Log = (event: WorkloadEvent) => void;

/** Uncommitted records of one member at the most: what a crash or a rebalance may repeat. Stated in the report. */
export const COMMIT_EVERY_RECORDS = 20;

export async function consumeAll(spec: WorkloadSpec, control: () => WorkloadControl, log: Log): Promise<Running> {
  const consumers = spec.clients.map(({ id, group = 'no-group' }) => {
    const consumer = createConsumer({
      pair: spec.pair,
      clientSet: spec.set,
      clientId: id,
      groupId: group,
      source: ssmSource({ pair: spec.pair, clientSet: spec.set, regions: spec.regions }),
      startWithoutPosition: 'earliest',
      heartbeatSeconds: HEARTBEAT_SECONDS,
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
        onAfterSwitch: ({ to }) => log({ at: 'adopted', client: id, role: 'consumer', cluster: to.consumers.cluster, revision: to.revision, atMs: Date.now() }),
      },
    });
    return consumer;
  });
  const eachMessage = async (): Promise<void> => {
    if (control().speed === 'slow' && spec.slowMs > 0) await delay(spec.slowMs);
  };
  await Promise.all(consumers.map((consumer) => consumer.run({ eachMessage, autoCommitInterval: 500, autoCommitThreshold: COMMIT_EVERY_RECORDS })));
  return {
    stop: async () => {
      await Promise.all(consumers.map((consumer) => consumer.disconnect()));
    },
  };
}
