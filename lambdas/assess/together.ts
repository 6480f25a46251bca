/** What this pair tells the others in the table above the pairs, and whether too many of them look down together. */
import type { PairConfig } from '../../core/config/schema.ts';
import { PAIRS_TOGETHER_METRIC } from '../../core/contracts/environment.ts';
import type { OutageReport, StoredVerdict } from '../../core/contracts/tables.ts';
import { moveRulesOf } from '../../core/move/facts.ts';
import { clustersDown, isReportDue, judgeTogether } from '../../core/move/pairs.ts';
import { inTime } from '../gather/in-time.ts';
import type { AssessPorts } from './gather.ts';

/** A table that hangs must not hold up the news of an outage. */
const LIMIT_MS = 3_000;

/** Before the rules are told of an outage, so that whoever claims is seen by whoever claims next. Nothing here throws. */
export async function reportOutage(
  { shared, metrics, log }: Pick<AssessPorts, 'shared' | 'metrics' | 'log'>,
  config: PairConfig,
  { verdicts, nowMs }: { readonly verdicts: ReadonlyMap<string, StoredVerdict>; readonly nowMs: number },
): Promise<void> {
  if (shared === null) return;
  const { pair } = config;
  const told = async () => {
    const reports = await shared.reports();
    const previous = reports.find((report) => report.pair === pair);
    const own = reportOf(pair, clustersDown(Object.keys(config.clusters), verdicts), nowMs, previous);
    if (isReportDue(previous, own)) await shared.putReport(own);
    const rules = moveRulesOf(config).together;
    if (rules === undefined) return;
    const now = [...reports.filter((report) => report.pair !== pair), own];
    const { kind, sentence } = judgeTogether(now, { pair, nowMs, rules });
    metrics.put(PAIRS_TOGETHER_METRIC, kind === 'together' ? 1 : 0, 'Count', { pair });
    if (kind === 'together') log.warn('many pairs look down together: automatic starts ask a person', { sentence });
  };
  try {
    await inTime(LIMIT_MS, told);
  } catch (error) {
    // The guards find the same out for themselves, and refuse what no person starts.
    log.warn('the table above the pairs was not told what this pair sees', { error });
  }
}

/** When it was last seen down survives its recovery: the window ends it. */
function reportOf(
  pair: string,
  clusters: readonly string[],
  atMs: number,
  previous: OutageReport | undefined,
): OutageReport {
  const downAtMs = clusters.length > 0 ? atMs : previous?.downAtMs;
  return { pair, atMs, clusters: [...clusters], ...(downAtMs === undefined ? {} : { downAtMs }) };
}
