/** A client in a process of its own, so that it can be killed: `node client-process.ts <spec.json>`. Follows a file. */
import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createConsumer, createProducer, fileMemory, fileSource, type ClientAdopted } from '../../../client/index.ts';

export interface ClientProcessSpec {
  readonly role: 'producer' | 'consumer';
  readonly routing: string;
  readonly memory: string;
  readonly group: string;
  readonly topic: string;
  /** Told before each value that it makes, so that two lives of a producer do not make the same ones. */
  readonly life: string;
  readonly events: string;
}

export type ClientProcessEvent =
  | {
      readonly at: 'processed' | 'acknowledged';
      readonly cluster: string;
      readonly topic: string;
      readonly value: string;
    }
  | { readonly at: 'adopted'; readonly revision: number; readonly active: boolean }
  | { readonly at: 'problem'; readonly kind: string };

const spec = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as ClientProcessSpec;
/** Written at once: what was seen before a SIGKILL must be in the file. */
const note = (event: ClientProcessEvent) => appendFileSync(spec.events, `${JSON.stringify(event)}\n`);

const common = {
  pair: 'orders',
  clientSet: 'clients-k1',
  clientId: spec.role,
  source: fileSource(spec.routing, { pollSeconds: 0.2 }),
  memory: fileMemory(spec.memory),
  heartbeatSeconds: 0.5,
  adoption: {
    report: async ({ revision, active }: ClientAdopted) => note({ at: 'adopted', revision, active }),
  },
};
const onRoutingProblem = ({ kind }: { readonly kind: string }) => note({ at: 'problem', kind });

async function consume(): Promise<void> {
  const consumer = createConsumer({
    ...common,
    groupId: spec.group,
    commitMs: 1000,
    consumer: { sessionTimeout: 6000, heartbeatInterval: 500, maxWaitTimeInMs: 100 },
    hooks: {
      onRoutingProblem,
      onProcessed: ({ cluster, topic, message }) =>
        note({ at: 'processed', cluster, topic, value: String(message.value) }),
    },
  });
  await consumer.run({ eachMessage: async () => delay(10), autoCommitThreshold: 5 });
}

async function produce(): Promise<void> {
  const producer = createProducer({
    ...common,
    flushMs: 500,
    hooks: {
      onRoutingProblem,
      onAcknowledged: ({ cluster, topic, message }) =>
        note({ at: 'acknowledged', cluster, topic, value: String(message.value) }),
    },
  });
  await producer.connect();
  for (let n = 0; ; n += 1) {
    await producer.send({ topic: spec.topic, messages: [{ value: `${spec.life}-${n}` }] }).catch(() => undefined);
    await delay(20);
  }
}

await (spec.role === 'producer' ? produce() : consume());
