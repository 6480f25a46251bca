/** How long it takes, at worst, from the first failure of a cluster until a rule may start a move without a person. */
import { CALL_SECONDS } from '../contracts/environment.ts';
import type { Mode } from '../contracts/primitives.ts';
import { vantages } from './pair.ts';
import type { PairConfig } from './schema.ts';

/** The sections that a detection depends on. */
export type Detecting = Pick<PairConfig, 'probe' | 'replication'>;

export interface Detection {
  /** In order, each begins when the one before has ended. */
  readonly stages: readonly { readonly what: string; readonly seconds: number }[];
  /** The probes' way, or replication's way if that takes longer. */
  readonly totalSeconds: number;
  /** Until replication says that nothing arrives any more; it runs beside the probes. */
  readonly replicationSeconds: number;
}

export interface RareLooks {
  /** From one look's beginning to the next one's. */
  readonly paceSeconds: number;
  /** How old a look is when it is stored: what it waits for a silent cluster. No call of a look may take longer. */
  readonly ageSeconds: number;
}

/** Looks at a flow while one of its clusters is silent: a turn waits for a call to give up, and misses those due meanwhile. */
export function rareLooksOf({ replication: { sampleIntervalSeconds } }: Pick<PairConfig, 'replication'>): RareLooks {
  const ageSeconds = Math.min(CALL_SECONDS, sampleIntervalSeconds);
  const missed = Math.floor(ageSeconds / sampleIntervalSeconds);
  return { paceSeconds: (missed + 1) * sampleIntervalSeconds, ageSeconds };
}

/**
 * The first look that finds heartbeats stale corroborates if an earlier one after the loss saw the same ends; one that comes
 * first must wait for the next.
 */
function corroborationSeconds(config: Detecting): number {
  const { paceSeconds, ageSeconds } = rareLooksOf(config);
  const { freshSeconds } = config.replication;
  return sum([Math.max(freshSeconds, paceSeconds), paceSeconds, ageSeconds, config.probe.intervalSeconds]);
}

/** From the first failure until a person is asked at the earliest about an outage that nothing but the probes confirms. */
export const untilAskedSeconds = ({ probe }: Detecting): number =>
  (failuresToSuspect(probe) - 1) * probe.intervalSeconds + 2 * probe.confirmSeconds;

const failuresToSuspect = ({ windowSamples, suspectFailures }: PairConfig['probe']): number =>
  Math.max(suspectFailures, Math.floor(windowSamples / 2) + 1);

/** All times in seconds. The start of the workflow adds a few seconds of EventBridge and Step Functions. */
export function detectionOf(config: Detecting): Detection {
  const { probe } = config;
  const { intervalSeconds: interval, rungTimeoutSeconds: timeout, windowSamples } = probe;
  // A look that hangs longer than the interval is followed by the next one at a whole interval.
  const pace = Math.ceil(timeout / interval) * interval;
  const failures = failuresToSuspect(probe);
  const stages = [
    { what: 'until the next look', seconds: interval },
    { what: 'until that look gives up', seconds: timeout },
    { what: `until ${failures} of ${windowSamples} looks have failed`, seconds: (failures - 1) * pace },
    {
      what: 'until the suspicion has stood for the confirm time',
      seconds: Math.ceil(probe.confirmSeconds / pace) * pace,
    },
    { what: 'until the next judgement', seconds: interval },
  ];
  const probes = sum(stages.map((stage) => stage.seconds));
  const witness = corroborationSeconds(config);
  return { stages, totalSeconds: round(Math.max(probes, witness)), replicationSeconds: round(witness) };
}

export function describeDetection(config: PairConfig): string {
  const { stages, totalSeconds, replicationSeconds } = detectionOf(config);
  const parts = stages.map(({ what, seconds }) => `${round(seconds)} s ${what}`);
  return `from the first failure to ${endsOf(config)}: at most ${totalSeconds} s (${parts.join(', ')}; beside it, ${replicationSeconds} s until replication agrees)`;
}

/** What the rules do when they have detected an outage, by the configured mode of each client set. */
function endsOf(config: PairConfig): string {
  const sets = Object.entries(config.clientSets).map(([name, { mode }]) => ({ name, end: endOf(config, mode) }));
  const ends = [...new Set(sets.map(({ end }) => end))];
  const whose = (end: string) => sets.filter((set) => set.end === end).map(({ name }) => name);
  return ends.map((end) => (ends.length === 1 ? end : `${end} (${whose(end).join(', ')})`)).join(' or ');
}

function endOf(config: PairConfig, mode: Mode): string {
  if (mode === 'off' || mode === 'observe') return 'a verdict that moves nobody';
  return mode === 'automatic' && (vantages(config).length > 1 || config.probe.acceptSingleVantage)
    ? 'the start of a move without a person'
    : 'the start of a move that asks a person';
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const round = (seconds: number): number => Math.round(seconds * 10) / 10;
