/** Rules that need more than one field, each with the sentence a person gets. */
import { SCHEDULED_TIMEOUT_SECONDS } from '../contracts/environment.ts';
import { RUNGS } from '../contracts/observations.ts';
import { own } from './pair.ts';
import type { ConfigProblem } from './problem.ts';
import type { PairConfig } from './schema.ts';
import { routingSizeProblems } from '../routing/size.ts';

type Rule = (config: PairConfig) => readonly ConfigProblem[];

const twoClusters: Rule = ({ clusters }) => {
  const aliases = Object.keys(clusters);
  return aliases.length === 2
    ? []
    : [{ path: 'clusters', message: `has ${aliases.length} (${aliases.join(', ') || 'none'}); a pair is exactly two` }];
};

const atLeastOneSet: Rule = ({ clientSets }) =>
  Object.keys(clientSets).length > 0 ? [] : [{ path: 'clientSets', message: 'is empty; name at least one client set' }];

const homesExist: Rule = ({ clusters, clientSets }) =>
  Object.entries(clientSets)
    .filter(([, set]) => own(clusters, set.home) === undefined)
    .map(([name, set]) => ({
      path: `clientSets.${name}.home`,
      message: `is "${set.home}", which is no cluster of this pair; allowed: ${Object.keys(clusters).join(', ')}`,
    }));

const alarmsNameSets: Rule = ({ alarms, clientSets }) =>
  alarms.flatMap((alarm, i) =>
    own(clientSets, alarm.clientSet) === undefined
      ? [
          {
            path: `alarms.${i}.clientSet`,
            message: `is "${alarm.clientSet}", which is no client set; allowed: ${Object.keys(clientSets).join(', ')}`,
          },
        ]
      : [],
  );

/** One alarm may ask for several sets, but for each of them once. */
const alarmsOnce: Rule = ({ alarms }) =>
  alarms.flatMap(({ name, clientSet }, i) =>
    alarms.findIndex((other) => other.name === name && other.clientSet === clientSet) < i
      ? [{ path: `alarms.${i}`, message: `repeats alarm "${name}" for "${clientSet}"; list it once` }]
      : [],
  );

/** A topic or group in two sets of one home would be moved by two owners. */
const noSharedOwnership: Rule = ({ clientSets }) => {
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
};

/** A confirm window that holds fewer than three probes could be decided by one lost packet. */
const windowsFit: Rule = ({ probe, replication }) => {
  const problems: ConfigProblem[] = [];
  if (probe.confirmSeconds < 2 * probe.intervalSeconds)
    problems.push({
      path: 'probe.confirmSeconds',
      message: `is ${probe.confirmSeconds}; allowed: at least two probe intervals (${2 * probe.intervalSeconds})`,
    });
  if (probe.suspectFailures > probe.windowSamples)
    problems.push({
      path: 'probe.suspectFailures',
      message: `is ${probe.suspectFailures}, more than windowSamples (${probe.windowSamples}); it could never be reached`,
    });
  if (replication.freshSeconds < 2)
    problems.push({
      path: 'replication.freshSeconds',
      message: `is ${replication.freshSeconds}; allowed: at least 2, two heartbeats of MirrorMaker 2`,
    });
  return problems;
};

/** Left of the function's time for its start, the lease and storing what was seen. */
const BESIDE_THE_CLIMB_SECONDS = 10;

/** A climb that is cut off leaves no observation, and a cluster that hangs would look like a vantage that is silent. */
const climbFits: Rule = ({ probe: { rungTimeoutSeconds } }) => {
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
};

/** CloudWatch Logs takes these and no other; it would refuse in the middle of a deploy. */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const logRetentionExists: Rule = ({ logRetentionDays }) =>
  LOG_RETENTION_DAYS.includes(logRetentionDays)
    ? []
    : [
        {
          path: 'logRetentionDays',
          message: `is ${logRetentionDays}; CloudWatch Logs allows: ${LOG_RETENTION_DAYS.join(', ')}`,
        },
      ];

const RULES: readonly Rule[] = [
  twoClusters,
  atLeastOneSet,
  homesExist,
  alarmsNameSets,
  alarmsOnce,
  noSharedOwnership,
  windowsFit,
  climbFits,
  logRetentionExists,
];

export function crossFieldProblems(config: PairConfig): readonly ConfigProblem[] {
  const problems = RULES.flatMap((rule) => rule(config));
  // Routing values can be made only of a configuration whose names fit together.
  return problems.length > 0 ? problems : routingSizeProblems(config);
}
