/** Schema of a pair's configuration. docs/config.md and the JSON Schema for editors are generated from it. */
import * as z from 'zod';
import { PreparationId } from '../contracts/readiness.ts';
import {
  ClusterAlias,
  DrainDeadlinePolicy,
  GroupMode,
  IncompleteHistory,
  Mode,
  OrderingPolicy,
  Region,
  Slug,
} from '../contracts/primitives.ts';
import { BrokerAddress } from '../contracts/routing.ts';

const seconds = (value: number, what: string) => z.number().positive().default(value).describe(`${what} Seconds.`);

const WEEK_SECONDS = 7 * 24 * 3600;
/** A workflow waits for a person at most this long; its execution itself ends after two weeks. */
const patience = (what: string) =>
  seconds(3600, what).unwrap().max(WEEK_SECONDS).default(3600).describe(`${what} Seconds, at most a week.`);

export const ConnectionSecurity = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('plaintext') }),
  z.strictObject({
    kind: z.literal('tls'),
    caSecretArn: z
      .string()
      .optional()
      .describe('Secret with {"ca"} (PEM): who signed the brokers. Default: the authorities that Node knows.'),
  }),
  z.strictObject({
    kind: z.literal('scram'),
    mechanism: z
      .enum(['scram-sha-256', 'scram-sha-512'])
      .default('scram-sha-512')
      .describe('As the user was created at the brokers.'),
    secretArn: z.string().describe('Secret with {"username","password"} and optionally "ca" (PEM).'),
  }),
  z.strictObject({
    kind: z.literal('mtls'),
    secretArn: z.string().describe('Secret with {"key","cert"} and optionally "ca" (PEM).'),
  }),
  z.strictObject({ kind: z.literal('msk-iam') }),
]);
export type ConnectionSecurity = z.infer<typeof ConnectionSecurity>;

/** What AWS gives things of EC2: a prefix and 8 or 17 hexadecimal digits. */
const ec2Id = (prefix: string) =>
  z
    .string()
    .regex(
      new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`),
      `an id such as "${prefix}-0a1b2c3d4e5f60001"; a parameter or a name is not looked up`,
    );

const Network = z.strictObject({
  vpcId: ec2Id('vpc').describe('The VPC that the functions run in.'),
  availabilityZones: z.array(z.string()).min(1).describe('Those of the subnets, in the same order.'),
  privateSubnetIds: z
    .array(ec2Id('subnet'))
    .min(1)
    .describe('Subnets with a way to the brokers, to DynamoDB (gateway endpoint) and to the secrets that are named.'),
  securityGroupIds: z
    .array(ec2Id('sg'))
    .min(1)
    .describe('Groups of the functions: the brokers must let them in, and they must be let out.'),
});

export const ClusterConfig = z.strictObject({
  region: Region.describe('Where the cluster runs; its stack lives there.'),
  bootstrapServers: z.array(BrokerAddress).min(1).describe('What clients get in their routing value.'),
  controllerBootstrapServers: z
    .array(BrokerAddress)
    .min(1)
    .optional()
    .describe('What our functions use, where it differs (another listener).'),
  auth: z.string().min(1).describe('Name of the credentials that clients resolve in their own region.'),
  security: ConnectionSecurity.default({ kind: 'plaintext' }).describe('How our functions authenticate.'),
  schemaRegistry: z
    .string()
    .optional()
    .describe('What clients get in their routing value; readiness compares the registries of both clusters.'),
  schemaRegistrySecretArn: z
    .string()
    .optional()
    .describe(
      'How readiness reads the registry: secret with {"username","password"} (basic auth), "ca" (PEM), or all three.',
    ),
  expectedClusterId: z.string().optional().describe('Refuse to act on any other cluster behind this address.'),
});
export type ClusterConfig = z.infer<typeof ClusterConfig>;

export const GroupConfig = z.strictObject({
  id: z.string().min(1).describe('`group.id` of the consumers.'),
  mode: GroupMode.default('shared').describe(
    'shared: the same id lives on both clusters; home-only; reads-remote: refuge members always read both topics.',
  ),
  offsetReset: z
    .enum(['latest', 'earliest'])
    .default('latest')
    .describe("Where a shared group without a commit starts in the refuge's own topic."),
  isolation: z
    .enum(['read_committed', 'read_uncommitted'])
    .optional()
    .describe(
      "How its consumers read: read_committed never meet what a producer aborted (kafkajs's default), read_uncommitted do (Java's default). Without it a move is held where nothing but aborted records is left before a fence.",
    ),
});
export type GroupConfig = z.infer<typeof GroupConfig>;

/** Kafka allows it, but JSON readers drop a field of this name: nothing that was seen of it could be kept. */
const TopicName = z
  .string()
  .min(1)
  .refine(
    (name) => name !== '__proto__',
    '"__proto__" cannot be a field of a stored record; this topic cannot be moved',
  );

const FunctionArn = z
  .string()
  .regex(/^arn:[\w-]+:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/, 'the ARN of a Lambda function');

const Hooks = z
  .strictObject({
    veto: FunctionArn.optional().describe(
      'Asked before a move is claimed; `{"veto": true, "reason": "..."}` or no answer refuses it.',
    ),
  })
  .describe('Functions of yours; those of a client set go before those of the pair.');

export const RestartHook = z.union([
  z.strictObject({
    function: FunctionArn.describe('It gets the event RoutingPublished.'),
  }),
  z.strictObject({
    automation: z
      .string()
      .regex(/^[\w.-]{3,128}$/, 'the name of an SSM Automation document')
      .describe('Name of an SSM Automation document in the region of the hook.'),
    role: z
      .string()
      .regex(/^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/, 'the ARN of a role')
      .describe('The role that the automation acts as, passed as `AutomationAssumeRole`.'),
    parameters: z
      .record(z.string(), z.array(z.string()).min(1))
      .default({})
      .describe('Further parameters of the document, each a list of strings.'),
  }),
]);
export type RestartHook = z.infer<typeof RestartHook>;

const SetHooks = Hooks.extend({
  restart: RestartHook.optional().describe(
    'Called at each RoutingPublished of the set, for applications that read their plain parameters only when they start: a Lambda `function`, or an SSM `automation`.',
  ),
  restartAtHome: RestartHook.optional().describe(
    "The same in the region of the set's home, from where a set is led that goes home while its refuge is lost. Without it such applications hear nothing of that way home.",
  ),
}).describe('Functions of yours; those of a client set go before those of the pair.');

export const ClientSetConfig = z.strictObject({
  home: ClusterAlias.describe('Alias of the cluster that the clients belong to; the other one is their refuge.'),
  topics: z
    .array(TopicName)
    .min(1)
    .describe(
      'Topics that the clients write and read, by their name at home. All of them must exist on both clusters.',
    ),
  criticalTopics: z
    .array(TopicName)
    .default([])
    .describe('Those of `topics` of which one lost partition is enough to ask a person for a failover.'),
  groups: z.array(GroupConfig).min(1).describe('Consumer groups that move with the set.'),
  mode: Mode.default('approve').describe('Initial mode; changed at run time by operate, never by a deploy.'),
  failback: z
    .enum(['approve', 'automatic', 'manual'])
    .default('approve')
    .describe(
      'How a set comes home when its home has been well for moves.failbackDwellSeconds. approve: the way home is started and asks a person; automatic: it is started and asks nobody, unless a guard does; manual: nothing is started, a person starts it (`start --move failback`).',
    ),
  ordering: OrderingPolicy.default('availability').describe(
    'What producers do while consumers finish the remote topic. availability: they write at the refuge at once, and records of one key may be processed before older ones that are still in the remote topic; per-key: they hold until that is done, order per key is kept, and the wait is the price.',
  ),
  drainDeadline: z
    .strictObject({
      afterSeconds: seconds(
        1800,
        'How long consumers may take to finish the remote topic; in a switchover and on the way home as long for what lies before the fence, after which the move is held, whatever `then` says.',
      ),
      then: DrainDeadlinePolicy.default('hold').describe(
        'hold: wait for a person; cut-over: go on to the local topic, what remains unread is told; keep-both: read both topics, without order between them.',
      ),
    })
    .prefault({})
    .describe('What happens when consumers do not finish the remote topic.'),
  incompleteHistory: IncompleteHistory.default('log-start').describe(
    'Where offset syncs are missing and the remote topic does not prove that they hide no re-send which was cut short: begin at its log start (repetitions), or accept the translation (records may be skipped).',
  ),
  rpo: z
    .strictObject({
      records: z.number().int().nonnegative().optional().describe('Most records that may be left behind at home.'),
      seconds: z.number().positive().optional().describe('Oldest that a record left behind may be. Seconds.'),
    })
    .refine(({ records, seconds }) => records !== undefined || seconds !== undefined, 'say records, seconds or both')
    .optional()
    .describe('A failover that may leave more behind, or nobody knows how much, needs a person who accepts that.'),
  hooks: SetHooks.optional(),
  remoteNames: z
    .record(z.string(), z.string())
    .optional()
    .describe('Home topic -> remote topic, where the prefix rule does not hold.'),
  clientRegions: z
    .array(Region)
    .min(1)
    .optional()
    .describe('Regions whose parameters clients read. Default: refuge (control) and home region.'),
  pollSeconds: z
    .number()
    .positive()
    .default(5)
    .describe('How often clients read their routing. SSM reads are shared by the account.'),
  assumeProducersAdoptedAfterSeconds: z
    .number()
    .positive()
    .optional()
    .describe(
      'Producers that never acknowledge count as moved so long after a publish: the longest that yours take to follow, restart included. 1 for a set without producers. Seconds. Without it the log ends have to stand still where they leave, which they do not where others write to the same topics.',
    ),
});
export type ClientSetConfig = z.infer<typeof ClientSetConfig>;

const alarmName = z.string().min(1).max(255).describe('CloudWatch alarm name.');

const TriggerAlarm = z.strictObject({
  role: z.literal('trigger').optional(),
  name: alarmName,
  clientSet: Slug.describe('The set for which it asks.'),
  starts: z
    .enum(['automatic', 'approval'])
    .default('approval')
    .describe('Whether the alarm may start a move by itself or only ask.'),
});
export type TriggerAlarm = z.infer<typeof TriggerAlarm>;

const WitnessAlarm = z.strictObject({
  role: z.literal('witness'),
  name: alarmName,
  cluster: ClusterAlias.describe('Alias of the cluster that it is about.'),
  says: z
    .enum(['down', 'alive'])
    .describe(
      'What it says while it is in ALARM. `down` corroborates an outage where replication cannot tell, `alive` vetoes one. In any other state, or unreadable, it abstains.',
    ),
  region: Region.optional().describe("Where the alarm is. Default: the other cluster's region."),
});
export type WitnessAlarm = z.infer<typeof WitnessAlarm>;

export const AlarmConfig = z.discriminatedUnion('role', [TriggerAlarm, WitnessAlarm]);
export type AlarmConfig = z.infer<typeof AlarmConfig>;

export const ProbeRules = z.strictObject({
  intervalSeconds: seconds(10, 'Distance of two climbs of the ladder.'),
  rungTimeoutSeconds: seconds(3, 'Deadline of one rung.'),
  slowRungSeconds: z
    .number()
    .positive()
    .optional()
    .describe(
      'A write, read or commit of the canary that takes longer is slow; often enough it makes GRAY_FAILURE. Default: two thirds of rungTimeoutSeconds. Seconds.',
    ),
  windowSamples: z.number().int().min(2).default(6).describe('Samples looked at for suspicion.'),
  suspectFailures: z
    .number()
    .int()
    .min(1)
    .default(3)
    .describe('Failures in the window that make a suspicion (and more than successes).'),
  confirmSeconds: seconds(60, 'How long a suspicion must stand before it is a fact.'),
  recoverSeconds: seconds(600, 'Without any failure for this long = recovered.'),
  recoverSuccesses: z.number().int().min(1).default(30).describe('And at least so many successes.'),
  staleIntervals: z.number().min(2).default(3).describe('An observation older than this many intervals is absent.'),
  partialLimitShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe(
      "In a PARTIAL_OUTAGE a person is asked when more than this share of a client set's partitions (or groups) does not serve, or a critical topic is hit.",
    ),
  acceptSingleVantage: z.boolean().default(false).describe('Allow automatic moves although only one vantage probes.'),
});

export const ReplicationRules = z.strictObject({
  separator: z
    .string()
    .min(1)
    .default('.')
    .describe('Between the alias and the topic in the name of a remote topic, as MirrorMaker 2 has it.'),
  internalSeparator: z
    .boolean()
    .default(true)
    .describe(
      'replication.policy.internal.topic.separator.enabled: whether the offset-syncs and checkpoints topics are named with `separator` too. Of no effect with ".". `false` also for MirrorMaker 2 before 3.1, which always has dots there.',
    ),
  offsetSyncsLocation: z
    .enum(['target', 'source'])
    .default('target')
    .describe('offset-syncs.topic.location, equal for both flows.'),
  exactlyOnce: z
    .boolean()
    .default(false)
    .describe(
      'Both flows run with exactly.once.source.support = enabled: no record is ever copied twice, so fewer are read again. Where the newest copy was not written in a transaction, the flow is taken as a plain one.',
    ),
  isolationLevel: z
    .enum(['read_uncommitted', 'read_committed'])
    .optional()
    .describe(
      'consumer.isolation.level of MirrorMaker 2 at both sources, where it says one. Without it: read_committed with `exactlyOnce`, which needs it, otherwise read_uncommitted, the default of Kafka. A flow that reads committed copies nothing that was aborted, and waits for open transactions.',
    ),
  sampleIntervalSeconds: seconds(15, 'Distance of two looks at a flow.'),
  freshSeconds: seconds(45, 'A heartbeat older than this is stale.'),
  rebalanceSeconds: seconds(
    30,
    "Longest rebalance of MirrorMaker 2's workers, as you declare it: nothing is copied meanwhile. Windows must be longer.",
  ),
  lagLimitRecords: z
    .number()
    .int()
    .nonnegative()
    .default(100_000)
    .describe('More records that are not copied yet than this: REPLICATION_LAGGING.'),
  mirrorMakerVersion: z
    .string()
    .regex(/^\d+\.\d+(\.\d+)?$/, 'a version such as "3.9.1"')
    .optional()
    .describe('Kafka version that MirrorMaker 2 runs from. Nobody can see it from outside: readiness goes by this.'),
});

const Explanation = z.strictObject({
  finding: PreparationId.describe('Id of the finding, as `status` shows it.'),
  subject: z.string().min(1).describe('Its subject, as `status` shows it; "*" = whatever it is about.'),
  because: z.string().min(3, 'say why, in a few words').max(300).describe('Why it is meant; shown with it.'),
});

export const ReadinessRules = z.strictObject({
  everySeconds: seconds(300, 'How often settings, ACLs and schemas of both sides are compared.'),
  longestOutageSeconds: seconds(
    WEEK_SECONDS,
    'The longest outage after which a failback must still find its offset syncs: they are to be kept from compaction for this long.',
  ),
  subjects: z
    .array(z.string().min(1))
    .default(['{topic}-key', '{topic}-value'])
    .describe('Schema subjects of a protected topic; `{topic}` stands for its name.'),
  explained: z
    .array(Explanation)
    .default([])
    .describe('Differences that are meant: they are shown with the reason and warn nobody.'),
});

export const MoveRules = z.strictObject({
  confirmWithinSeconds: seconds(300, 'How long an alarm start waits for the probes to confirm.'),
  approvalSeconds: patience('An approval asked for expires after this.'),
  holdReminderSeconds: patience('A hold is announced again after this.'),
  adoptionSeconds: seconds(180, 'How long to wait for clients before naming stragglers.'),
  clientSilentSeconds: seconds(
    120,
    'A client not heard of for this long before the claim is not expected. So long log ends have to stand still to show that producers which never acknowledge have left, which is why it is less than adoptionSeconds.',
  ),
  pollSeconds: z
    .number()
    .int()
    .min(1)
    .default(5)
    .describe('Pause between two looks of a waiting workflow. Whole seconds.'),
  drainStallSeconds: seconds(120, 'No progress for this long = stalled.'),
  stableSeconds: seconds(
    5,
    'Two equal samples at least this far apart make "drained" stable; at least one commit interval.',
  ),
  cooldownSeconds: seconds(3600, 'After an automatic failover, until a person acknowledges.'),
  automaticPerDay: z
    .number()
    .int()
    .min(1)
    .default(2)
    .describe('Automatic failovers of a set within 24 hours; the next one is refused until a person acknowledges.'),
  failbackDwellSeconds: seconds(1800, 'Home must be healthy this long before going back.'),
  seedIntervalSeconds: seconds(60, 'How often seeds are renewed.'),
  copyIntervalSeconds: seconds(60, 'How often control records are copied to the home region.'),
  vetoSeconds: z
    .number()
    .positive()
    .max(12)
    .default(5)
    .describe(
      'How long a veto hook may take to answer. Seconds, at most 12: the step that asks has other things to do in its 30.',
    ),
  setsAtOnce: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('Client sets of one controlling region that may move at once without a person. Default: no limit.'),
  rehearsalDays: z
    .number()
    .positive()
    .optional()
    .describe(
      'Without a dry run or a failover that went through within so many days a person is asked. Default: not asked for.',
    ),
  lagLimitSeconds: seconds(60, 'How old the newest look at replication may be for guards that use it.'),
});

export const SharedRules = z.strictObject({
  table: z
    .string()
    .regex(/^[a-z][a-z0-9-]{2,99}$/, 'lower case letters, digits and hyphens, for example "mm2-failover-shared"')
    .describe(
      'Table above the pairs, one per region, made by a stack of its own (`cdk deploy --context shared=true`). Every pair that names it stops automation while `pause --all` stands, and starts nothing by itself while the table cannot be read.',
    ),
  pairsAtOnce: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe(
      'Pairs that may move at once without a person, as far as they are controlled from one region. Default: no limit.',
    ),
  downTogether: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe(
      'While more than this share of the pairs, and more than one, have reported a cluster as confirmed down within five minutes, the observer is suspected: a person is asked before every start. Default: never.',
    ),
});

export const PairConfig = z.strictObject({
  schema: z.literal(1).describe('Version of this format.'),
  pair: Slug.describe('Name of the pair; it is part of the names of stacks, functions, tables and parameters.'),
  clusters: z.record(ClusterAlias, ClusterConfig).describe('Exactly two, by MirrorMaker 2 alias.'),
  clientSets: z
    .record(Slug, ClientSetConfig)
    .describe('Clients that live and move together, by a name that you choose; at least one.'),
  witnessRegions: z.array(Region).default([]).describe('Regions that only probe.'),
  alarms: z
    .array(AlarmConfig)
    .default([])
    .describe(
      'CloudWatch alarms. A `trigger` (the default role) asks for a failover of a client set; a `witness` starts nothing, its state is evidence about a cluster.',
    ),
  bus: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'letters, digits, ".", "_" and "-", 1 to 64')
    .refine(
      (name) => name !== 'default',
      'the default bus exists already and takes part in no stack; choose another name',
    )
    .optional()
    .describe(
      'Name of the EventBridge bus, one per pair and region. Default: mm2-failover-<pair>. Clients learn it from their routing value.',
    ),
  networks: z
    .record(Region, Network)
    .default({})
    .describe('VPC for the functions that speak Kafka, per region; none = outside a VPC.'),
  shared: SharedRules.optional().describe('Limits above the pairs. Absent: the pair knows of no other.'),
  hooks: Hooks.optional(),
  notifyEmails: z
    .array(z.email())
    .default([])
    .describe('Who is subscribed to the notifications; each confirms by mail.'),
  probe: ProbeRules.prefault({}).describe(
    'How clusters are looked at, and when that is a suspicion, a fact, a recovery.',
  ),
  replication: ReplicationRules.prefault({}).describe('How MirrorMaker 2 is set up and looked at.'),
  moves: MoveRules.prefault({}).describe('Times and limits of moves.'),
  readiness: ReadinessRules.prefault({}).describe('How often and by what both sides are compared.'),
  logRetentionDays: z.number().int().positive().default(90).describe('Of the log groups of all functions. Days.'),
});
export type PairConfig = z.infer<typeof PairConfig>;
