/** Why a record of MirrorMaker 2's own topics was left out. A record is either understood completely or skipped, never guessed. */
export const SKIP_REASONS = [
  'missing-key',
  'too-short',
  'trailing-bytes',
  'negative-length',
  'not-utf8',
  'unknown-version',
  'out-of-range',
  'not-json',
  'unexpected-shape',
  'other-key',
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];
