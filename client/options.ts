/** What producers and consumers have in common. */
import type { Routing } from '../core/contracts/routing.ts';
import type { AdoptionSink } from './adoption.ts';
import type { KafkaConfigFor } from './kafka-client.ts';
import type { Logger } from './logging.ts';
import type { RoutingMemory } from './memory.ts';
import type { RoutingSource } from './routing-source.ts';

export interface ClientOptions {
  readonly pair: string;
  readonly clientSet: string;
  /** Unique within the client set, one per process. The name on the cluster and in adoptions is `<clientSet>.<clientId>`, at most 1,000 bytes. */
  readonly clientId: string;
  readonly source: RoutingSource;
  /** How to reach a cluster; default: plain text, nothing special. */
  readonly kafka?: KafkaConfigFor;
  /** Remembers the newest routing value over restarts, for example `fileMemory(path)`. */
  readonly memory?: RoutingMemory;
  /** Default: ClientAdopted events on the bus of the control region. */
  readonly adoption?: AdoptionSink;
  /** Default: twice the poll interval, between 1 and 30 seconds. */
  readonly heartbeatSeconds?: number;
  readonly logger?: Logger;
  /** 0 <= x < 1, for jitter; replaceable for tests. */
  readonly random?: () => number;
}

export type ClientState = 'starting' | 'switching' | 'open' | 'holding' | 'refused' | 'stopped';

export interface ClientStatus {
  readonly state: ClientState;
  /** Newest routing adopted; null before the first. */
  readonly routing: Routing | null;
  /** Why it is not at work on the cluster that the routing names, as it was told last; null while it is, or is not to be. */
  readonly problem: string | null;
}
