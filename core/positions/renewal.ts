/**
 * Committed positions expire: those of a group at rest `offsets.retention.minutes` after its last member has left, whatever was
 * committed since; those that a group at work does not read, and those of a group that never had members, as long after their
 * commit. So positions that nobody works with are committed again, and what has expired is written again.
 */
import type { EpochMs } from '../contracts/primitives.ts';

/** Half a day: with Kafka's default of a week thirteen renewals may fail in a row. */
export const RENEW_EVERY_MS = 12 * 3_600_000;

export const isRenewalDue = (renewedAtMs: EpochMs | undefined, nowMs: EpochMs): boolean =>
  nowMs - (renewedAtMs ?? 0) > RENEW_EVERY_MS;
