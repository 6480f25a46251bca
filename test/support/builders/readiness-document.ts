/** A readiness document as assess keeps it. */
import type { ReadinessDocument } from '../../../core/contracts/readiness.ts';
import { TEN_O_CLOCK } from './pair.ts';

export const documentOf = (changes: Partial<ReadinessDocument> = {}): ReadinessDocument => ({
  clientSet: 'clients-k1',
  atMs: TEN_O_CLOCK,
  wouldMove: false,
  sentence: 'clients-k1 would not move to K2 now: topic "payments" does not exist at K2',
  findings: [
    {
      id: 'G2-topics',
      severity: 'blocks',
      cluster: 'K2',
      subject: 'payments',
      sentence: 'topic "payments" does not exist at K2',
      fix: 'kafka-topics.sh --create --topic payments',
    },
    {
      id: 'acls',
      severity: 'unknown',
      cluster: 'K1',
      subject: 'ACLs',
      sentence: 'ACLs of K1 could not be read: not allowed',
      fix: 'allow it',
    },
  ],
  leftOut: 1,
  loss: {
    kind: 'known',
    records: { lower: '0', upper: '120' },
    seconds: null,
    sentence: 'expected loss: at most 120 records',
  },
  duplicates: { kind: 'unknown', sentence: 'expected duplicates: unknown' },
  time: { untilProducersSeconds: 96, sentence: 'expected time: 96 s' },
  inputs: [
    { input: 'look at the flow', ageSeconds: 4.4 },
    { input: 'oldest seed', ageSeconds: null },
  ],
  ...changes,
});
