/** Rules that need more than one field, each with the sentence a person gets. */
import { SCHEDULED_TIMEOUT_SECONDS } from '../contracts/environment.ts';
import { RUNGS } from '../contracts/observations.ts';
import { detectionOf } from './detection.ts';
import { names, own, placedSets, vetoHookOf } from './pair.ts';
import type { ConfigProblem } from './problem.ts';
import type { AlarmConfig, PairConfig } from './schema.ts';
import { windowProblems } from './windows.ts';
import { routingSizeProblems } from '../routing/size.ts';

/** A top-level field of the configuration. */
export type Section = keyof PairConfig;

/** What must hold between fields. It can be judged as soon as the sections that it looks at are sound. */
interface Rule {
  readonly looksAt: readonly Section[];
  readonly problems: (config: PairConfig) => readonly ConfigProblem[];
}

const rule = <S extends Section>(
  looksAt: readonly S[],
  problems: (config: Pick<PairConfig, S>) => readonly ConfigProblem[],
): Rule => ({ looksAt, problems });

const twoClusters = rule(['clusters'], ({ clusters }) => {
  const aliases = Object.keys(clusters);
  return aliases.length === 2
    ? []
    : [{ path: 'clusters', message: `has ${aliases.length} (${aliases.join(', ') || 'none'}); a pair is exactly two` }];
});

/** Copied from one cluster to the other and not changed: a set would be moved from a cluster to itself. */
const brokersApart = rule(['clusters'], ({ clusters }) => {
  const homes = new Map<string, string>();
  return Object.entries(clusters).flatMap(([alias, { bootstrapServers, controllerBootstrapServers = [] }]) =>
    [
      { field: 'bootstrapServers', addresses: bootstrapServers },
      { field: 'controllerBootstrapServers', addresses: controllerBootstrapServers },
    ].flatMap(({ field, addresses }) =>
      addresses.flatMap((address, i) => {
        const path = `clusters.${alias}.${field}.${i}`;
        const other = homes.get(address) ?? alias;
        homes.set(address, other);
        if (other !== alias) return [{ path, message: `is ${address}, a broker of ${other}; a pair is two clusters` }];
        return addresses.indexOf(address) < i ? [{ path, message: `is ${address}, which stands there before` }] : [];
      }),
    ),
  );
});

const atLeastOneSet = rule(['clientSets'], ({ clientSets }) =>
  Object.keys(clientSets).length > 0 ? [] : [{ path: 'clientSets', message: 'is empty; name at least one client set' }],
);

const homesExist = rule(['clusters', 'clientSets'], ({ clusters, clientSets }) =>
  Object.entries(clientSets)
    .filter(([, set]) => own(clusters, set.home) === undefined)
    .map(([name, set]) => ({
      path: `clientSets.${name}.home`,
      message: `is "${set.home}", which is no cluster of this pair; allowed: ${Object.keys(clusters).join(', ')}`,
    })),
);

const quoted = (names: readonly string[]): string => names.join(', ') || 'none';

const alarmsNameThings = rule(['alarms', 'clientSets', 'clusters'], ({ alarms, clientSets, clusters }) =>
  alarms.flatMap((alarm, i) => {
    const [field, name, known, what] =
      alarm.role === 'witness'
        ? (['cluster', alarm.cluster, clusters, 'cluster of this pair'] as const)
        : (['clientSet', alarm.clientSet, clientSets, 'client set'] as const);
    return own<unknown>(known, name) === undefined
      ? [
          {
            path: `alarms.${i}.${field}`,
            message: `is "${name}", which is no ${what}; allowed: ${quoted(Object.keys(known))}`,
          },
        ]
      : [];
  }),
);

/** One alarm may ask for several sets and speak about several clusters, but for each of them once. */
const alarmsOnce = rule(['alarms'], ({ alarms }) => {
  const about = (alarm: AlarmConfig) => (alarm.role === 'witness' ? alarm.cluster : alarm.clientSet);
  const idOf = (alarm: AlarmConfig) => `${alarm.role ?? 'trigger'} ${about(alarm)} ${alarm.name}`;
  return alarms.flatMap((alarm, i) =>
    alarms.findIndex((other) => idOf(other) === idOf(alarm)) < i
      ? [{ path: `alarms.${i}`, message: `repeats alarm "${alarm.name}" for "${about(alarm)}"; list it once` }]
      : [],
  );
});

const criticalTopicsAreTopics = rule(['clientSets'], ({ clientSets }) =>
  Object.entries(clientSets).flatMap(([name, { criticalTopics, topics }]) =>
    criticalTopics
      .filter((topic) => !topics.includes(topic))
      .map((topic) => ({
        path: `clientSets.${name}.criticalTopics`,
        message: `lists "${topic}", which is none of its topics; allowed: ${quoted(topics)}`,
      })),
  ),
);

/** A stack of the shared table takes its name from it, and must not meet the pair's own stacks and tables. */
const sharedTableIsNobodys = rule(['pair', 'shared'], ({ pair, shared }) => {
  const own = names.prefix(pair);
  return shared !== undefined && (shared.table === own || shared.table.startsWith(`${own}-`))
    ? [{ path: 'shared.table', message: `is "${shared.table}", a name of this pair's own; take "mm2-failover-shared"` }]
    : [];
});

/** A topic or group in two sets of one home would be moved by two owners. */
const noSharedOwnership = rule(['clientSets'], ({ clientSets }) => {
  const problems: ConfigProblem[] = [];
  const seen = new Map<string, string>();
  for (const [name, set] of Object.entries(clientSets)) {
    for (const [kind, id] of [
      ...set.topics.map((t) => ['topics', t] as const),
      ...set.groups.map((g) => ['groups', g.id] as const),
    ]) {
      const key = `${set.home} ${kind} ${id}`;
      const other = seen.get(key);
      if (other !== undefined)
        problems.push({
          path: `clientSets.${name}.${kind}`,
          message: `lists "${id}", which "${other}" of the same home lists too; one owner only`,
        });
      seen.set(key, name);
    }
  }
  return problems;
});

/** Left of the function's time for its start, the lease and storing what was seen. */
const BESIDE_THE_CLIMB_SECONDS = 10;

/** A climb that is cut off leaves no observation, and a cluster that hangs would look like a vantage that is silent. */
const climbFits = rule(['probe'], ({ probe: { rungTimeoutSeconds } }) => {
  const hasSeconds = SCHEDULED_TIMEOUT_SECONDS - BESIDE_THE_CLIMB_SECONDS;
  const mayTake = RUNGS.length * rungTimeoutSeconds;
  return mayTake <= hasSeconds
    ? []
    : [
        {
          path: 'probe.rungTimeoutSeconds',
          message: `a climb of ${RUNGS.length} rungs may take ${mayTake} s, and the function that climbs has ${hasSeconds} s; allowed: at most ${Math.floor((10 * hasSeconds) / RUNGS.length) / 10}`,
        },
      ];
});

/**
 * Home's last sample may be a whole sample interval old when the first look fails, and nothing newer comes while it is down. A
 * limit below that and the worst-case detection would refuse automatic failovers just because time passed.
 */
const lossFitsDetection = rule(['probe', 'replication', 'clientSets'], (config) => {
  const { totalSeconds } = detectionOf(config);
  const { sampleIntervalSeconds } = config.replication;
  const needed = Math.round(10 * (totalSeconds + sampleIntervalSeconds)) / 10;
  return Object.entries(config.clientSets).flatMap(([name, { rpo }]) =>
    rpo?.seconds !== undefined && rpo.seconds < needed
      ? [
          {
            path: `clientSets.${name}.rpo.seconds`,
            message: `is ${rpo.seconds}; a detection takes up to ${totalSeconds} s, and what was seen of home last may be ${sampleIntervalSeconds} s older (sampleIntervalSeconds), so automatic failovers would be refused though nothing is wrong; allowed: at least ${needed} and the seconds in which a workflow starts, or no rpo.seconds`,
          },
        ]
      : [],
  );
});

/** A hook that is lost together with home would veto every failover from there. */
const hooksOutliveHome = (config: PairConfig): readonly ConfigProblem[] =>
  placedSets(config).flatMap((placed) => {
    const arn = vetoHookOf(config, placed);
    const region = arn?.split(':')[3];
    return region === placed.homeRegion && placed.homeRegion !== placed.controlRegion
      ? [
          {
            path: placed.set.hooks?.veto === undefined ? 'hooks.veto' : `clientSets.${placed.name}.hooks.veto`,
            message: `lies in ${region}, the region of ${placed.home}: an outage of that region would veto the failover of "${placed.name}"; put a hook for this set into ${placed.controlRegion}`,
          },
        ]
      : [];
  });

/** A rule reaches functions of its own region only. The documents of SSM are looked up there too. */
const restartsWhereHeard = (config: PairConfig): readonly ConfigProblem[] =>
  placedSets(config).flatMap(({ name, set, controlRegion, homeRegion }) =>
    (
      [
        ['restart', controlRegion, `controls "${name}"`],
        ['restartAtHome', homeRegion, `leads "${name}" home while its refuge is lost`],
      ] as const
    ).flatMap(([field, allowed, does]) => {
      const hook = set.hooks?.[field];
      if (hook === undefined || !('function' in hook)) return [];
      const region = hook.function.split(':')[3]!;
      return region === allowed
        ? []
        : [
            {
              path: `clientSets.${name}.hooks.${field}.function`,
              message: `lies in ${region}; allowed: ${allowed}, which ${does} and hears RoutingPublished`,
            },
          ];
    }),
  );

/** CloudWatch Logs takes these and no other; it would refuse in the middle of a deploy. */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const logRetentionExists = rule(['logRetentionDays'], ({ logRetentionDays }) =>
  LOG_RETENTION_DAYS.includes(logRetentionDays)
    ? []
    : [
        {
          path: 'logRetentionDays',
          message: `is ${logRetentionDays}; CloudWatch Logs allows: ${LOG_RETENTION_DAYS.join(', ')}`,
        },
      ],
);

/** Without these nobody knows where a set lives, where it goes, or what its routing would be. */
const NAMES_FIT: readonly Rule[] = [twoClusters, homesExist];

const exactlyOnceReadsCommitted = rule(['replication'], ({ replication: { exactlyOnce, isolationLevel } }) =>
  exactlyOnce && isolationLevel === 'read_uncommitted'
    ? [
        {
          path: 'replication.isolationLevel',
          message:
            'is read_uncommitted and exactlyOnce is true; MirrorMaker 2 copies exactly once only what it reads committed: leave it out, or say read_committed',
        },
      ]
    : [],
);

const RULES: readonly Rule[] = [
  ...NAMES_FIT,
  brokersApart,
  atLeastOneSet,
  alarmsNameThings,
  alarmsOnce,
  criticalTopicsAreTopics,
  sharedTableIsNobodys,
  noSharedOwnership,
  rule(['probe', 'replication', 'moves'], windowProblems),
  climbFits,
  lossFitsDetection,
  logRetentionExists,
  exactlyOnceReadsCommitted,
];

/**
 * @param config its sections that are not in `unsound` are right by themselves
 * @param unsound sections with problems of their own; a rule that looks at one of them is left for later
 */
export function crossFieldProblems(config: PairConfig, unsound: readonly Section[] = []): readonly ConfigProblem[] {
  const judge = (rules: readonly Rule[]): readonly ConfigProblem[] =>
    rules
      .filter(({ looksAt }) => !looksAt.some((section) => unsound.includes(section)))
      .flatMap(({ problems }) => problems(config));
  const problems = judge(RULES);
  return unsound.length === 0 && judge(NAMES_FIT).length === 0
    ? [...problems, ...hooksOutliveHome(config), ...restartsWhereHeard(config), ...routingSizeProblems(config)]
    : problems;
}
