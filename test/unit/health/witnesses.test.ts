import { describe, expect, test } from '@jest/globals';
import type { AlarmState, AlarmWitness } from '../../../core/health/witnesses.ts';
import { hearWitnesses, sayingsAbout } from '../../../core/health/witnesses.ts';
import { readHeartbeats } from '../../../core/replication/heartbeats.ts';

describe('replication as a witness: every combination, freshness 45 s', () => {
  const NOW = Date.UTC(2026, 10, 22, 10);
  const BEAT = { fresh: NOW - 45_000, stale: NOW - 45_001, unreadable: undefined } as const;
  type Beat = keyof typeof BEAT;
  type Ends = 'moving' | 'still' | undefined;
  const beats = ['fresh', 'stale', 'unreadable'] as const satisfies readonly Beat[];
  const all = ['moving', 'still', undefined] as const satisfies readonly Ends[];
  const rows = beats.flatMap((copied) => beats.flatMap((own) => all.map((ends) => [copied, own, ends] as const)));
  const expected = (copied: Beat, own: Beat, ends: Ends) => {
    if (copied === 'fresh' || ends === 'moving') return 'ALIVE';
    return copied === 'stale' && own === 'fresh' && ends === 'still' ? 'CORROBORATES' : 'UNAVAILABLE';
  };

  test.each(rows)("the source's heartbeats %s, the flow's own %s, remote topics %s", (copied, own, remoteEnds) => {
    const seen = { copiedHeartbeatMs: BEAT[copied], ownHeartbeatMs: BEAT[own], remoteEnds };
    const witness = readHeartbeats(seen, { nowMs: NOW, freshnessLimitMs: 45_000 });
    expect(witness).toMatchObject({ kind: expected(copied, own, remoteEnds), veto: witness.kind === 'ALIVE' });
  });

  test('a single combination of 27 speaks against the source', () => {
    expect(rows.filter((row) => expected(...row) === 'CORROBORATES')).toEqual([['stale', 'fresh', 'still']]);
  });
});

describe('alarms as witnesses', () => {
  const WITNESSES: readonly AlarmWitness[] = [
    { name: 'errors', cluster: 'K1', says: 'down', region: 'eu-central-1' },
    { name: 'traffic', cluster: 'K1', says: 'alive', region: 'eu-central-1' },
    { name: 'errors', cluster: 'K2', says: 'down', region: 'eu-west-1' },
  ];
  const states = (region: string, ...list: (readonly [string, AlarmState])[]) => new Map([[region, new Map(list)]]);

  test.each([
    ['ALARM', ['down']],
    ['OK', []],
    ['INSUFFICIENT_DATA', []],
  ] as const)('an alarm in %s says %p', (state, words) => {
    const said = sayingsAbout('K1', WITNESSES, states('eu-central-1', ['errors', state]));
    expect(said.map(({ says }) => says)).toEqual(words);
  });

  test('one that could not be read, or does not exist, says nothing', () => {
    expect(sayingsAbout('K1', WITNESSES, new Map())).toEqual([]);
  });

  test('an alarm of the same name in another region, about another cluster, is another alarm', () => {
    const there = states('eu-west-1', ['errors', 'ALARM']);
    expect([sayingsAbout('K1', WITNESSES, there), sayingsAbout('K2', WITNESSES, there)]).toEqual([
      [],
      [{ name: 'errors', says: 'down' }],
    ]);
  });

  test('what is heard names who said it', () => {
    const silent = { kind: 'UNAVAILABLE', because: 'no fresh look' } as const;
    expect([
      hearWitnesses(silent, []),
      hearWitnesses(silent, [{ name: 'errors', says: 'down' }]),
      hearWitnesses(silent, [{ name: 'traffic', says: 'alive' }]),
    ]).toEqual([
      silent,
      { kind: 'CORROBORATES', because: 'alarm "errors" says down' },
      { kind: 'ALIVE', because: 'alarm "traffic" says alive' },
    ]);
  });
});

describe('replication speaks before the alarms', () => {
  test.each([
    ['ALIVE', 'alive'],
    ['CORROBORATES', 'down'],
  ] as const)('what it saw (%s) stays its own word when an alarm says %s too', (kind, says) => {
    const replication = { kind, because: 'as replication shows' };
    expect(hearWitnesses(replication, [{ name: 'errors', says }])).toEqual(replication);
  });
});
