/** What a run says. */
import type { MutantResult } from '@stryker-mutator/api/core';

export interface Score {
  readonly detected: readonly MutantResult[];
  /** Nobody noticed, or no test reaches it. */
  readonly missed: readonly MutantResult[];
  /** Left out, by their reason. */
  readonly leftOut: readonly MutantResult[];
  /** Could not be judged: it did not load, or the run broke. */
  readonly strange: readonly MutantResult[];
  /** 0 to 100; of nothing it is 0. */
  readonly percent: number;
  /** Every mutant that was made was judged, and there were some. */
  readonly complete: boolean;
}

export function scoreOf(results: readonly MutantResult[]): Score {
  const of = (...statuses: MutantResult['status'][]) => results.filter(({ status }) => statuses.includes(status));
  const [detected, missed, leftOut] = [of('Killed', 'Timeout'), of('Survived', 'NoCoverage'), of('Ignored')];
  const strange = of('CompileError', 'RuntimeError', 'Pending');
  const judged = detected.length + missed.length;
  return {
    detected,
    missed,
    leftOut,
    strange,
    percent: judged === 0 ? 0 : (100 * detected.length) / judged,
    complete: judged > 0 && missed.length === 0 && strange.length === 0,
  };
}
