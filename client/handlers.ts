/** Wraps the application's handlers: counts what is in progress and tells what was processed. */
import type { Batch, EachBatchHandler, EachMessageHandler, KafkaMessage } from 'kafkajs';

export type Handler =
  | { readonly eachMessage: EachMessageHandler; readonly eachBatch?: never }
  | { readonly eachBatch: EachBatchHandler; readonly eachMessage?: never };

export interface ProcessedAt {
  readonly topic: string;
  readonly partition: number;
  readonly message: KafkaMessage;
}

/** How many handlers run now; `idle()` resolves when none does. */
export class InProgress {
  #running = 0;
  readonly #waiting = new Set<() => void>();

  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
      if (this.#running === 0) for (const resolve of this.#waiting) resolve();
    }
  }

  idle(): Promise<void> {
    return this.#running === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.add(resolve));
  }
}

/**
 * eachMessage: processed when the handler returned. eachBatch: processed up to each resolved offset, and the rest when
 * the handler returned, if kafkajs resolves the rest by itself (`eachBatchAutoResolve`, its default).
 */
export function watchedHandler(
  handler: Handler,
  autoResolve: boolean,
  inProgress: InProgress,
  onProcessed: (at: ProcessedAt) => void,
): Handler {
  const { eachMessage, eachBatch } = handler;
  if (eachMessage) {
    return {
      eachMessage: (payload) =>
        inProgress.during(async () => {
          await eachMessage(payload);
          onProcessed(payload);
        }),
    };
  }
  return {
    eachBatch: (payload) =>
      inProgress.during(async () => {
        const tellUpTo = teller(payload.batch, onProcessed);
        const resolveOffset = (offset: string) => {
          payload.resolveOffset(offset);
          tellUpTo(BigInt(offset));
        };
        await eachBatch({ ...payload, resolveOffset });
        if (autoResolve) tellUpTo(BigInt(payload.batch.lastOffset()));
      }),
  };
}

/** Tells each message of a batch once, in order, up to an offset. */
const teller = ({ topic, partition, messages }: Batch, onProcessed: (at: ProcessedAt) => void) => {
  let told = 0;
  return (upTo: bigint) => {
    for (; told < messages.length && BigInt(messages[told]!.offset) <= upTo; told += 1) {
      onProcessed({ topic, partition, message: messages[told]! });
    }
  };
};
