/** What people may ask of `operate`: from the command line, or typed into the console's Test button. */
import * as z from 'zod';
import { ClusterAlias, Mode, Move, Reason, Slug } from './primitives.ts';
import { ReadinessDocument } from './readiness.ts';
import { TailReport } from './tail.ts';

const by = z.string().min(1).max(200).default('unnamed').describe('Who asks; kept in the records.');
const note = z.string().max(500).optional();
/** Without a client set: the only one that this region controls, or all where the command says so. */
const clientSet = Slug.optional();
/** With an epoch an answer counts for that epoch only; the commands in notifications carry it. */
const epoch = z.number().int().positive().optional();
const common = { pair: Slug.optional(), by };
const pausedCluster = ClusterAlias.optional().describe(
  'Instead of a client set: every set that lives on this cluster or would go there. Neither of both: the pair.',
);
const everyPair = z
  .boolean()
  .default(false)
  .describe(
    'Instead of both: every pair that names the same shared table, as far as it is controlled from this region.',
  );
const answer = { ...common, clientSet, epoch, note };

const startFields = {
  ...common,
  clientSet,
  cluster: ClusterAlias.optional().describe('Instead of a client set: every set whose home is this cluster.'),
  move: Move.optional(),
  reason: Reason,
  expectedEpoch: z.number().int().nonnegative().optional(),
  force: z.boolean().default(false),
  acceptDataLoss: z.boolean().default(false),
  rebuiltHome: z.boolean().default(false),
  refugeLost: z.boolean().default(false),
};

export const OperateCommand = z.discriminatedUnion('command', [
  z.strictObject({ command: z.literal('status'), ...common, clientSet }),
  z.strictObject({
    command: z.literal('history'),
    ...common,
    clientSet,
    limit: z.number().int().min(1).max(100).default(10),
  }),
  z.strictObject({ command: z.literal('start'), ...startFields }),
  z.strictObject({ command: z.literal('dry-run'), ...startFields }),
  z.strictObject({ command: z.literal('approve'), ...answer }),
  z.strictObject({ command: z.literal('reject'), ...answer }),
  z.strictObject({ command: z.literal('resume'), ...answer, rebuiltHome: z.boolean().default(false) }),
  z.strictObject({ command: z.literal('abort'), ...answer }),
  z.strictObject({ command: z.literal('proceed'), ...answer }),
  z.strictObject({
    command: z.literal('refresh'),
    ...common,
    clientSet,
    reason: Reason,
    dryRun: z.boolean().default(false),
    firstStart: z
      .boolean()
      .default(false)
      .describe('Consumers may start without a position in a topic that joins: their applications allow it.'),
  }),
  z.strictObject({
    command: z.literal('undo'),
    ...common,
    clientSet,
    epoch,
    reason: Reason,
  }),
  z.strictObject({
    command: z.literal('take-up'),
    ...common,
    clientSet,
    epoch,
    reason: Reason,
  }),
  z.strictObject({
    command: z.literal('pause'),
    ...common,
    clientSet,
    cluster: pausedCluster,
    all: everyPair,
    reason: Reason,
    minutes: z
      .number()
      .positive()
      .max(7 * 24 * 60, 'at most a week; pause again if it takes longer'),
  }),
  z.strictObject({ command: z.literal('unpause'), ...common, clientSet, cluster: pausedCluster, all: everyPair }),
  z.strictObject({
    command: z.literal('mode'),
    ...common,
    clientSet,
    mode: Mode,
    reason: Reason,
  }),
  z.strictObject({ command: z.literal('acknowledge-cooldown'), ...common, clientSet, note }),
]);
export type OperateCommand = z.infer<typeof OperateCommand>;
export type OperateCommandName = OperateCommand['command'];
export type CommandNamed<N extends OperateCommandName> = Extract<OperateCommand, { command: N }>;

export const OPERATE_COMMANDS: readonly OperateCommandName[] = OperateCommand.options.map(
  (option) => option.shape.command.value,
);

/** The fields that a command cannot do without. */
export const neededFields = (name: OperateCommandName): readonly string[] =>
  OperateCommand.options
    .filter(({ shape }) => shape.command.value === name)
    .flatMap(({ shape }) => Object.entries<z.ZodType>(shape))
    .filter(([field, schema]) => field !== 'command' && !schema.safeParse(undefined).success)
    .map(([field]) => field);

/** A client set as `status` shows it. Times are ISO 8601. */
export const SetStatus = z.object({
  clientSet: Slug,
  home: ClusterAlias,
  refuge: ClusterAlias,
  /** null: reconcile has not published the first routing value yet. */
  phase: z.string().nullable(),
  epoch: z.number().int(),
  revision: z.number().int(),
  mode: z.string(),
  modeSetBy: z.string(),
  /** Every pause that stands over the set, the narrowest first; `what` says whose it is. */
  pauses: z.array(z.object({ what: z.string(), owner: z.string(), reason: z.string(), until: z.string() })).default([]),
  /** That and why it is not known whether every pair is paused: nothing is started without a person meanwhile. */
  pauseUnknown: z.string().optional(),
  /** What a refresh would change: the configuration says something else than clients were told. */
  refresh: z.array(z.string()).optional(),
  /** The last dry run or failover that went through. */
  rehearsed: z.string().optional(),
  cooldown: z.object({ epoch: z.number(), finishedAt: z.string(), acknowledgedBy: z.string().optional() }).optional(),
  open: z
    .object({
      epoch: z.number(),
      move: z.string(),
      trigger: z.string(),
      requestedBy: z.string(),
      reason: z.string(),
      approval: z.string(),
      published: z.boolean(),
      execution: z.string(),
      claimedAt: z.string(),
      stage: z.string().optional(),
    })
    .optional(),
  question: z
    .object({
      question: z.string(),
      epoch: z.number(),
      stage: z.string(),
      askedAt: z.string(),
      expiresAt: z.string().optional(),
      sentence: z.string(),
      reasons: z.array(z.string()),
      commands: z.array(z.string()),
    })
    .optional(),
  verdicts: z.array(
    z.object({ subject: z.string(), kind: z.string(), since: z.string(), judgedAt: z.string(), sentence: z.string() }),
  ),
  /** Of the newest move that left home. Absent: none did, or an older release stored it. */
  tail: TailReport.optional(),
  /** Absent while nobody has judged it, or it is of a version that judged less. */
  readiness: ReadinessDocument.optional(),
  clients: z.array(
    z.object({
      role: z.string(),
      clientId: z.string(),
      revision: z.number(),
      active: z.boolean(),
      heard: z.string(),
      note: z.string().optional(),
    }),
  ),
  regions: z.array(z.object({ region: z.string(), holds: z.string() })),
});
export type SetStatus = z.infer<typeof SetStatus>;

export const HistoryEntry = z.object({
  at: z.string(),
  clientSet: Slug,
  epochSeen: z.number(),
  /** `setting`: a person set something. `routing`: a routing value was refreshed, or written or taken over by reconcile. */
  about: z.enum(['move', 'setting', 'routing']).default('move'),
  /** Only where it is about a move. */
  move: z.string().optional(),
  trigger: z.string(),
  requestedBy: z.string(),
  kind: z.string(),
  sentence: z.string(),
  reasons: z.array(z.string()),
});
export type HistoryEntry = z.infer<typeof HistoryEntry>;

export const OperateAnswer = z.object({
  /** `done`: it was done or answered. `nothing`: there was nothing to do. `refused`: not now, or not here. `invalid`: not understood. */
  kind: z.enum(['done', 'nothing', 'refused', 'invalid']),
  /** For people. */
  sentence: z.string(),
  reasons: z.array(z.string()).optional(),
  sets: z.array(SetStatus).optional(),
  decisions: z.array(HistoryEntry).optional(),
  /** Executions that were started. */
  executions: z.array(z.string()).optional(),
});
export type OperateAnswer = z.infer<typeof OperateAnswer>;
