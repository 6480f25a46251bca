import { expect, test } from '@jest/globals';
import { clusterSubject, flowSubject, oldSideSubject, setSubject, tailSubject } from '../../../core/health/subjects.ts';

test('verdicts of different things never share a name', () => {
  expect([
    clusterSubject('K1'),
    flowSubject('K1', 'K2'),
    oldSideSubject('a'),
    setSubject('a'),
    tailSubject('a'),
  ]).toEqual(['cluster:K1', 'flow:K1->K2', 'old-side:a', 'set:a', 'tail:a']);
});
