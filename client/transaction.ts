/**
 * One transaction of a producer's stay on one cluster.
 *
 * Invariant T: a transaction belongs to the cluster where it began. It is committed there or nowhere: a switch waits for
 * it within the flush bound, then aborts it if it can, and hands back what it held. Nothing of it is carried over.
 */
import type { ProducerBatch, ProducerRecord, RecordMetadata, Transaction } from 'kafkajs';
import type { Confirmed } from './confirmations.ts';
import { RecordsNotConfirmedError, type GivenRecord, type Outcome } from './errors.ts';
import type { HandedBack } from './hooks.ts';
import type { Leash } from './leash.ts';
import { messageOf } from './logging.ts';
import { settledWithin } from './timing.ts';
import { recordsOf } from './waiting-line.ts';

export interface FailoverTransaction {
  /** As in kafkajs. What fails here is not in the transaction for sure: abort it and begin another. */
  send(record: ProducerRecord): Promise<RecordMetadata[]>;
  sendBatch(batch: ProducerBatch): Promise<RecordMetadata[]>;
  /** Waits for its sends; resolves when all its records are committed. Rejects with a RecordsNotConfirmedError that carries all of them. */
  commit(): Promise<void>;
  /** Never rejects: what was not committed is aborted by the cluster after `transactionTimeout` at the latest. */
  abort(): Promise<void>;
  isActive(): boolean;
}

export interface TransactionSetup {
  readonly cluster: string;
  readonly revision: number;
  readonly leash: Leash;
  /** Sends within the transaction and says where each record went. */
  readonly deliver: (
    batch: ProducerBatch,
  ) => Promise<{ readonly metadata: RecordMetadata[]; readonly confirmed: readonly Confirmed[] }>;
  readonly onCommitted: (confirmed: readonly Confirmed[]) => void;
  readonly onNotCommitted: (error: RecordsNotConfirmedError) => void;
  /** kafkajs cannot go on after a commit, an abort or a send that failed: the stay is over. */
  readonly onBroken: (reason: Error) => void;
}

const ABORT_MS = 1000;

export class OpenTransaction implements FailoverTransaction {
  readonly #kafkajs: Transaction;
  readonly #setup: TransactionSetup;
  readonly #records: GivenRecord[] = [];
  readonly #confirmed: Confirmed[] = [];
  readonly #over = Promise.withResolvers<undefined>();
  readonly #cutShort = Promise.withResolvers<never>();
  #state: 'open' | 'ending' | 'over' = 'open';
  #endsBefore: number;
  #sendFailed = false;
  readonly #sends = new Set<Promise<unknown>>();

  constructor(kafkajs: Transaction, setup: TransactionSetup) {
    this.#kafkajs = kafkajs;
    this.#setup = setup;
    this.#endsBefore = setup.leash.endRequests();
    this.#cutShort.promise.catch(() => undefined);
  }

  /** Resolves when it is committed or aborted, or has failed to be. */
  get over(): Promise<unknown> {
    return this.#over.promise;
  }

  isActive(): boolean {
    return this.#state === 'open';
  }

  send({ topic, messages, ...settings }: ProducerRecord): Promise<RecordMetadata[]> {
    return this.sendBatch({ ...settings, topicMessages: [{ topic, messages }] });
  }

  async sendBatch(batch: ProducerBatch): Promise<RecordMetadata[]> {
    const records = recordsOf(batch);
    this.#requireOpen(records);
    this.#records.push(...records);
    const delivered = this.#setup.deliver(batch);
    this.#sends.add(delivered);
    try {
      const { metadata, confirmed } = await Promise.race([delivered, this.#cutShort.promise]);
      this.#confirmed.push(...confirmed);
      return metadata;
    } catch (error) {
      this.#sendFailed = true;
      if (error instanceof RecordsNotConfirmedError) throw error.concerning(records);
      throw this.#notCommitted('unsent', `${this.#setup.cluster} did not take the records: ${messageOf(error)}`, {
        records,
        cause: error,
      });
    }
  }

  async commit(): Promise<void> {
    this.#requireOpen(this.#records);
    this.#state = 'ending';
    await Promise.race([Promise.allSettled(this.#sends), this.#cutShort.promise]);
    if (this.#sendFailed) return this.#refuseCommit();
    this.#endsBefore = this.#setup.leash.endRequests();
    try {
      await Promise.race([this.#kafkajs.commit(), this.#cutShort.promise]);
      this.#setup.onCommitted(this.#confirmed);
    } catch (error) {
      if (error instanceof RecordsNotConfirmedError) throw error;
      const failure = this.#notCommitted(
        this.#outcome(),
        `${this.#setup.cluster} did not confirm the commit: ${messageOf(error)}`,
        { cause: error },
      );
      this.#setup.onNotCommitted(failure);
      this.#setup.onBroken(failure);
      throw failure;
    } finally {
      this.#finish();
    }
  }

  async abort(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    await this.#abort();
  }

  async #abort(): Promise<void> {
    try {
      await Promise.race([Promise.allSettled(this.#sends), this.#cutShort.promise]);
      await Promise.race([this.#kafkajs.abort(), this.#cutShort.promise]);
    } catch (error) {
      if (!(error instanceof RecordsNotConfirmedError))
        this.#setup.onBroken(new Error(`an abort failed: ${messageOf(error)}`, { cause: error }));
    } finally {
      this.#finish();
    }
    if (this.#sendFailed)
      this.#setup.onBroken(new Error(`${this.#setup.cluster} did not take a send of a transaction`));
  }

  /** At the end of the stay, before its sockets are cut: so that no open transaction holds up readers of the old cluster. */
  async giveUp(): Promise<void> {
    if (this.#state === 'over' || this.#outcome() === 'unknown') return;
    await settledWithin(this.#kafkajs.abort(), ABORT_MS);
    this.#endsBefore = this.#setup.leash.endRequests();
  }

  /** After the sockets are cut: every promise still open rejects with what became of the records. Null if none is. */
  cutShort(): HandedBack | null {
    if (this.#state === 'over') return null;
    const { cluster, revision } = this.#setup;
    const outcome = this.#outcome();
    this.#finish();
    const error = this.#notCommitted(outcome, `not committed on ${cluster} when the producer had to leave it`);
    this.#cutShort.reject(error);
    this.#setup.onNotCommitted(error);
    return this.#records.length === 0 ? null : { cluster, revision, outcome, records: this.#records };
  }

  /** Part of it is missing: as in Java, such a transaction can only be aborted. */
  async #refuseCommit(): Promise<never> {
    await this.#abort();
    const failure = this.#notCommitted('unsent', 'a send of the transaction had failed: it is aborted, not committed');
    this.#setup.onNotCommitted(failure);
    throw failure;
  }

  /** The cluster can only have committed if it was asked to. */
  #outcome(): Outcome {
    return this.#setup.leash.endRequests() === this.#endsBefore ? 'unsent' : 'unknown';
  }

  #finish(): void {
    this.#state = 'over';
    this.#over.resolve(undefined);
  }

  #requireOpen(records: readonly GivenRecord[]): void {
    if (this.#state === 'open') return;
    throw this.#notCommitted('unsent', 'the transaction is over: begin another one', { records });
  }

  #notCommitted(
    outcome: Outcome,
    sentence: string,
    { records = this.#records, cause }: { readonly records?: readonly GivenRecord[]; readonly cause?: unknown } = {},
  ): RecordsNotConfirmedError {
    const { cluster, revision } = this.#setup;
    return new RecordsNotConfirmedError(sentence, { outcome, cluster, revision, records }, cause);
  }
}
