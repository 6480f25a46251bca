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

/** Smallest possible sum of squares of the loads, by trying every assignment. */
const bestSpread = (members: readonly Member[], sizes: Readonly<Record<string, number>>): number => {
  const choices = topicNames.flatMap((topic) => {
    const who = members.flatMap((one, index) => (one.topics.includes(topic) ? [index] : []));
    return who.length === 0 ? [] : Array.from({ length: sizes[topic]! }, () => who);
  });
  const loads = members.map(() => 0);
  const spread = (at: number): number =>
    at === choices.length
      ? loads.reduce((sum, one) => sum + one * one, 0)
      : Math.min(
          ...choices[at]!.map((who) => {
            loads[who]! += 1;
            const best = spread(at + 1);
            loads[who]! -= 1;
            return best;
          }),
        );
  return spread(0);
};

test('no other assignment is more even', () => {
  const small = fc.record({ t: fc.nat(3), 'K1.t': fc.nat(2), u: fc.nat(2), 'K1.u': fc.nat(1) });
  const few = groups.filter((members) => members.length <= 3);
  fc.assert(
    fc.property(few, small, (members, sizes) => {
      const assignment = assignPartitions(members, counts(sizes));
      const spread = members.reduce((sum, { id }) => sum + load(assignment, id) ** 2, 0);
      expect(spread).toBe(bestSpread(members, sizes));
    }),
  );
});

test('a member between two topics passes on what it holds, so that all three hold the same', () => {
  const members = [
    member('a', ['t'], { t: [0, 1, 2] }),
    member('b', ['t', 'u'], { t: [3], u: [0] }),
    member('c', ['u'], { u: [1] }),
  ];
  const assignment = assignPartitions(members, counts({ t: 4, u: 2 }));
  expect(members.map(({ id }) => load(assignment, id))).toEqual([2, 2, 2]);
});

const kept = (before: Assignment, after: Assignment, id: string) => {
  const has = new Set(given(after).flatMap((one) => (one.id === id ? [`${one.topic}/${one.partition}`] : [])));
  return given(before).filter((one) => one.id === id && has.has(`${one.topic}/${one.partition}`)).length;
};
const restarted = (members: readonly Member[], before: Assignment) => {
  const owned = plain(before);
  return members.map((one) => ({ ...one, owned: owned[one.id] ?? {} }));
};

test('when a member of an equal group leaves, nobody else loses anything', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 7 }), topics, (size, sizes) => {
      const members = Array.from({ length: size }, (_, n) => member(`m${n}`, [...topicNames]));
      const before = assignPartitions(members, counts(sizes));
      const left = restarted(members, before).slice(1);
      const after = assignPartitions(left, counts(sizes));
      for (const { id } of left) expect(kept(before, after, id)).toBe(load(before, id));
    }),
  );
});

test('when a member joins an equal group, everybody keeps all but what the newcomer is owed', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), topics, (size, sizes) => {
      const members = Array.from({ length: size }, (_, n) => member(`m${n}`, [...topicNames]));
      const before = assignPartitions(members, counts(sizes));
      const grown = [...restarted(members, before), member('zz', [...topicNames])];
      const after = assignPartitions(grown, counts(sizes));
      for (const { id } of members) expect(kept(before, after, id)).toBe(load(after, id));
    }),
  );
});

test('when members move to the remote topic, those who stay lose nothing of the local one', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 8 }),
      (stay, move, partitionCount) => {
        const staying = Array.from({ length: stay }, (_, n) => member(`s${n}`, ['t']));
        const before = assignPartitions(staying, counts({ t: partitionCount }));
        const moved = Array.from({ length: move }, (_, n) => member(`a${n}`, ['K1.t']));
        const after = assignPartitions(
          [...restarted(staying, before), ...moved],
          counts({ t: partitionCount, 'K1.t': 4 }),
        );
        for (const { id } of staying) expect(kept(before, after, id)).toBe(load(before, id));
      },
    ),
  );
});

/** Members that read the topic, its copy or both, as in a group that some have moved to. */
const reading = fc.constantFrom<readonly string[]>(['t'], ['K1.t'], ['t', 'K1.t']);
const mixed = fc
  .uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 2, maxLength: 4 })
  .chain((ids) => fc.tuple(...ids.map((id) => reading.map((topics) => member(id, topics)))));
const both = fc.record({ t: fc.nat(4), 'K1.t': fc.nat(4), u: fc.constant(0), 'K1.u': fc.constant(0) });

/** How many partitions the most even assignments can leave with their owners at most, by trying every assignment. */
const mostKept = (members: readonly Member[], sizes: Readonly<Record<string, number>>): number => {
  const places = topicNames.flatMap((topic) => {
    const who = members.flatMap((one, index) => (one.topics.includes(topic) ? [index] : []));
    return who.length === 0 ? [] : Array.from({ length: sizes[topic]! }, (_, partition) => ({ topic, partition, who }));
  });
  const loads = members.map(() => 0);
  const most = { spread: Infinity, stay: 0 };
  const place = (at: number, stay: number): void => {
    if (at === places.length) {
      const spread = loads.reduce((sum, one) => sum + one * one, 0);
      if (spread < most.spread || (spread === most.spread && stay > most.stay)) Object.assign(most, { spread, stay });
      return;
    }
    const { topic, partition, who } = places[at]!;
    for (const index of who) {
      loads[index]! += 1;
      place(at + 1, stay + (members[index]!.owned[topic]?.includes(partition) ? 1 : 0));
      loads[index]! -= 1;
    }
  };
  place(0, 0);
  return most.stay;
};
/** Partitions that are moved although some assignment as even would leave them. */
const needlesslyMoved = (members: readonly Member[], sizes: Readonly<Record<string, number>>) => {
  const stays = given(assignPartitions(members, counts(sizes))).filter(({ id, topic, partition }) =>
    members.find((one) => one.id === id)!.owned[topic]?.includes(partition),
  );
  return mostKept(members, sizes) - stays.length;
};

test('when a member of a mixed group leaves, no partition moves that evenness does not ask for', () => {
  fc.assert(
    fc.property(mixed, both, (members, sizes) => {
      const [, ...left] = restarted(members, assignPartitions(members, counts(sizes)));
      expect(needlesslyMoved(left, sizes)).toBe(0);
    }),
  );
});

test('when one joins a mixed group, or reads something else than before, at most one partition moves needlessly', () => {
  fc.assert(
    fc.property(mixed, both, reading, fc.boolean(), (members, sizes, topics, joins) => {
      const [first, ...others] = restarted(members, assignPartitions(members, counts(sizes)));
      const changed = joins ? [...others, member('aa', topics)] : [{ ...first!, topics }, ...others];
      expect(needlesslyMoved(changed, sizes)).toBeLessThanOrEqual(1);
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
