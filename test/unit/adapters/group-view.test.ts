/** What a group is, from a classic describe and from the state in which its coordinator lists it. */
import { describe, expect, test } from '@jest/globals';
import { decodeListedStates, groupView } from '../../../lambdas/adapters/kafka/group-view.ts';
import { answerOf } from '../../../lambdas/adapters/kafka/internals.ts';
import { describeNewer } from '../../../lambdas/adapters/kafka/newer-group.ts';

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

/** What the broker of the newer protocol answers, field by field. */
const short = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
const int = (value: number): Buffer => Buffer.from([0, 0, value >> 8, value & 0xff]);
const list = (...entries: readonly Buffer[]): Buffer => Buffer.concat([Buffer.from([entries.length + 1]), ...entries]);
const NULL = Buffer.from([0]);
const NO_TAGS = Buffer.from([0]);
const assignment = (topics: Readonly<Record<string, readonly number[]>>): Buffer =>
  Buffer.concat([
    list(
      ...Object.entries(topics).map(([topic, partitions]) =>
        Buffer.concat([Buffer.alloc(16, 7), text(topic), list(...partitions.map(int)), NO_TAGS]),
      ),
    ),
    NO_TAGS,
  ]);
const memberBytes = (
  id: string,
  { pattern = NULL, instance = NULL }: { readonly pattern?: Buffer; readonly instance?: Buffer } = {},
): Buffer =>
  Buffer.concat([
    ...[text(`uuid of ${id}`), instance, NULL, int(5), text(id), text('/10.0.0.1')],
    ...[list(text('orders'), text('K1.orders')), pattern, assignment({ orders: [0, 2] }), assignment({ orders: [0] })],
    NO_TAGS,
  ]);
const described = (error: number, state: string, ...members: readonly Buffer[]): Buffer =>
  Buffer.concat([
    ...[
      NO_TAGS,
      int(0),
      Buffer.from([2]),
      short(error),
      NULL,
      text('ledger'),
      text(state),
      int(5),
      int(5),
      text('uniform'),
    ],
    ...[list(...members), int(0), NO_TAGS, NO_TAGS],
  ]);
const seenAs = (answer: Buffer) => describeNewer({ raw: async (_api, _body, decode) => decode(answer) }, 'ledger');
const APP = {
  memberId: 'uuid of app',
  clientId: 'app',
  host: '/10.0.0.1',
  subscribed: ['orders', 'K1.orders'],
  assigned: { orders: [0, 2] },
};

describe('a group of the newer protocol', () => {
  test('that is stable shows who owns what, not what is aimed at', async () =>
    expect(await seenAs(described(0, 'Stable', memberBytes('app'), memberBytes('two')))).toEqual({
      activity: 'active',
      protocol: 'newer',
      members: [APP, { ...APP, memberId: 'uuid of two', clientId: 'two' }],
    }));

  test.each(['Assigning', 'Reconciling'])(
    'whose partitions change hands (%s) shows its members, and who owns the rest cannot be told',
    async (state) =>
      expect(await seenAs(described(0, state, memberBytes('app')))).toEqual({
        activity: 'active-unreadable',
        protocol: 'newer',
        members: [APP],
      }),
  );

  test('that everybody has left meanwhile is empty', async () =>
    expect(await seenAs(described(0, 'Empty'))).toEqual({ activity: 'empty', members: [] }));

  test('a member that subscribes by a pattern does not tell to what, and a static one tells its name', async () => {
    const { subscribed: _resolved, ...rest } = APP;
    const answer = described(0, 'Stable', memberBytes('app', { pattern: text('ord.*'), instance: text('static-1') }));
    expect((await seenAs(answer)).members).toEqual([{ ...rest, instanceId: 'static-1' }]);
  });

  test.each([
    ['its members read topics that we may not describe', 29],
    ['the newer protocol is switched off', 35],
    ['it is of another kind', 69],
  ])('that the broker does not describe (%s) is at work, and nobody knows who is in it', async (_story, error) =>
    expect(await seenAs(described(error, ''))).toEqual({ activity: 'active-unreadable', members: [] }),
  );

  test('asked of a broker too old to know the question, likewise', async () => {
    const raw = async () => Promise.reject(answerOf(35, 'ConsumerGroupDescribe'));
    expect(await describeNewer({ raw }, 'ledger')).toEqual({ activity: 'active-unreadable', members: [] });
  });

  test.each([
    ['a coordinator that is still loading', 14, 'group "ledger": Kafka answered GROUP_LOAD_IN_PROGRESS (14)'],
    ['a group that we may not describe', 30, 'group "ledger": Kafka answered GROUP_AUTHORIZATION_FAILED (30)'],
  ])('%s is no answer about its members', async (_story, error, sentence) =>
    expect(seenAs(described(error, ''))).rejects.toThrow(sentence),
  );

  test('a connection that breaks is no answer about its members', async () => {
    const raw = async () => Promise.reject(new Error('closed'));
    await expect(describeNewer({ raw }, 'ledger')).rejects.toThrow('closed');
  });

  test.each([
    ['short', 'ledger', [0, 2, 7]],
    ['of 200 bytes', 'g'.repeat(200), [0, 2, 0x80 | (201 & 0x7f), 201 >> 7]],
  ])('is asked for by its name, %s', async (_story, id, head) => {
    const bodies: Buffer[] = [];
    const raw = async <T>(_api: unknown, body: Buffer, decode: (answer: Buffer) => T): Promise<T> => {
      bodies.push(body);
      return decode(described(0, 'Empty'));
    };
    await describeNewer({ raw }, id);
    expect(bodies).toEqual([Buffer.concat([Buffer.from(head), Buffer.from(id), Buffer.from([0, 0])])]);
  });
});
