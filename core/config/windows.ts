/** Windows and thresholds are judged together: each is sensible only beside the others. */
import type { ConfigProblem } from './problem.ts';
import type { PairConfig } from './schema.ts';
import { detectionOf, rareLooksOf, untilAskedSeconds } from './detection.ts';

/** The sections that hold windows. */
type Windows = Pick<PairConfig, 'probe' | 'replication' | 'moves'>;

/** One thing that must hold between settings, and the sentence for when it does not. */
interface WindowRule {
  readonly path: string;
  readonly holds: (config: Windows) => boolean;
  /** After "is <value>; ". */
  readonly allowed: (config: Windows) => string;
}

const staleSeconds = ({ probe }: Windows): number => probe.staleIntervals * probe.intervalSeconds;
/** How old the newest look at a flow with a silent source becomes, before the next one is stored. */
const oldestRareLook = (config: Windows): number => {
  const { paceSeconds, ageSeconds } = rareLooksOf(config);
  return paceSeconds + ageSeconds;
};
/** Beyond it a person is asked before replication can tell. */
const latestFresh = (config: Windows): number =>
  Math.floor(
    10 * (config.replication.freshSeconds + untilAskedSeconds(config) - detectionOf(config).replicationSeconds),
  ) / 10;
/** As many successes as fit into the recovery time, the ones at both its ends included. */
const looksInRecovery = ({ probe }: Windows): number => Math.floor(probe.recoverSeconds / probe.intervalSeconds) + 1;

export const WINDOW_RULES: readonly WindowRule[] = [
  {
    // A window that holds fewer than three probes could be decided by one lost packet.
    path: 'probe.confirmSeconds',
    holds: ({ probe }) => probe.confirmSeconds > 2 * probe.intervalSeconds,
    allowed: ({ probe }) => `allowed: more than two probe intervals (${2 * probe.intervalSeconds})`,
  },
  {
    // While MirrorMaker 2 rebalances it copies nothing, which looks like a source that is gone.
    path: 'probe.confirmSeconds',
    holds: ({ probe, replication }) => probe.confirmSeconds > replication.rebalanceSeconds,
    allowed: ({ replication }) =>
      `allowed: more than replication.rebalanceSeconds (${replication.rebalanceSeconds}), the longest rebalance of MirrorMaker 2; declare a shorter one if yours is`,
  },
  {
    path: 'probe.suspectFailures',
    holds: ({ probe }) => probe.suspectFailures <= probe.windowSamples,
    allowed: ({ probe }) => `allowed: at most windowSamples (${probe.windowSamples}); it could never be reached`,
  },
  {
    path: 'probe.recoverSuccesses',
    holds: (config) => config.probe.recoverSuccesses <= looksInRecovery(config),
    allowed: (config) =>
      `allowed: at most ${looksInRecovery(config)}, the looks that fit into recoverSeconds (${config.probe.recoverSeconds}); it could never be reached`,
  },
  {
    path: 'probe.slowRungSeconds',
    holds: ({ probe }) => probe.slowRungSeconds === undefined || probe.slowRungSeconds < probe.rungTimeoutSeconds,
    allowed: ({ probe }) =>
      `allowed: less than rungTimeoutSeconds (${probe.rungTimeoutSeconds}); it could never be reached`,
  },
  {
    // A look at a cluster that hangs takes a rung's deadline longer and must not make the vantage look absent.
    path: 'probe.staleIntervals',
    holds: (config) => staleSeconds(config) >= config.probe.intervalSeconds + config.probe.rungTimeoutSeconds,
    allowed: ({ probe }) =>
      `allowed: at least ${Math.ceil(1 + probe.rungTimeoutSeconds / probe.intervalSeconds)}, so that a look that takes a whole rungTimeoutSeconds (${probe.rungTimeoutSeconds}) is not absent before the next one`,
  },
  {
    // The witness about a source that hangs must not come and go with each look at it.
    path: 'probe.staleIntervals',
    holds: (config) => config.probe.staleIntervals * config.replication.sampleIntervalSeconds >= oldestRareLook(config),
    allowed: (config) =>
      `allowed: at least ${Math.ceil(oldestRareLook(config) / config.replication.sampleIntervalSeconds)}, so that a look at a flow whose source is silent (${rareLooksOf(config).ageSeconds} s old when it is stored, ${rareLooksOf(config).paceSeconds} s before the next one begins) is not absent before the next one is stored`,
  },
  {
    path: 'replication.freshSeconds',
    holds: ({ replication }) => replication.freshSeconds >= 2,
    allowed: () => 'allowed: at least 2, two heartbeats of MirrorMaker 2',
  },
  {
    path: 'replication.freshSeconds',
    holds: ({ replication }) => replication.freshSeconds > replication.rebalanceSeconds,
    allowed: ({ replication }) =>
      `allowed: more than replication.rebalanceSeconds (${replication.rebalanceSeconds}), the longest rebalance of MirrorMaker 2; declare a shorter one if yours is`,
  },
  {
    // Whether remote topics still grow takes two looks.
    path: 'replication.freshSeconds',
    holds: ({ replication }) => replication.freshSeconds >= 2 * replication.sampleIntervalSeconds,
    allowed: ({ replication }) =>
      `allowed: at least two sampleIntervalSeconds (${2 * replication.sampleIntervalSeconds})`,
  },
  {
    // A source that hangs would be put to a person each time, although a moment later nothing is in doubt.
    path: 'replication.freshSeconds',
    holds: (config) => detectionOf(config).replicationSeconds <= untilAskedSeconds(config),
    allowed: (config) =>
      `allowed: at most ${latestFresh(config)}, so that replication can agree before a person is asked about what only the probes confirm; or a longer probe.confirmSeconds`,
  },
  {
    path: 'moves.confirmWithinSeconds',
    holds: (config) => config.moves.confirmWithinSeconds >= detectionOf(config).totalSeconds,
    allowed: (config) =>
      `allowed: at least ${detectionOf(config).totalSeconds}, the worst-case time of a detection; an alarm would give up before the probes can confirm it`,
  },
  {
    // Producers that never acknowledge would be stragglers before silence can show that they have left.
    path: 'moves.clientSilentSeconds',
    holds: ({ moves }) => moves.clientSilentSeconds < moves.adoptionSeconds,
    allowed: ({ moves }) =>
      `allowed: less than moves.adoptionSeconds (${moves.adoptionSeconds}), within which log ends have to stand still for so long to show that producers which never acknowledge have left; or a longer moves.adoptionSeconds`,
  },
];

export function windowProblems(config: Windows): readonly ConfigProblem[] {
  return WINDOW_RULES.filter((rule) => !rule.holds(config)).map(({ path, allowed }) => ({
    path,
    message: `is ${String(valueAt(config, path))}; ${allowed(config)}`,
  }));
}

const valueAt = (config: Windows, path: string): unknown =>
  path.split('.').reduce<unknown>((at, key) => (at as Readonly<Record<string, unknown>>)[key], config);
