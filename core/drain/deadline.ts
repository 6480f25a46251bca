/** What to do about a drain that takes too long. No answer keeps everything: the set's configuration chooses the price. */
import type { DrainDeadlinePolicy } from '../contracts/primitives.ts';
import type { DrainVerdict } from './drain.ts';
import { rateText, timeLeftText } from './summary.ts';

export interface DeadlineRule {
  readonly policy: DrainDeadlinePolicy;
  readonly startedAtMs: number;
  readonly nowMs: number;
  /** How long consumers may take. */
  readonly afterMs: number;
}

/** What stays behind in one remote partition. */
export interface Remainder {
  readonly topic: string;
  readonly partition: number;
  readonly remaining: bigint | 'unknown';
}

export type DeadlineDecision =
  | { readonly kind: 'proceed' }
  | { readonly kind: 'wait'; readonly leftMs: number }
  /** Wait for a person; the claim is kept. */
  | { readonly kind: 'hold'; readonly remainder: readonly Remainder[]; readonly because: string }
  /** Switch to the refuge's own topic; the remainder stays unprocessed until failback. */
  | { readonly kind: 'cut-over'; readonly remainder: readonly Remainder[]; readonly because: string }
  /** Read both topics; order per key is lost across the switch. */
  | { readonly kind: 'keep-both'; readonly remainder: readonly Remainder[]; readonly because: string };

export function decideDeadline(verdict: DrainVerdict, rule: DeadlineRule): DeadlineDecision {
  if (verdict.kind === 'drained') return { kind: 'proceed' };
  const leftMs = rule.startedAtMs + rule.afterMs - rule.nowMs;
  if (leftMs > 0) return { kind: 'wait', leftMs };
  const remainder = verdict.partitions.flatMap((one) =>
    one.kind === 'draining' ? [{ topic: one.topic, partition: one.partition, remaining: one.remaining }] : [],
  );
  const unknown =
    verdict.unknownPartitions === 0 ? '' : `, and an unknown number in ${verdict.unknownPartitions} partitions`;
  const isLeft = remainder.some(({ remaining }) => remaining !== 0n);
  // What is finished and only looked at once more does not explain why others are not.
  const named = verdict.reasons.filter((reason) => reason !== 'SETTLING' || !isLeft);
  const reasons = named.length === 0 ? 'too slow for the deadline' : named.join(', ');
  const because = `not drained after ${rule.afterMs} ms: ${verdict.remaining} records left${unknown} (${reasons}), ${rateText(verdict)}, ${timeLeftText(verdict)}`;
  return { kind: rule.policy, remainder, because };
}
