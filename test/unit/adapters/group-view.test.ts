/** What a group is, from a classic describe and from the state in which its coordinator lists it. */
import { expect, test } from '@jest/globals';
import { decodeListedStates, groupView } from '../../../lambdas/adapters/kafka/group-view.ts';

const dead = { errorCode: 0, groupId: 'ledger', state: 'Dead', protocolType: '', protocol: '', members: [] };

test.each([
  ['listed nowhere', undefined, 'absent'],
  ['of the newer protocol, with members', 'Stable', 'active-unreadable'],
  ['of the newer protocol, with members that are given partitions', 'Reconciling', 'active-unreadable'],
  ['of the newer protocol, and everybody has left', 'Empty', 'empty'],
  ['listed without a state', '', 'active-unreadable'],
] as const)('a group that a describe calls dead, %s', (_story, listed, activity) => {
  expect(groupView(dead, listed)).toEqual({ activity, members: [] });
});

const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length + 1]), Buffer.from(value)]);

test('the answer of version 4 is read: error, then groups with their states', () => {
  const group = (id: string, state: string) =>
    Buffer.concat([text(id), text('consumer'), text(state), Buffer.from([0])]);
  const answer = Buffer.concat([
    Buffer.from([0, 0, 0, 0, 0, 0, 0, 3]),
    group('ledger', 'Empty'),
    group('billing', 'Stable'),
    Buffer.from([0]),
  ]);
  expect(decodeListedStates(answer)).toEqual({
    errorCode: 0,
    states: new Map([
      ['ledger', 'Empty'],
      ['billing', 'Stable'],
    ]),
  });
});
