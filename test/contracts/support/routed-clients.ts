/** Clients of the library that note what they tell, for tests that look at them from outside. */
import type { EachBatchHandler } from 'kafkajs';
import {
  createConsumer,
  createProducer,
  type AcknowledgedRecord,
  type AssignedPartitions,
  type ClientAdopted,
  type ConsumerHooks,
  type ConsumerOptions,
  type FailoverConsumer,
  type FailoverProducer,
  type HandedBack,
  type MemorySource,
  type ProcessedRecord,
  type ProducerHooks,
  type ProducerOptions,
} from '../../../client/index.ts';

/** kafkajs learns of things at its heartbeat and after its fetches: both short. */
export const prompt = { heartbeatInterval: 200, maxWaitTimeInMs: 100 };

export interface Reader {
  readonly client: FailoverConsumer;
  readonly processed: ProcessedRecord[];
  readonly assigned: AssignedPartitions[];
  readonly adoptions: ClientAdopted[];
  readonly refusals: string[];
}

export interface ReaderOptions extends Partial<Omit<ConsumerOptions, 'hooks' | 'source' | 'groupId' | 'adoption'>> {
  readonly hooks?: Pick<ConsumerHooks, 'onBeforeSwitch' | 'onAfterSwitch'>;
  readonly handle?: (value: string) => Promise<void>;
  readonly autoCommit?: boolean;
  /** In place of `handle`, which resolves nothing by itself. */
  readonly eachBatch?: EachBatchHandler;
}

export interface Writer {
  readonly client: FailoverProducer;
  readonly acknowledged: AcknowledgedRecord[];
  readonly handedBack: HandedBack[];
  readonly adoptions: ClientAdopted[];
}

export interface WriterOptions extends Partial<Omit<ProducerOptions, 'source' | 'adoption' | 'onUnsent'>> {
  readonly hooks?: ProducerHooks;
}

/** Those that were made are disconnected by `close`. */
export function routedClients() {
  const open: { disconnect(): Promise<void> }[] = [];

  const reader = async (source: MemorySource, groupId: string, options: ReaderOptions = {}): Promise<Reader> => {
    const { hooks, handle, eachBatch, autoCommit = true, consumer, ...settings } = options;
    const seen = {
      processed: [] as ProcessedRecord[],
      assigned: [] as AssignedPartitions[],
      adoptions: [] as ClientAdopted[],
      refusals: [] as string[],
    };
    const client = createConsumer({
      pair: 'orders',
      clientSet: 'clients-k1',
      clientId: `reader-${groupId}`,
      groupId,
      source,
      commitMs: 1000,
      ...settings,
      adoption: { report: async (adoption) => void seen.adoptions.push(adoption) },
      consumer: { ...prompt, retry: { initialRetryTime: 100, retries: 2 }, ...consumer },
      hooks: {
        ...hooks,
        onProcessed: (record) => seen.processed.push(record),
        onAssigned: (assigned) => seen.assigned.push(assigned),
        onRefusedStart: ({ sentence }) => seen.refusals.push(sentence),
      },
    });
    open.push(client);
    await (eachBatch
      ? client.run({ eachBatch, eachBatchAutoResolve: false, autoCommit })
      : client.run({
          eachMessage: async ({ message }) => handle?.(String(message.value)),
          autoCommit,
          autoCommitInterval: 50,
        }));
    return { client, ...seen };
  };

  const writer = (source: MemorySource, { hooks, ...settings }: WriterOptions = {}): Writer => {
    const seen = {
      acknowledged: [] as AcknowledgedRecord[],
      handedBack: [] as HandedBack[],
      adoptions: [] as ClientAdopted[],
    };
    const client = createProducer({
      pair: 'orders',
      clientSet: 'clients-k1',
      clientId: 'writer',
      source,
      flushMs: 500,
      ...settings,
      adoption: { report: async (adoption) => void seen.adoptions.push(adoption) },
      hooks: { onAcknowledged: (record) => seen.acknowledged.push(record), ...hooks },
      onUnsent: (handedBack) => seen.handedBack.push(...handedBack),
    });
    open.push(client);
    return { client, ...seen };
  };

  return {
    reader,
    writer,
    /** For what else a test opens. */
    opened: (client: { disconnect(): Promise<void> }) => void open.push(client),
    close: async () => {
      await Promise.all(open.splice(0).map((client) => client.disconnect()));
    },
  };
}
