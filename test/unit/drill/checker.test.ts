/** The checker must see every kind of damage: good logs are corrupted one way at a time, and the right promise breaks. */
import { describe, expect, test } from '@jest/globals';
import { checkRun } from '../../drill/checker/invariants.ts';
import { isMeaningful } from '../../drill/checker/meaningful.ts';
import { goodRun, twoRounds, withAlwaysBoth } from '../../support/builders/run.ts';
import type { MutableRun } from '../../support/builders/run.ts';

const broken = (run: MutableRun): readonly string[] =>
  checkRun(run)
    .findings.filter((f) => !f.holds)
    .map((f) => f.id);
const corrupt = (damage: (run: MutableRun) => void): MutableRun => {
  const run = goodRun();
  damage(run);
  return run;
};
const at = <T>(list: T[], i: number): T => list[i]!;

test('a good run passes every promise and is meaningful', () => {
  const verdict = checkRun(goodRun());
  expect(verdict.findings.filter((f) => !f.holds)).toEqual([]);
  expect(verdict.passed).toBe(true);
});

test('a good run has one tail record, processed at home', () => {
  const [billing] = checkRun(goodRun()).counts;
  expect(billing).toMatchObject({
    owed: 6,
    processed: 6,
    lost: [],
    late: [],
    duplicated: 0,
    outOfOrder: 0,
    tailOwed: 1,
    tailProcessedAtHome: 1,
  });
});

type Damage = readonly [story: string, promise: string, damage: (run: MutableRun) => void];
const DAMAGES: readonly Damage[] = [
  ['drop: a mirrored record is never processed', 'P1', (r) => void r.processed.splice(1, 1)],
  ['drop: a record written at the refuge is never processed', 'P1', (r) => void r.processed.splice(3, 1)],
  ['drop: a tail record is never processed', 'P2', (r) => void r.processed.splice(4, 1)],
  [
    'move: the tail is processed through the remote topic',
    'P2',
    (r) => {
      r.processed[4] = { ...at(r.processed, 4), cluster: 'K2', topic: 'K1.orders', revision: 3, atMs: 45_000 };
    },
  ],
  [
    'swap: two records of one key change places under per-key',
    'P3',
    (r) => {
      Object.assign(r, { ordering: 'per-key' });
      r.processed[1] = { ...at(r.processed, 1), atMs: 22_500 };
    },
  ],
  [
    'duplicate: more repeats than stated',
    'P4',
    (r) => {
      for (const atMs of [22_100, 22_200, 22_300]) r.processed.push({ ...at(r.processed, 2), atMs });
    },
  ],
  [
    'replay: home processes again what was finished at the refuge',
    'P4',
    (r) => void r.processed.push({ ...at(r.processed, 4), seq: 1, offset: 1n, atMs: 58_100 }),
  ],
  [
    'afterwards: positions are stated when the clients have moved',
    'P4',
    (r) => {
      r.stated[0] = { ...at(r.stated, 0), pinnedMs: 18_001 };
    },
  ],
  [
    'invent: a record that nobody sent',
    'P5',
    (r) => void r.processed.push({ ...at(r.processed, 5), seq: 99, atMs: 62_000 }),
  ],
  [
    'aborted: a record whose producer has taken it back',
    'P5',
    (r) => {
      const [sent] = r.produced;
      r.produced.push({ ...sent!, producer: 'p1b-aborted', seq: 0, result: 'aborted' });
      r.processed.push({ ...at(r.processed, 5), producer: 'p1b-aborted', seq: 0, atMs: 62_000 });
    },
  ],
  [
    'skip: the group starts behind its seed',
    'P6',
    (r) => {
      r.stated[0] = { ...at(r.stated, 0), seed: 0n };
    },
  ],
  [
    'back: an older position is committed over a newer one',
    'P7',
    (r) => void r.commits.push({ ...at(r.commits, 2), offset: 2n, atMs: 22_200 }),
  ],
  ['unread: the log of committed positions was not read', 'P7', (r) => void r.commits.splice(0)],
  [
    'gone: a committed position is deleted',
    'P7',
    (r) => void r.commits.push({ ...at(r.commits, 0), offset: null, atMs: 56_000 }),
  ],
  [
    'late effect: a producer writes to the old cluster after it adopted the new one',
    'P8',
    (r) => {
      r.produced[4] = { ...at(r.produced, 4), cluster: 'K1' };
    },
  ],
  [
    'late effect: a consumer processes on the old cluster after it adopted the new one',
    'P8',
    (r) => {
      r.processed[1] = { ...at(r.processed, 1), cluster: 'K1', topic: 'orders' };
    },
  ],
  [
    'late effect: the old cluster takes a record after its producer adopted the new one',
    'P8',
    (r) => void r.produced.push({ ...at(r.produced, 4), seq: 6, cluster: 'K1', revision: 1, atMs: 20_500 }),
  ],
  [
    'two places: one revision, both clusters',
    'P9',
    (r) => void r.produced.push({ ...at(r.produced, 4), seq: 6, cluster: 'K1', atMs: 20_500 }),
  ],
  [
    'stuck: a region never got the last revision',
    'P10',
    (r) => void r.seen.push({ ...at(r.seen, 3), region: 'eu-central-1', atMs: 55_500 }),
  ],
  ['stuck: a client never adopted the last revision', 'P10', (r) => void r.adopted.splice(7, 1)],
  ['undecided: a revision without a decision', 'P11', (r) => void r.decisions.splice(0, 1)],
  [
    'unfounded: a decision that its stored inputs do not lead to',
    'P11',
    (r) => {
      r.decisions[0] = { ...at(r.decisions, 0), differs: 'stored as "claim", decided again it is "refused"' };
    },
  ],
  [
    'unexplained: a silence in normal time',
    'P12',
    (r) => {
      r.produced[0] = { ...at(r.produced, 0), atMs: 3_000 };
    },
  ],
];

describe('a damage and the promise it breaks', () => {
  test.each(DAMAGES)('%s -> %s', (_story, promise, damage) => {
    expect(broken(corrupt(damage))).toContain(promise);
  });
});

test('a refresh stands behind the revision that it brought, in an epoch that this run did not claim', () => {
  const refreshed = (kind: string) =>
    corrupt((r) => {
      const [decision] = r.decisions;
      r.seen.splice(1, 0, { ...at(r.seen, 0), epoch: 7, revision: 1.5 });
      r.decisions.push({ ...decision!, set: at(r.seen, 0).set, kind, epochSeen: 7, atMs: 0 });
    });
  expect(broken(refreshed('refresh'))).not.toContain('P11');
  expect(broken(refreshed('refresh-refused'))).toContain('P11');
});

test('an acknowledgement that never came does not count as acknowledged', () => {
  const run = corrupt((r) => {
    r.produced.push({ ...at(r.produced, 5), seq: 6, result: 'unknown', atMs: 60_100 });
  });
  expect(checkRun(run).counts[0]?.owed).toBe(6);
  expect(broken(run)).toEqual([]);
});

test('home may process again what was stated before the way home, and not through the remote topic', () => {
  const repeated = (cluster: string, topic: string, atMs: number) =>
    corrupt((r) => {
      r.stated[0] = { ...at(r.stated, 0), seed: 3n, reprocess: 1n };
      r.processed.push({ ...at(r.processed, 0), cluster, topic, revision: cluster === 'K1' ? 5 : 2, atMs });
    });
  expect(broken(repeated('K1', 'orders', 58_100))).not.toContain('P4');
  expect(broken(repeated('K2', 'K1.orders', 21_100))).toContain('P4');
});

test('what was stated as unknown allows nothing', () => {
  const run = corrupt((r) => {
    r.stated[0] = { ...at(r.stated, 0), reprocess: null };
    r.processed.push({ ...at(r.processed, 4), seq: 1, offset: 1n, atMs: 58_100 });
  });
  expect(broken(run)).toContain('P4');
});

test('where producers are to abort on purpose, a run without an aborted transaction is meaningless', () => {
  const told = (result: 'aborted' | 'failed') => {
    const run = corrupt((r) => {
      Object.assign(r, { aborting: true });
      r.produced.push({ ...at(r.produced, 0), producer: 'p1b-aborted', seq: 0, result });
    });
    const { facts, counts, passed } = checkRun(run);
    return [passed, isMeaningful(run, facts, counts)];
  };
  expect(told('failed')).toEqual([false, ['no transaction was aborted']]);
  expect(told('aborted')).toEqual([true, []]);
});

test('a tail that home had processed before it was killed makes a run meaningless', () => {
  const run = corrupt((r) => {
    r.processed[4] = { ...at(r.processed, 4), atMs: 9_990 };
  });
  const { facts, counts } = checkRun(run);
  expect(isMeaningful(run, facts, counts)).toEqual(['no tail was left: home had processed it before it was killed']);
});

test('repeats of records with an unknown acknowledgement are counted apart from the bound', () => {
  const run = corrupt((r) => {
    r.produced.push({ ...at(r.produced, 5), result: 'unknown', atMs: 59_000 });
    for (const atMs of [61_100, 61_200, 61_300]) r.processed.push({ ...at(r.processed, 5), atMs });
  });
  expect(checkRun(run).counts[0]?.duplicated).toBe(3);
  expect(broken(run)).not.toContain('P4');
});

test('a record first processed after the homecoming is late, not lost', () => {
  const run = corrupt((r) => {
    r.processed[2] = { ...at(r.processed, 2), cluster: 'K1', topic: 'orders', atMs: 58_500, revision: 5 };
  });
  expect(checkRun(run).counts[0]).toMatchObject({ lost: [], late: ['p1#2'] });
});

test('a record that was confirmed and not written is told from one that waits in the log of home', () => {
  const p2Of = (run: MutableRun) => checkRun(run).findings.find(({ id }) => id === 'P2')!.examples;
  const unprocessed = corrupt((r) => void r.processed.splice(4, 1));
  expect(p2Of(unprocessed)).toEqual([
    'billing processed 0 of 1 tail records at home, not p1#3 (0 of them in no log of K1)',
  ]);
  const unwritten = corrupt((r) => {
    r.processed.splice(4, 1);
    r.logs = r.logs.map((log) => ({ ...log, records: log.records.filter(({ id }) => id !== 'p1#3') }));
  });
  expect(p2Of(unwritten)).toEqual([
    'billing processed 0 of 1 tail records at home, not p1#3 (1 of them in no log of K1)',
  ]);
});

test('a run without a tail proves nothing and does not pass', () => {
  const run = corrupt((r) => {
    r.rounds[0] = { ...at(r.rounds, 0), remoteEnds: new Map([['K1.orders-0', 4n]]) };
  });
  const verdict = checkRun(run);
  expect(isMeaningful(run, verdict.facts, verdict.counts)).toContain(
    'no tail: everything was replicated before home was killed',
  );
  expect(verdict.passed).toBe(false);
});

test('a run whose way in was never used proves nothing and does not pass', () => {
  const run = corrupt((r) => {
    Object.assign(r, { trigger: 'alarm' });
  });
  expect(checkRun(run).passed).toBe(false);
});

describe('two rounds', () => {
  const corruptSecond = (damage: (run: MutableRun) => void): MutableRun => {
    const run = twoRounds();
    damage(run);
    return run;
  };
  const processing = (run: MutableRun, seq: number): number => run.processed.findIndex((r) => r.seq === seq);
  const change = (run: MutableRun, seq: number, to: Partial<MutableRun['processed'][number]>) => {
    const i = processing(run, seq);
    run.processed[i] = { ...at(run.processed, i), ...to };
  };

  test('a good run of two rounds passes every promise', () => {
    const verdict = checkRun(twoRounds());
    expect(verdict.findings.filter((f) => !f.holds)).toEqual([]);
    expect(verdict.passed).toBe(true);
  });

  test('each round has its own tail, and the whole has both', () => {
    const { facts, counts } = checkRun(twoRounds());
    expect(facts.rounds.map(({ tail }) => [...tail])).toEqual([['p1#3'], ['p1#8']]);
    expect(counts[0]).toMatchObject({ owed: 11, tailOwed: 2, tailProcessedAtHome: 2 });
    expect(counts[0]?.rounds.map((r) => [r.tailOwed, r.tailProcessedAtHome])).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  const DAMAGES_OF_THE_SECOND: readonly Damage[] = [
    ['drop: a mirrored record is never processed', 'P1', (r) => void r.processed.splice(processing(r, 7), 1)],
    [
      'drop: a record written at the refuge is never processed',
      'P1',
      (r) => void r.processed.splice(processing(r, 9), 1),
    ],
    ['drop: a tail record is never processed', 'P2', (r) => void r.processed.splice(processing(r, 8), 1)],
    [
      'move: the tail is processed through the remote topic',
      'P2',
      (r) => change(r, 8, { cluster: 'K2', topic: 'K1.orders', revision: 7, atMs: 99_000 }),
    ],
    [
      'replay: the old tail is processed once more, through the remote topic',
      'P2',
      (r) =>
        void r.processed.push({
          ...at(r.processed, processing(r, 7)),
          seq: 3,
          offset: 3n,
          atMs: 75_000,
        }),
    ],
    [
      'swap: two records of one key change places under per-key',
      'P3',
      (r) => {
        Object.assign(r, { ordering: 'per-key' });
        change(r, 6, { atMs: 76_500 });
      },
    ],
    [
      'duplicate: repeats that only the bound of the first round has room for',
      'P4',
      (r) => {
        for (const atMs of [76_100, 76_200]) r.processed.push({ ...at(r.processed, processing(r, 7)), atMs });
      },
    ],
    [
      'replay: the group starts at the position of the first round',
      'P6',
      (r) => void r.processed.push({ ...at(r.processed, processing(r, 7)), seq: 1, offset: 1n, atMs: 75_000 }),
    ],
    [
      'skip: the group starts behind its seed',
      'P6',
      (r) => {
        r.stated[1] = { ...at(r.stated, 1), seed: 5n };
      },
    ],
    [
      'late effect: a producer writes to the old cluster after it adopted the new one',
      'P8',
      (r) => {
        r.produced[9] = { ...at(r.produced, 9), cluster: 'K1' };
      },
    ],
    [
      'stuck: a client never came home from the second outage',
      'P10',
      (r) => {
        r.adopted.pop();
      },
    ],
    ['undecided: the second failover has no decision', 'P11', (r) => void r.decisions.splice(2, 1)],
    [
      'unexplained: a silence in the normal time before the second outage',
      'P12',
      (r) => {
        r.produced[6] = { ...at(r.produced, 6), atMs: 63_700 };
        r.produced[7] = { ...at(r.produced, 7), atMs: 63_800 };
      },
    ],
  ];

  test.each(DAMAGES_OF_THE_SECOND)('%s -> %s', (_story, promise, damage) => {
    expect(broken(twoRounds())).not.toContain(promise);
    expect(broken(corruptSecond(damage))).toContain(promise);
  });

  test('what is broken says in which round', () => {
    const run = corruptSecond((r) => void r.processed.splice(processing(r, 8), 1));
    expect(checkRun(run).findings.find((f) => f.id === 'P2')?.examples).toEqual([
      'round 2: billing processed 0 of 1 tail records at home, not p1#8 (0 of them in no log of K1)',
    ]);
  });

  test('repeats count for the round in which they happened', () => {
    const run = corruptSecond((r) => {
      r.processed.push({ ...at(r.processed, processing(r, 2)), atMs: 22_100 });
      r.processed.push({ ...at(r.processed, processing(r, 7)), atMs: 76_100 });
    });
    expect(checkRun(run).counts[0]?.rounds.map((r) => r.repeats.map(({ seq }) => seq))).toEqual([[2], [7]]);
    expect(broken(run)).toEqual([]);
  });

  test('a record first processed after the second homecoming is late in the second round', () => {
    const run = corruptSecond((r) => change(r, 7, { cluster: 'K1', topic: 'orders', atMs: 112_500, revision: 9 }));
    expect(checkRun(run).counts[0]?.rounds.map((r) => r.late)).toEqual([[], ['p1#7']]);
  });

  const PROVES_NOTHING: readonly (readonly [string, (run: MutableRun) => void])[] = [
    [
      'round 2: no tail: everything was replicated before home was killed',
      (r) => {
        r.rounds[1] = { ...at(r.rounds, 1), remoteEnds: new Map([['K1.orders-0', 8n]]) };
      },
    ],
    [
      'round 2: no replicated record was left to process when home was killed',
      (r) => change(r, 7, { cluster: 'K1', topic: 'orders', atMs: 63_960, revision: 5 }),
    ],
    ['round 2: no automatic start ever reached the claim', (r) => void r.decisions.splice(2, 1)],
    ['round 2: no cutover was published', (r) => void r.seen.splice(6, 3)],
    ['round 2: the set never went home', (r) => void r.seen.splice(8, 1)],
  ];

  test.each(PROVES_NOTHING)('%s', (problem, damage) => {
    const run = corruptSecond(damage);
    const { facts, counts } = checkRun(run);
    expect(isMeaningful(run, facts, counts)).toContain(problem);
  });
});

describe('a group that always reads topics and copies', () => {
  const archive = (run: MutableRun) => checkRun(run).counts.find((c) => c.group === 'archive');
  const last = (run: MutableRun, fits: (r: MutableRun['processed'][number]) => boolean): number =>
    run.processed.findLastIndex((r) => r.group === 'archive' && fits(r));

  test('has each record on each cluster, and that is no repetition', () => {
    expect(checkRun(withAlwaysBoth()).findings.filter((f) => !f.holds)).toEqual([]);
    expect(archive(withAlwaysBoth())).toMatchObject({ owed: 6, lost: [], duplicated: 0, unread: [] });
  });

  test('reads the late copies of the tail, and owes them at home all the same', () => {
    const run = withAlwaysBoth();
    expect(archive(run)).toMatchObject({ tailOwed: 1, tailProcessedAtHome: 1, tailProcessedElsewhere: [] });
    run.processed.splice(
      last(run, (r) => r.cluster === 'K1' && r.seq === 3),
      1,
    );
    expect(broken(run)).toContain('P2');
  });

  test('breaks P1 where one cluster holds a copy that it never processed there', () => {
    const run = withAlwaysBoth();
    run.processed.splice(
      last(run, (r) => r.topic === 'K1.orders' && r.seq === 1),
      1,
    );
    expect(archive(run)).toMatchObject({ lost: [], unread: ['p1#1 (K2 K1.orders-0 at 1)'] });
    expect(broken(run)).toContain('P1');
  });

  test('breaks P4 where it processes one place of a log again', () => {
    const run = withAlwaysBoth();
    run.processed.push({
      ...at(
        run.processed,
        last(run, (r) => r.topic === 'K1.orders'),
      ),
      atMs: 61_100,
    });
    expect(archive(run)?.duplicated).toBe(1);
    expect(broken(run)).toContain('P4');
  });

  test('is promised no order, not even per key', () => {
    const run = withAlwaysBoth();
    Object.assign(run, { ordering: 'per-key' });
    for (const [topic, atMs] of [
      ['orders', 9_050],
      ['K1.orders', 9_060],
    ] as const) {
      const i = last(run, (r) => r.topic === topic && r.seq === 1);
      run.processed[i] = { ...at(run.processed, i), atMs: atMs + 50 };
    }
    expect(archive(run)?.outOfOrder).toBe(0);
    expect(broken(run)).not.toContain('P3');
  });

  test('does not show that anything was left to process: it reads the copies anyway', () => {
    const run = withAlwaysBoth();
    run.processed = run.processed.filter((r) => !(r.group === 'billing' && r.topic === 'K1.orders'));
    const { facts, counts } = checkRun(run);
    expect(isMeaningful(run, facts, counts)).toContain('no replicated record was left to process when home was killed');
  });
});
