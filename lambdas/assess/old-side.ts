/** What a set that is away has left behind at home, clients and records: judged each turn, kept and told like every verdict. */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import { OLD_SIDE_METRIC, TAIL_EXPIRING_METRIC } from '../../core/contracts/environment.ts';
import { remember } from '../../core/health/memory.ts';
import { runningRulesOf } from '../../core/health/rules.ts';
import { oldSideSubject, tailSubject } from '../../core/health/subjects.ts';
import type { MoveFacts } from '../../core/move/facts.ts';
import { hasOldSide, judgeOldSide } from '../../core/move/old-side.ts';
import { judgeTailExpiry } from '../../core/move/tail-expiry.ts';
import type { AssessPorts } from './gather.ts';
import { store, tellChange } from './news.ts';

export async function assessOldSide(
  ports: AssessPorts,
  config: PairConfig,
  placed: PlacedSet,
  facts: MoveFacts,
): Promise<void> {
  const of = { pair: config.pair, clientSet: placed.name };
  const oldSide = judgeOldSide(facts);
  ports.metrics.put(OLD_SIDE_METRIC, oldSide.kind === 'STRAGGLERS' ? 1 : 0, 'Count', of);
  await keep(ports, config, { ...oldSide, subject: oldSideSubject(placed.name), nowMs: facts.nowMs });

  const { state, nowMs, found } = facts;
  const tail = judgeTailExpiry({ clientSet: placed.name, home: placed.home, state, seen: found?.tailAge, nowMs });
  const isUrgent = tail.kind === 'EXPIRING' || tail.kind === 'EXPIRED';
  ports.metrics.put(TAIL_EXPIRING_METRIC, isUrgent ? 1 : 0, 'Count', of);
  await keep(ports, config, { ...tail, subject: tailSubject(placed.name), nowMs });
}

interface Judged {
  readonly subject: string;
  readonly kind: string;
  readonly sentence: string;
  readonly nowMs: number;
}

async function keep(ports: AssessPorts, config: PairConfig, { subject, kind, sentence, nowMs }: Judged): Promise<void> {
  const previous = await ports.control.verdict(subject);
  // A set that stays at home has nothing to be written down of it every few seconds.
  if (!hasOldSide({ kind }) && (previous === null || (previous.kind === kind && previous.untoldFrom === undefined)))
    return;
  const kept = remember(previous, { subject, kind, sentence }, { rules: runningRulesOf(config), nowMs });
  await store(ports, kept);
  if (kept.changedFrom === undefined) return;
  const detail = { pair: config.pair, subject, from: kept.changedFrom, to: kind, observedAtMs: nowMs, sentence };
  await tellChange(ports, kept, { name: 'VerdictChanged', detail });
}
