import { expect, test } from '@jest/globals';
import { judgeVeto } from '../../../core/move/last-checks.ts';

const HOOK = 'arn:aws:lambda:eu-central-1:111122223333:function:may-we-move';
const answered = (answer: unknown) => ({ kind: 'answered', answer }) as const;

test.each<readonly [string, Parameters<typeof judgeVeto>[1], 'allowed' | 'vetoed', string]>([
  ['it does not object', answered({ veto: false }), 'allowed', 'does not object'],
  ['it does not object and says why', answered({ veto: false, reason: 'fine' }), 'allowed', 'does not object'],
  [
    'it objects',
    answered({ veto: true, reason: 'closing of the books' }),
    'vetoed',
    'refuses the move: closing of the books',
  ],
  ['it objects without a reason', answered({ veto: true }), 'vetoed', 'it gave no reason'],
  ['it objects with an empty reason', answered({ veto: true, reason: '' }), 'vetoed', 'it gave no reason'],
  [
    'it cannot be asked',
    { kind: 'failed', because: 'TimeoutError: aborted' },
    'vetoed',
    'gave no answer, which counts as a veto: TimeoutError: aborted',
  ],
  [
    'it answers nothing',
    answered(undefined),
    'vetoed',
    'answered nothing, which counts as a veto; allowed: {"veto": false}',
  ],
  ['it answers null', answered(null), 'vetoed', 'answered null, which counts as a veto'],
  ['it answers a word', answered('no'), 'vetoed', 'answered "no"'],
  ['it answers "false" as a word', answered({ veto: 'false' }), 'vetoed', 'answered {"veto":"false"}'],
])('%s', (_story, reply, kind, sentence) => {
  expect(judgeVeto(HOOK, reply)).toEqual({ kind, sentence: expect.stringContaining(sentence) });
});

test('a long reason is told in a sentence that fits the end of an execution', () => {
  expect(judgeVeto(HOOK, answered({ veto: true, reason: 'x'.repeat(5_000) })).sentence.length).toBeLessThan(500);
});
