/**
 * Consumers as most applications have them: plain kafkajs with its own assigner, and its own answer where a group has no
 * position (`fromBeginning: false`: start at the end). They read where to go once, at the start of their process.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import type { Consumer, EachMessagePayload } from 'kafkajs';
import { COMMIT_EVERY_RECORDS, SESSION_MS } from './consuming.ts';
import type { Running } from './producing.ts';
import type { Place, WorkloadControl, WorkloadEvent, WorkloadSpec } from './spec.ts';

type Log = (event: WorkloadEvent) => void;

interface Client {
  readonly id: string;
  readonly group: string;
  readonly topics: readonly string[];
  readonly place: Place;
}

export async function consumeNaively(spec: WorkloadSpec, control: () => WorkloadControl, log: Log): Promise<Running> {
  const { place } = control();
  if (place === undefined) throw new Error(`consumers of ${spec.set} were not told their cluster: no "place"`);
  const topics = place.consumers.read === 'local' ? spec.topics : spec.topics.map((topic) => `${spec.home}.${topic}`);
  const work = async (): Promise<void> => {
    if (control().speed === 'slow' && spec.slowMs > 0) await delay(spec.slowMs);
  };
  const running = await Promise.all(
    spec.clients.map(({ id, group = 'no-group' }) => keepConsuming(spec, { id, group, topics, place }, work, log)),
  );
  return {
    stop: async () => {
      await Promise.all(running.map((consumer) => consumer.stop()));
    },
  };
}

/** Starts again after a crash that kafkajs itself gives up on, as an application's supervisor would. */
async function keepConsuming(
  spec: WorkloadSpec,
  client: Client,
  work: () => Promise<void>,
  log: Log,
): Promise<Running> {
  let stopping = false;
  const start = async (): Promise<Consumer> => {
    for (;;) {
      const consumer = consumerOf(spec, client);
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        if (payload.restart || stopping) return;
        current = delay(1_000).then(start);
      });
      try {
        await run(consumer, client, work, log);
        return consumer;
      } catch (error) {
        log({ at: 'note', client: client.id, text: `did not start: ${String(error)}`, atMs: Date.now() });
        await consumer.disconnect().catch(() => undefined);
        await delay(1_000);
      }
    }
  };
  let current = start();
  await current;
  return {
    stop: async () => {
      stopping = true;
      await (await current).disconnect();
    },
  };
}

function consumerOf(spec: WorkloadSpec, { id, group, place }: Client): Consumer {
  const kafka = new Kafka({
    clientId: id,
    brokers: [...spec.clusters[place.consumers.cluster]],
    logLevel: logLevel.WARN,
  });
  return kafka.consumer({ groupId: group, sessionTimeout: SESSION_MS, heartbeatInterval: SESSION_MS / 8 });
}

async function run(
  consumer: Consumer,
  { id, group, topics, place }: Client,
  work: () => Promise<void>,
  log: Log,
): Promise<void> {
  const { cluster } = place.consumers;
  let joined = false;
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    const atMs = Date.now();
    log({ at: 'note', client: id, text: `assigned ${JSON.stringify(payload.memberAssignment)} on ${cluster}`, atMs });
    if (!joined) log({ at: 'adopted', client: id, role: 'consumer', revision: place.revision, atMs });
    joined = true;
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [...topics], fromBeginning: false });
  const eachMessage = async ({ topic, partition, message }: EachMessagePayload): Promise<void> => {
    await work();
    log({
      at: 'processed',
      group,
      member: id,
      cluster,
      topic,
      partition,
      offset: message.offset,
      producer: String(message.headers?.['producer']),
      seq: Number(message.headers?.['seq']),
      key: String(message.key),
      atMs: Date.now(),
      revision: place.revision,
    });
  };
  await consumer.run({ eachMessage, autoCommitInterval: 500, autoCommitThreshold: COMMIT_EVERY_RECORDS });
}
