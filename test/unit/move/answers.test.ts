/** What a person may answer to an open question, and the lines to paste. */
import { describe, expect, test } from '@jest/globals';
import {
  allowedAnswers,
  ANSWERS,
  commandLines,
  takeUpLine,
  whyNot,
  whyNotRebuilt,
} from '../../../core/move/answers.ts';
import type { Answer } from '../../../core/move/answers.ts';

const PUBLISHED = { published: true };
const UNPUBLISHED = { published: false };
const ALONE = { published: true, input: { refugeLost: true } } as never;
const asking = (question: 'approval' | 'hold', stage = 'Pin positions') => ({ question, epoch: 7, stage });
const approval = asking('approval', 'Ask operator');
const ONLY_FORWARD = 'routing of this epoch is published and clients may have acted on it; only forward from here';
const LATER_NEED = 'later steps need what this one publishes; resume tries it again';

test('an approval is given or refused, what is held goes on, skips, or ends', () => {
  expect([allowedAnswers(approval, UNPUBLISHED), allowedAnswers(asking('hold'), UNPUBLISHED)]).toEqual([
    ['approve', 'reject'],
    ['resume', 'proceed', 'abort'],
  ]);
});

test.each<readonly [string, Parameters<typeof allowedAnswers>, readonly Answer[]]>([
  ['clients may have acted: no way back', [asking('hold'), PUBLISHED], ['resume', 'proceed']],
  [
    'a publish that failed: the rest needs it',
    [asking('hold', 'Publish routing (draining)'), UNPUBLISHED],
    ['resume', 'abort'],
  ],
  ['the same, later', [asking('hold', 'Publish routing (refuge)'), PUBLISHED], ['resume']],
  [
    'positions at home, with the refuge at hand',
    [asking('hold', 'Restore positions'), PUBLISHED],
    ['resume', 'proceed'],
  ],
  ['positions at home without the refuge', [asking('hold', 'Restore positions'), ALONE], ['resume']],
  ['another step without the refuge', [asking('hold', 'Measure drain'), ALONE], ['resume', 'proceed']],
  ['the last step: nothing comes after it', [asking('hold', 'Conclude move'), PUBLISHED], ['resume']],
])('%s', (_story, [question, claim], answers) => {
  expect(allowedAnswers(question, claim)).toEqual(answers);
});

describe('an answer that cannot be given says why', () => {
  test.each<readonly [string, Answer, Parameters<typeof allowedAnswers>, string]>([
    [
      'approving what asks for none',
      'approve',
      [asking('hold'), UNPUBLISHED],
      'it is held at "Pin positions" and asks for no approval',
    ],
    [
      'rejecting what asks for none',
      'reject',
      [asking('hold'), UNPUBLISHED],
      'it is held at "Pin positions" and asks for no approval',
    ],
    ...(['resume', 'proceed', 'abort'] as const).map(
      (answer) =>
        [
          `${answer} for an approval`,
          answer,
          [approval, UNPUBLISHED] as Parameters<typeof allowedAnswers>,
          'it asks for an approval: approve or reject',
        ] as const,
    ),
    ['giving up what is out', 'abort', [asking('hold'), PUBLISHED], ONLY_FORWARD],
    [
      'giving up a switchover that is out: it is taken back in another way',
      'abort',
      [asking('hold'), { ...PUBLISHED, move: 'switchover' }],
      'routing of this epoch is published and clients may have acted on it; "undo" takes a switchover back',
    ],
    ['passing over a publish', 'proceed', [asking('hold', 'Publish routing (home)'), PUBLISHED], LATER_NEED],
    [
      'passing over the end',
      'proceed',
      [asking('hold', 'Conclude move'), PUBLISHED],
      'nothing comes after it; resume tries it again',
    ],
  ])('%s', (_story, answer, [question, claim], reason) => {
    expect(whyNot(answer, question, claim)).toBe(reason);
  });

  test('each answer is either allowed or has a reason', () => {
    for (const question of [approval, asking('hold'), asking('hold', 'Conclude move')])
      for (const claim of [PUBLISHED, UNPUBLISHED])
        expect(ANSWERS.filter((answer) => whyNot(answer, question, claim) === undefined)).toEqual(
          ANSWERS.filter((answer) => allowedAnswers(question, claim).includes(answer)),
        );
  });
});

test('that home was rebuilt is an answer to the hold about positions', () => {
  expect(whyNotRebuilt(asking('hold', 'Restore positions'))).toBeUndefined();
});

test('that home was rebuilt is no answer to another hold', () => {
  expect(whyNotRebuilt(asking('hold'))).toBe(
    'it is held at "Pin positions"; that home was rebuilt is asked at "Restore positions", or told when a failback is started',
  );
});

describe('lines to paste', () => {
  const PLACE = { pair: 'orders', clientSet: 'clients-k1', region: 'eu-central-1' };
  const lines = (question: Parameters<typeof commandLines>[0], claim: { published: boolean }) =>
    commandLines(question, { ...PLACE, claim });
  const SET = '--pair orders --set clients-k1 --region eu-central-1';
  test('of an approval: the two answers, and the look at how things stand', () => {
    expect(lines(approval, UNPUBLISHED)).toEqual([
      `npx mm2-failover approve ${SET} --epoch 7`,
      `npx mm2-failover reject ${SET} --epoch 7`,
      `npx mm2-failover status ${SET}`,
    ]);
  });

  test('of what is held: never more than three', () => {
    expect(lines(asking('hold'), UNPUBLISHED)).toEqual([
      `npx mm2-failover resume ${SET} --epoch 7`,
      `npx mm2-failover proceed ${SET} --epoch 7`,
      `npx mm2-failover abort ${SET} --epoch 7`,
    ]);
  });

  test('of what only goes one way: that one', () => {
    expect(lines(asking('hold', 'Conclude move'), PUBLISHED)).toEqual([
      `npx mm2-failover resume ${SET} --epoch 7`,
      `npx mm2-failover status ${SET}`,
    ]);
  });

  test('to take up an epoch, with a reason to fill in', () => {
    expect(takeUpLine({ ...PLACE, epoch: 7 })).toBe(`npx mm2-failover take-up ${SET} --epoch 7 --reason "..."`);
  });
});

test('why positions at home cannot be passed over without the refuge', () => {
  expect(whyNot('proceed', asking('hold', 'Restore positions'), ALONE)).toBe(
    'without the refuge clients go home to positions that are set there; resume tries it again',
  );
});
