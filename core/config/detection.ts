/** How long it takes, at worst, from the first failure of a cluster until a rule may start a move without a person. */
import type { PairConfig } from './schema.ts';

export interface Detection {
  /** In order, each begins when the one before has ended. */
  readonly stages: readonly { readonly what: string; readonly seconds: number }[];
  /** The probes' way, or replication's way if that takes longer. */
  readonly totalSeconds: number;
  /** Until replication says that nothing arrives any more; it runs beside the probes. */
  readonly replicationSeconds: number;
}

/** All times in seconds. The start of the workflow adds a few seconds of EventBridge and Step Functions. */
export function detectionOf({ probe, replication }: PairConfig): Detection {
  const { intervalSeconds: interval, rungTimeoutSeconds: timeout, windowSamples, suspectFailures } = probe;
  // A look that hangs longer than the interval is followed by the next one at a whole interval.
  const pace = Math.ceil(timeout / interval) * interval;
  const failures = Math.max(suspectFailures, Math.floor(windowSamples / 2) + 1);
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
  const witness = sum([replication.freshSeconds, replication.sampleIntervalSeconds, interval]);
  return { stages, totalSeconds: round(Math.max(probes, witness)), replicationSeconds: round(witness) };
}

export function describeDetection(config: PairConfig): string {
  const { stages, totalSeconds, replicationSeconds } = detectionOf(config);
  const parts = stages.map(({ what, seconds }) => `${round(seconds)} s ${what}`);
  return `from the first failure to a move without a person: at most ${totalSeconds} s and the start of a workflow (${parts.join(', ')}; beside it, ${replicationSeconds} s until replication agrees)`;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const round = (seconds: number): number => Math.round(seconds * 10) / 10;
