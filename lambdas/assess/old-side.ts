/** Who is left behind at home of a set that is away: judged each turn, kept and told like every verdict. */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import { OLD_SIDE_METRIC } from '../../core/contracts/environment.ts';
import { remember } from '../../core/health/memory.ts';
import { runningRulesOf } from '../../core/health/rules.ts';
import { oldSideSubject } from '../../core/health/subjects.ts';
import type { MoveFacts } from '../../core/move/facts.ts';
import { judgeOldSide } from '../../core/move/old-side.ts';
import type { AssessPorts } from './gather.ts';
import { store, tellChange } from './news.ts';

export async function assessOldSide(
  ports: AssessPorts,
  config: PairConfig,
  placed: PlacedSet,
  facts: MoveFacts,
): Promise<void> {
  const { pair } = config;
  const { nowMs } = facts;
  const subject = oldSideSubject(placed.name);
  const { kind, sentence } = judgeOldSide(facts);
  ports.metrics.put(OLD_SIDE_METRIC, kind === 'STRAGGLERS' ? 1 : 0, 'Count', { pair, clientSet: placed.name });
  const previous = await ports.control.verdict(subject);
  // A set that stays at home has nothing to be written down of it every few seconds.
  if (kind === 'AT_HOME' && (previous === null || (previous.kind === kind && previous.untoldFrom === undefined)))
    return;
  const kept = remember(previous, { subject, kind, sentence }, { rules: runningRulesOf(config), nowMs });
  await store(ports, kept);
  if (kept.changedFrom === undefined) return;
  const detail = { pair, subject, from: kept.changedFrom, to: kind, observedAtMs: nowMs, sentence };
  await tellChange(ports, kept, { name: 'VerdictChanged', detail });
}
