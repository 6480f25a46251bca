/** What the library tells the application. A hook that throws or rejects is logged and changes nothing. */
import type { KafkaMessage, Message } from 'kafkajs';
import type { Routing } from '../core/contracts/routing.ts';
import type { GivenRecord, Outcome } from './errors.ts';
import { messageOf, type Logger } from './logging.ts';
import { settledWithin } from './timing.ts';

export interface Switch {
  readonly role: 'producer' | 'consumer';
  readonly clientId: string;
  /** null at the first adoption of this process. */
  readonly from: Routing | null;
  readonly to: Routing;
}

/** Why a look at the routing did not lead to a switch. The client carries on unchanged. */
export type RoutingProblem =
  | {
      readonly kind: 'invalid';
      readonly region: string | null;
      readonly problems: readonly string[];
      readonly text: string;
    }
  | { readonly kind: 'missing'; readonly region: string | null }
  | { readonly kind: 'unreachable'; readonly region: string | null; readonly because: string }
  /** The revision in force was read with another content: somebody edited it by hand without raising the revision. */
  | { readonly kind: 'conflicting'; readonly region: string | null; readonly revision: number; readonly text: string }
  /** A starting consumer waits until it can read the region that decides. */
  | { readonly kind: 'waiting-for-control-region'; readonly controlRegion: string }
  /** The remembered value could not be read or written. */
  | { readonly kind: 'memory'; readonly because: string };

export interface ClientHooks {
  /** Before the old cluster is left. A promise is awaited for at most two seconds. */
  readonly onBeforeSwitch?: (change: Switch) => void | Promise<void>;
  /** The new cluster is open: producers may send (or hold, as told), consumers have joined. */
  readonly onAfterSwitch?: (change: Switch) => void | Promise<void>;
  readonly onRoutingProblem?: (problem: RoutingProblem) => void;
}

export interface AcknowledgedRecord {
  readonly cluster: string;
  readonly topic: string;
  readonly partition: number;
  /** null only if the broker recognised a repeat and did not say where the first one is. */
  readonly offset: bigint | null;
  /** Revision of the routing when the record was sent. */
  readonly revision: number;
  readonly message: Message;
}

export interface UnconfirmedRecord extends GivenRecord {
  readonly cluster: string | null;
  readonly revision: number | null;
  readonly because: string;
}

/** Sends that a switch cut short; each of their promises rejects with the same facts. */
export interface HandedBack {
  readonly cluster: string;
  readonly revision: number;
  readonly outcome: Outcome;
  readonly records: readonly GivenRecord[];
}

export interface ProducerHooks extends ClientHooks {
  /** Once per record, when the cluster acknowledged it. */
  readonly onAcknowledged?: (record: AcknowledgedRecord) => void;
  /** Once per record that was certainly not written. */
  readonly onFailed?: (record: UnconfirmedRecord) => void;
  /** Once per record that may or may not have been written. */
  readonly onUnknown?: (record: UnconfirmedRecord) => void;
}

export interface ProcessedRecord {
  readonly cluster: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly group: string;
  /** Member id within the group, given by the broker. */
  readonly member: string;
  /** Revision of the routing in force when it was processed. */
  readonly revision: number;
  readonly message: KafkaMessage;
}

export interface ConsumerHooks extends ClientHooks {
  /** Once per record, after the application's handler returned (eachBatch: when its offset was resolved). */
  readonly onProcessed?: (record: ProcessedRecord) => void;
  /** After each join: the partitions this member now owns, by topic. */
  readonly onAssigned?: (assignment: AssignedPartitions) => void;
  /** It does not start, and why. It tries again by itself. */
  readonly onRefusedStart?: (refusal: {
    readonly cluster: string;
    readonly revision: number;
    readonly sentence: string;
  }) => void;
}

export interface AssignedPartitions {
  readonly cluster: string;
  readonly group: string;
  readonly member: string;
  readonly revision: number;
  readonly partitions: Readonly<Record<string, readonly number[]>>;
}

/** Calls a hook that informs; its failure is logged. */
export function tell<T>(logger: Logger, hook: ((fact: T) => void) | undefined, fact: T): void {
  try {
    hook?.(fact);
  } catch (error) {
    logger.error(`a hook of the application threw: ${messageOf(error)}`);
  }
}

/** Calls a hook that may take a moment, for at most two seconds. */
export async function tellAndWait<T>(
  logger: Logger,
  hook: ((fact: T) => void | Promise<void>) | undefined,
  fact: T,
): Promise<void> {
  if (!hook) return;
  const called = (async () => hook(fact))().catch((error: unknown) =>
    logger.error(`a hook of the application failed: ${messageOf(error)}`),
  );
  if (!(await settledWithin(called, 2000)))
    logger.warn('a hook of the application took longer than 2 s; the switch goes on');
}
