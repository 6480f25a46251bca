/** What applications may have to tell apart. Each says which value, why, and what to do. */
import type { Message } from 'kafkajs';

/** A record as the application gave it. */
export interface GivenRecord {
  readonly topic: string;
  readonly message: Message;
}

/**
 * unsent: certainly not written anywhere; sending it again makes no duplicate.
 * unknown: it may have been written to `cluster`; sending it again may make a duplicate, not sending it may lose it.
 */
export type Outcome = 'unsent' | 'unknown';

/** A send that was not confirmed. The records are back with the application, which decides what to do with them. */
export class RecordsNotConfirmedError extends Error {
  override readonly name = 'RecordsNotConfirmedError';
  readonly outcome: Outcome;
  /** Cluster they were being sent to; null if they never left the waiting line. */
  readonly cluster: string | null;
  /** Revision of the routing they were sent under; null if they never left the waiting line. */
  readonly revision: number | null;
  readonly records: readonly GivenRecord[];

  constructor(
    sentence: string,
    facts: Pick<RecordsNotConfirmedError, 'outcome' | 'cluster' | 'revision' | 'records'>,
    cause?: unknown,
  ) {
    super(sentence, { cause });
    this.outcome = facts.outcome;
    this.cluster = facts.cluster;
    this.revision = facts.revision;
    this.records = facts.records;
  }

  /** The same failure, as it concerns the sender of these records. */
  concerning(records: readonly GivenRecord[]): RecordsNotConfirmedError {
    const { outcome, cluster, revision } = this;
    return new RecordsNotConfirmedError(this.message, { outcome, cluster, revision, records }, this.cause);
  }
}

/** A consumer does not start, because its group has no committed position to start from. It tries again by itself. */
export class StartRefusedError extends Error {
  override readonly name = 'StartRefusedError';
}
