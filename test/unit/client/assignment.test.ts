import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assignPartitions, type Assignment, type Member } from '../../../client/assignment.ts';

const member = (id: string, topics: readonly string[], owned: Member['owned'] = {}): Member => ({ id, topics, owned });
const plain = (assignment: Assignment) =>
  Object.fromEntries([...assignment].map(([id, topics]) => [id, Object.fromEntries(topics)]));
const counts = (topics: Readonly<Record<string, number>>) => new Map(Object.entries(topics));

const topicNames = ['t', 'K1.t', 'u', 'K1.u'] as const;
const partitions = fc.dictionary(fc.constantFrom(...topicNames), fc.array(fc.nat(7), { maxLength: 8 }), { maxKeys: 4 });
const groups = fc
  .uniqueArray(fc.stringMatching(/^[a-z]{1,4}$/), { minLength: 1, maxLength: 7 })
  .chain((ids) =>
    fc.tuple(
      ...ids.map((id) => fc.record({ id: fc.constant(id), topics: fc.subarray([...topicNames]), owned: partitions })),
    ),
  );
const topics = fc.record({ t: fc.nat(8), 'K1.t': fc.nat(8), u: fc.nat(3), 'K1.u': fc.nat(3) });

const given = (assignment: Assignment) =>
  [...assignment].flatMap(([id, byTopic]) =>
    [...byTopic].flatMap(([topic, list]) => list.map((partition) => ({ id, topic, partition }))),
  );
const load = (assignment: Assignment, id: string) => given(assignment).filter((one) => one.id === id).length;

test('every partition of a subscribed topic has exactly one owner, and it subscribes to the topic', () => {
  fc.assert(
    fc.property(groups, topics, (members, sizes) => {
      const all = given(assignPartitions(members, counts(sizes)));
      for (const topic of topicNames) {
        const wanted = members.some((one) => one.topics.includes(topic)) ? sizes[topic] : 0;
        const got = all.filter((one) => one.topic === topic).map(({ partition }) => partition);
        expect(got.toSorted((a, b) => a - b)).toEqual(Array.from({ length: wanted }, (_, partition) => partition));
      }
      for (const { id, topic } of all)
        expect(members.find((one) => one.id === id)!.topics.some((one) => one === topic)).toBe(true);
    }),
  );
});

test('no partition could move to another subscriber that holds at least two fewer', () => {
  fc.assert(
    fc.property(groups, topics, (members, sizes) => {
      const assignment = assignPartitions(members, counts(sizes));
      for (const { id, topic } of given(assignment)) {
        const others = members.filter((one) => one.id !== id && one.topics.some((theirs) => theirs === topic));
        for (const other of others) expect(load(assignment, id) - load(assignment, other.id)).toBeLessThan(2);
      }
    }),
  );
});

test('the order of members and of their topics does not matter', () => {
  fc.assert(
    fc.property(groups, topics, (members, sizes) => {
      const turned = members.toReversed().map((one) => ({ ...one, topics: one.topics.toReversed() }));
      expect(plain(assignPartitions(turned, counts(sizes)))).toEqual(plain(assignPartitions(members, counts(sizes))));
    }),
  );
});

test('assigned again with nothing changed, everybody keeps everything', () => {
  fc.assert(
    fc.property(groups, topics, (members, sizes) => {
      const before = plain(assignPartitions(members, counts(sizes)));
      const again = members.map((one) => ({ ...one, owned: before[one.id]! }));
      expect(plain(assignPartitions(again, counts(sizes)))).toEqual(before);
    }),
  );
});

test('consumers of the remote topic and consumers of the local topic each get their own', () => {
  const members = [member('a', ['K1.t']), member('b', ['K1.t']), member('c', ['t'])];
  expect(plain(assignPartitions(members, counts({ t: 3, 'K1.t': 3 })))).toEqual({
    a: { 'K1.t': [0, 2] },
    b: { 'K1.t': [1] },
    c: { t: [0, 1, 2] },
  });
});

test('a member that joins takes no more than its share from those who are there', () => {
  const members = [member('a', ['t'], { t: [0, 1, 2] }), member('b', ['t'], { t: [3, 4, 5] }), member('c', ['t'])];
  expect(plain(assignPartitions(members, counts({ t: 6 })))).toEqual({
    a: { t: [0, 1] },
    b: { t: [3, 4] },
    c: { t: [2, 5] },
  });
});

test('of two members that claim the same partition the first by id keeps it', () => {
  const members = [member('b', ['t'], { t: [0] }), member('a', ['t'], { t: [0] })];
  expect(plain(assignPartitions(members, counts({ t: 2 })))).toEqual({ a: { t: [0] }, b: { t: [1] } });
});
