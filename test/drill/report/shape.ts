/**
 * Shape of `drill-report/report.json`, version 1. A field may be added within a version; a reader of version 1 must be able
 * to read every file that says `"schema": 1`. Times are milliseconds since 1970, offsets are decimal strings, absent = null.
 */
import * as z from 'zod';
import { EpochMs, OffsetText, Phase } from '../../../core/contracts/primitives.ts';

export const REPORT_SCHEMA = 1;

const Count = z.number().int().nonnegative();
const Seconds = z.number();
const Span = { fromMs: EpochMs, toMs: EpochMs };

export const ClusterLane = z.object({
  alias: z.string(),
  part: z.enum(['home', 'refuge']).describe('Of the client set that the drill moves.'),
  spans: z.array(z.object({ ...Span, up: z.boolean() })),
});

export const ClientLane = z.object({
  client: z.string(),
  clientSet: z.string(),
  role: z.enum(['producer', 'consumer']),
  group: z.string().nullable(),
  places: z
    .array(
      z.object({
        ...Span,
        cluster: z.string(),
        revision: z.number().int(),
        doing: z
          .string()
          .describe('active, hold, or what is read: local, remote, both; "unknown" if that revision was never seen.'),
      }),
    )
    .describe('Where its adopted revision puts it.'),
  active: z
    .array(z.object({ ...Span, cluster: z.string() }))
    .describe('Where it really had records acknowledged or processed, pauses of up to a second included.'),
});

export const Curve = z.object({
  cluster: z.string(),
  group: z.string(),
  topic: z.string(),
  remote: z.boolean(),
  points: z
    .array(z.tuple([EpochMs, Count.nullable()]))
    .describe('Records between commit and end; null = could not be read, as of a cluster that is down.'),
});

export const RateLane = z.object({
  what: z.enum(['acknowledged', 'processed']),
  cluster: z.string(),
  topics: z.enum(['local', 'remote']),
  points: z.array(z.tuple([EpochMs, Count])).describe('Records in the second that begins here.'),
});

export const GroupFigures = z.object({
  group: z.string(),
  owed: Count.describe('Acknowledged records that the group must process.'),
  processed: Count,
  lost: Count,
  late: Count.describe('Copied before the outage, and processed only after the return.'),
  repeated: Count.describe('Processings beyond the first.'),
  repeatedBound: Count.describe('What was stated before anybody moved, plus the declared in-flight load.'),
  outOfOrder: Count,
  extra: Count.describe('Records of the other set that its members met at the refuge.'),
  tailOwed: Count,
  tailAtHome: Count,
  lostExamples: z.array(z.string()),
  lateExamples: z.array(z.string()),
});

export const WindowInForce = z.object({
  setting: z.string().describe('Path in the pair config.'),
  inForce: z.number(),
  production: z.number().describe('The default, where the config says nothing.'),
  meaning: z.string(),
});

export const Figure = z.object({
  name: z.string(),
  meaning: z.string(),
  seconds: Seconds.nullable().describe('null: it did not happen.'),
  shapedBy: z
    .array(z.string())
    .describe('Settings of `windows` that this figure cannot be shorter or longer than without.'),
});

export const RoundFigures = z.object({
  killedMs: EpochMs,
  restartedMs: EpochMs.nullable(),
  tail: Count,
  seconds: z.array(Seconds.nullable()).describe('How long each stage of `figures` took, in their order.'),
  groups: z.array(
    z.object({
      group: z.string(),
      late: Count,
      repeated: Count,
      repeatedBound: Count,
      tailOwed: Count,
      tailAtHome: Count,
    }),
  ),
});

export const Report = z.object({
  schema: z.literal(REPORT_SCHEMA),
  writtenAt: z.iso.datetime(),
  command: z.string().describe('Runs this drill again.'),
  options: z.object({
    trigger: z.enum(['automatic', 'manual', 'alarm']),
    fail: z.string(),
    policy: z.enum(['availability', 'per-key']),
    naive: z.boolean(),
    rounds: z.number().int().positive().default(1),
    wide: z.boolean().default(false),
    exactlyOnce: z.boolean().default(false),
  }),
  passed: z.boolean(),
  provesNothingBecause: z.array(z.string()).describe('Empty = the run was a real test.'),
  story: z.object({
    pair: z.string(),
    failed: z.string(),
    refuge: z.string(),
    movedSet: z.string(),
    topics: z.array(z.string()),
    remotePrefix: z.string(),
  }),
  totals: z.object({ acknowledged: Count, unknown: Count, tail: Count, lost: Count }),
  marks: z
    .object({ startedMs: EpochMs, killedMs: EpochMs, restartedMs: EpochMs.nullable(), endedMs: EpochMs })
    .describe('Kill and restart are those of the first round.'),
  figures: z.array(Figure).describe('Seconds are those of the first round.'),
  rounds: z
    .array(RoundFigures)
    .default([])
    .describe(
      'Each outage with what belongs to it, the first one included. Everything else is told over the whole run.',
    ),
  windows: z.array(WindowInForce),
  groups: z.array(GroupFigures),
  promises: z.array(
    z.object({
      id: z.string(),
      promise: z.string(),
      holds: z.boolean(),
      applies: z
        .boolean()
        .default(true)
        .describe('false: the run has nothing that the promise speaks of. It neither holds nor is broken then.'),
      sentence: z.string(),
      examples: z.array(z.string()),
    }),
  ),
  clusters: z.array(ClusterLane),
  clients: z.array(ClientLane),
  routing: z.array(
    z.object({
      clientSet: z.string(),
      region: z.string(),
      epoch: Count,
      revision: Count,
      phase: Phase,
      producers: z.object({ cluster: z.string(), state: z.string() }),
      consumers: z.object({ cluster: z.string(), read: z.string() }),
      atMs: EpochMs,
    }),
  ),
  decisions: z.array(
    z.object({
      clientSet: z.string(),
      epochSeen: Count,
      kind: z.string(),
      move: z.string(),
      trigger: z.string(),
      requestedBy: z.string(),
      sentence: z.string(),
      atMs: EpochMs,
    }),
  ),
  silences: z.array(z.object({ who: z.string(), ...Span, explainedBy: z.string().nullable() })),
  rates: z.array(RateLane),
  curves: z.array(Curve),
  positions: z
    .array(
      z.object({
        epoch: z.number().int().positive().default(1).describe('Of the move that was about to begin.'),
        group: z.string(),
        topic: z.string(),
        partition: Count,
        homeCommit: OffsetText.nullable(),
        seed: OffsetText.nullable(),
        remoteEnd: OffsetText,
        drained: OffsetText.nullable(),
        restore: OffsetText.nullable(),
      }),
    )
    .describe('Stated by the controller before it moved anybody.'),
  setUp: z.array(z.object({ what: z.string(), seconds: Seconds })),
});
export type Report = z.infer<typeof Report>;

/**
 * @param text of a report.json
 * @throws Error naming the first field that is not as documented, or the unknown version.
 */
export function readReport(text: string): Report {
  const value: unknown = JSON.parse(text);
  const schema = (value as { schema?: unknown } | null)?.schema;
  if (schema !== REPORT_SCHEMA)
    throw new Error(
      `report.json says schema ${JSON.stringify(schema)}; this program reads ${REPORT_SCHEMA}. Run the drill again.`,
    );
  const read = Report.safeParse(value);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  throw new Error(
    `report.json is not as documented at ${issue?.path.join('.') ?? '?'}: ${issue?.message ?? 'unknown'}`,
  );
}
