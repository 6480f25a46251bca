/** What crosses the borders of the workflows: the input people type, the payload each step gets, the kinds each step returns. */
import * as z from 'zod';
import { EpochMs, Move, Phase, Reason, Slug, Trigger } from './primitives.ts';

/** Typed by hand in the console, by the CLI, or by a rule. By hand only pair, clientSet and reason are needed. */
export const WorkflowInput = z.strictObject({
  pair: Slug,
  clientSet: Slug,
  move: Move.optional(),
  reason: Reason,
  trigger: Trigger.default('manual'),
  /** The epoch the asker saw; a newer one means that somebody else has moved meanwhile. */
  expectedEpoch: z.number().int().nonnegative().optional(),
  force: z.boolean().default(false),
  acceptDataLoss: z.boolean().default(false),
  rebuiltHome: z.boolean().default(false),
  refugeLost: z.boolean().default(false),
  dryRun: z.boolean().default(false),
  requestedBy: z.string().min(1).max(200).default('unnamed'),
  /** Which alarm asked (trigger "alarm"). */
  alarm: z.string().optional(),
  incidentId: z.string().optional(),
  /** Set by reconcile and by operate "take-up": the open epoch whose execution no longer runs. */
  takeUp: z.number().int().positive().optional(),
  /** Set by operate "take-up": a person vouches that the execution of that epoch, of which nobody knows anything, runs no more. */
  takeUpBy: z.strictObject({ by: z.string().min(1).max(200), reason: Reason, inPlaceOf: z.string().min(1) }).optional(),
});
export type WorkflowInput = z.infer<typeof WorkflowInput>;

/** Payload of claim-move. `machine` says which workflow asks, so that a failback input in the failover machine is refused. */
export const ClaimMoveInput = z.object({
  machine: Move,
  input: z.unknown(),
  execution: z.string().min(1),
  startedAt: z.string().min(1),
  /** Only in "Claim move (after the approval)": the person who approved (or resumed). Absent = no approval has been given to this run. */
  approvedBy: z.string().min(1).optional(),
});
export type ClaimMoveInput = z.infer<typeof ClaimMoveInput>;

/** Payload of every step after the claim. */
export const StepInput = z.object({
  pair: Slug,
  clientSet: Slug,
  move: Move,
  epoch: z.number().int().positive(),
  execution: z.string().min(1),
  /** The name of the state as the operator reads it, e.g. "Publish routing (draining)": the key of stored step records. */
  stage: z.string().min(1),
  /** What this occurrence of the step is about. Failback publishes `returning` twice: for consumers, then for producers. */
  phase: Phase,
  target: z.enum(['consumers', 'producers', 'everyone']),
});
export type StepInput = z.infer<typeof StepInput>;

/** Payload of ask-operator (lambda:invoke.waitForTaskToken). */
export const AskOperatorInput = StepInput.extend({
  question: z.enum(['approval', 'hold']),
  taskToken: z.string().min(1),
  /** What failed or what refused, as the workflow saw it: the last result or the caught error. */
  because: z.unknown(),
});
export type AskOperatorInput = z.infer<typeof AskOperatorInput>;

/** The kinds each step may return. The workflow has an arrow for every one; anything else ends in Fail. */
export const STEP_KINDS = {
  'claim-move': [
    'claimed',
    'approval-needed',
    'already-handled',
    'stale',
    'refused',
    'declined',
    'unconfirmed',
    'invalid',
    'dry-run',
    'aborted',
    'held',
  ],
  'ask-operator': ['approve', 'reject', 'resume', 'abort', 'proceed'],
  'pin-positions': ['pinned', 'held', 'superseded'],
  'publish-routing': ['published', 'not-needed', 'undone', 'held', 'superseded'],
  'await-adoption': ['adopted', 'waiting', 'stragglers', 'undone', 'held', 'superseded'],
  'measure-drain': ['drained', 'draining', 'cut-over', 'keep-both', 'undone', 'held', 'superseded'],
  'restore-positions': ['restored', 'restored-alone', 'held', 'superseded'],
  'conclude-move': ['concluded', 'held', 'superseded'],
} as const;
export type StepName = keyof typeof STEP_KINDS;
export type StepKind<S extends StepName> = (typeof STEP_KINDS)[S][number];

/** Every step answers in this shape. `sentence` is for people, `reasons` names guards or partitions. */
export interface StepResult<S extends StepName> {
  readonly kind: StepKind<S>;
  readonly sentence: string;
  readonly reasons: readonly string[];
  /** Seconds until the next look, a whole number >= 1; read by a Wait state when the kind says to wait. */
  readonly waitSeconds: number;
}

/** claim-move's answer carries what later states refer to; `epoch` is 0 and names are empty where there is no claim. */
export interface ClaimMoveResult extends StepResult<'claim-move'> {
  readonly pair: string;
  readonly clientSet: string;
  readonly move: Move;
  readonly epoch: number;
  /** With `already-handled`: this start gave the approval that the open epoch waited for. */
  readonly approvalGiven?: true;
}

/** An open question to a person, stored until it is answered or replaced. */
export const OpenQuestion = z.object({
  question: z.enum(['approval', 'hold']),
  epoch: z.number().int().positive(),
  stage: z.string(),
  taskToken: z.string(),
  askedAtMs: EpochMs,
  expiresAtMs: EpochMs.optional(),
  sentence: z.string(),
  reasons: z.array(z.string()),
  /** Who has not been told of it yet; reconcile tells them. */
  untold: z.array(z.enum(['people', 'bus'])).optional(),
});
export type OpenQuestion = z.infer<typeof OpenQuestion>;
