/** Events on the project's bus. Only events that somebody consumes exist. Validated when sent and when received. */
import * as z from 'zod';
import { ClusterAlias, EpochMs, Move, Phase, Slug } from './primitives.ts';
import { Finding } from './readiness.ts';
import { TailReport } from './tail.ts';

export const EVENT_SOURCE = 'mm2-failover';
/** Clients announce themselves under a source of their own, so that their permission cannot forge an outage. */
export const CLIENT_EVENT_SOURCE = 'mm2-failover.client';

const incident = {
  pair: Slug,
  clientSet: Slug,
  cluster: ClusterAlias,
  epoch: z.number().int().nonnegative(),
  incidentId: z.string().min(1),
  observedAtMs: EpochMs,
  sentence: z.string().min(1),
};
const move = {
  pair: Slug,
  clientSet: Slug,
  epoch: z.number().int().nonnegative(),
  move: Move,
  observedAtMs: EpochMs,
  sentence: z.string().min(1),
};
/** A client's name ends the sort key of its adoption, which DynamoDB limits to 1,024 bytes. */
export const MAX_CLIENT_NAME_BYTES = 1_000;
const bytesOf = (text: string): number => new TextEncoder().encode(text).length;
export const isClientName = (name: string): boolean => name !== '' && bytesOf(name) <= MAX_CLIENT_NAME_BYTES;

const ClientName = z.string().refine(isClientName, {
  error: ({ input }) =>
    `has ${typeof input === 'string' ? bytesOf(input) : 0} bytes; allowed: 1 to ${MAX_CLIENT_NAME_BYTES}`,
});

const client = {
  pair: Slug,
  clientSet: Slug,
  role: z.enum(['producer', 'consumer']),
  clientId: ClientName,
  epoch: z.number().int().nonnegative(),
  revision: z.number().int().nonnegative(),
  observedAtMs: EpochMs,
};

export const EVENTS = {
  OutageConfirmed: z.object(incident),
  RecoveryConfirmed: z.object(incident),
  VerdictChanged: z.object({
    pair: Slug,
    subject: z.string().min(1),
    from: z.string(),
    to: z.string(),
    observedAtMs: EpochMs,
    sentence: z.string(),
  }),
  ReadinessChanged: z.object({
    pair: Slug,
    clientSet: Slug,
    ready: z.boolean(),
    observedAtMs: EpochMs,
    sentence: z.string(),
    /** The gravest first; `status` has them all. */
    findings: z.array(Finding.omit({ fix: true })).optional(),
  }),
  RoutingPublished: z.object({ ...move, revision: z.number().int().positive(), phase: Phase }),
  MoveHeld: z.object({ ...move, step: z.string(), cause: z.string() }),
  MoveFinished: z.object({
    ...move,
    outcome: z.enum(['done', 'undone', 'aborted', 'superseded']),
    /** What home held when it was left, what was found there, what was taken. Absent: nobody left it, or nothing is stored. */
    tail: TailReport.optional(),
  }),
  MoveRefused: z.object({ ...move, reasons: z.array(z.string()).min(1) }),
  /** Repeated as a heartbeat. `active` false: the client refuses to start (no committed position) or is between clusters. */
  ClientAdopted: z.object({
    ...client,
    active: z.boolean(),
    note: z.string().optional(),
    /** It was stopped in order: nobody waits for it any more. */
    left: z.boolean().optional(),
    /** Consumers: the group they belong to. */
    group: z.string().optional(),
  }),
  ClientStraggling: z.object({ ...client, sentence: z.string() }),
} as const;

export type EventName = keyof typeof EVENTS;
export type EventDetail<N extends EventName> = z.infer<(typeof EVENTS)[N]>;
export type DomainEvent = {
  readonly [N in EventName]: { readonly name: N; readonly detail: EventDetail<N> };
}[EventName];

export const eventSource = (name: EventName): string => (name === 'ClientAdopted' ? CLIENT_EVENT_SOURCE : EVENT_SOURCE);
