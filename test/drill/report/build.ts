/** Makes the report of a run out of everything that is known about it. Pure: the same input gives the same report. */
import type { PairConfig } from '../../../core/config/schema.ts';
import { gaps } from '../checker/gaps.ts';
import { duplicateBound } from '../checker/repetitions.ts';
import type { Verdict } from '../checker/invariants.ts';
import { isMeaningful } from '../checker/meaningful.ts';
import type { RunRecord } from '../checker/records.ts';
import { roundNumbers } from '../checker/rounds.ts';
import type { LagPoint } from '../observer.ts';
import type { DrillOptions } from '../drill-options.ts';
import { clientLanes, clusterLanes, lagCurves, rates } from './lanes.ts';
import { REPORT_SCHEMA } from './shape.ts';
import type { Report } from './shape.ts';
import { timings } from './timings.ts';
import { SHAPED_BY, windowsInForce } from './windows.ts';

export interface ReportInput {
  readonly run: RunRecord;
  readonly verdict: Verdict;
  readonly curves: readonly LagPoint[];
  readonly config: PairConfig;
  readonly options: Pick<DrillOptions, 'trigger' | 'fail' | 'policy' | 'naive' | 'rounds' | 'wide' | 'exactlyOnce'>;
  /** What had to be set up, with the seconds it took. */
  readonly took: readonly (readonly [string, number])[];
  /** When the report is written; the run's end is in its marks. */
  readonly nowMs: number;
}

const EXAMPLES = 20;

export function buildReport(input: ReportInput): Report {
  const { run, verdict, config, options } = input;
  const { startedMs, endedMs } = run.marks;
  const { killedMs, restartedMs = null } = run.rounds[0]!;
  return {
    schema: REPORT_SCHEMA,
    writtenAt: new Date(input.nowMs).toISOString(),
    command: commandOf(options),
    options: {
      trigger: options.trigger,
      fail: options.fail,
      policy: options.policy,
      naive: options.naive,
      rounds: options.rounds,
      wide: options.wide,
      exactlyOnce: options.exactlyOnce,
    },
    passed: verdict.passed,
    provesNothingBecause: [...isMeaningful(run, verdict.facts, verdict.counts)],
    story: {
      pair: config.pair,
      failed: run.failed,
      refuge: run.refuge,
      movedSet: run.movedSet,
      topics: [...run.topics],
      remotePrefix: run.remotePrefix,
    },
    totals: totals(verdict),
    marks: { startedMs, killedMs, restartedMs, endedMs },
    figures: timings(run, 0).map(({ name, meaning, seconds }) => ({
      name,
      meaning,
      seconds: seconds ?? null,
      shapedBy: [...(SHAPED_BY[name] ?? [])],
    })),
    rounds: roundNumbers(run).map((round) => roundFigures(run, verdict, round)),
    windows: [...windowsInForce(config, run.movedSet)],
    groups: groupFigures(run, verdict),
    promises: verdict.findings.map(({ id, promise, holds, applies, sentence, examples }) => ({
      id,
      promise,
      holds,
      applies,
      sentence,
      examples: [...examples],
    })),
    clusters: [...clusterLanes(run)],
    clients: [...clientLanes(run)],
    routing: run.seen.map(({ set, ...value }) => ({ clientSet: set, ...value })),
    decisions: run.decisions
      .map(({ set, ...decision }) => ({ clientSet: set, ...decision }))
      .toSorted((a, b) => a.atMs - b.atMs),
    silences: gaps(run).map(({ who, fromMs, toMs, explainedBy }) => ({
      who,
      fromMs,
      toMs,
      explainedBy: explainedBy ?? null,
    })),
    rates: [...rates(run)],
    curves: [...lagCurves(input.curves, [run.failed, run.refuge])],
    positions: positions(run),
    setUp: input.took.map(([what, seconds]) => ({ what, seconds })),
  };
}

export function commandOf(options: ReportInput['options']): string {
  if (options.naive) return `npm run drill -- --naive --fail ${options.fail}`;
  const further = [
    ...(options.rounds === 1 ? [] : [` --rounds ${options.rounds}`]),
    ...(options.wide ? [' --wide'] : []),
    ...(options.exactlyOnce ? [' --exactly-once'] : []),
  ];
  return `npm run drill -- --trigger ${options.trigger} --fail ${options.fail} --policy ${options.policy}${further.join('')}`;
}

/** A record is lost if any group that is owed it never processed it. */
function totals({ facts, counts }: Verdict): Report['totals'] {
  const lost = new Set(counts.flatMap((c) => c.lost));
  return { acknowledged: facts.acknowledged.size, unknown: facts.unknown.size, tail: facts.tail.size, lost: lost.size };
}

const groupFigures = (run: RunRecord, verdict: Verdict): Report['groups'] =>
  verdict.counts.map((c) => ({
    group: c.group,
    owed: c.owed,
    processed: c.processed,
    lost: c.lost.length,
    late: c.late.length,
    repeated: c.duplicated,
    repeatedBound: roundNumbers(run).reduce((sum, round) => sum + duplicateBound(run, c.group, round), 0),
    outOfOrder: c.outOfOrder,
    extra: c.extra,
    tailOwed: c.tailOwed,
    tailAtHome: c.tailProcessedAtHome,
    lostExamples: c.lost.slice(0, EXAMPLES),
    lateExamples: c.late.slice(0, EXAMPLES),
  }));

function roundFigures(run: RunRecord, { facts, counts }: Verdict, round: number): Report['rounds'][number] {
  const { killedMs, restartedMs = null } = run.rounds[round]!;
  return {
    killedMs,
    restartedMs,
    tail: facts.rounds[round]!.tail.size,
    seconds: timings(run, round).map(({ seconds }) => seconds ?? null),
    groups: counts.map(({ group, rounds }) => {
      const { late, repeats, tailOwed, tailProcessedAtHome } = rounds[round]!;
      return {
        group,
        late: late.length,
        repeated: repeats.length,
        repeatedBound: duplicateBound(run, group, round),
        tailOwed,
        tailAtHome: tailProcessedAtHome,
      };
    }),
  };
}

const text = (offset: bigint | null): string | null => (offset === null ? null : String(offset));

const positions = (run: RunRecord): Report['positions'] =>
  run.stated.map((s) => ({
    epoch: s.epoch,
    group: s.group,
    topic: s.topic,
    partition: s.partition,
    homeCommit: text(s.homeCommit),
    seed: text(s.seed),
    remoteEnd: String(s.remoteEnd),
    drained: text(s.drained),
    restore: text(s.restore),
  }));
