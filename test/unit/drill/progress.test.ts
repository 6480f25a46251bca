/** On a terminal one line is rewritten; elsewhere lines stay plain and few. */
import { describe, expect, test } from '@jest/globals';
import { lagOf } from '../../drill/report/glance.ts';
import { Progress, glanceLine, worthALine } from '../../drill/report/progress.ts';
import type { Glance } from '../../drill/report/progress.ts';

const at = (change: Partial<Glance> = {}): Glance => ({
  sinceMs: 42_400,
  set: 'clients-k1',
  phase: 'draining',
  revision: 2,
  down: ['K1'],
  lag: 1_620,
  acknowledged: 12_345,
  processed: 11_002,
  ...change,
});

const screen = (isTTY: boolean) => {
  const written: string[] = [];
  return { isTTY, columns: 200, write: (text: string) => written.push(text), written };
};

describe('the line', () => {
  test('says where the clients are and how much is left', () => {
    expect(glanceLine(at())).toBe(
      '  42.4 s  … clients-k1: draining, revision 2 · K1 down · lag 1,620 · 12,345 acknowledged · 11,002 processed',
    );
  });

  test('says that nothing is published yet', () => {
    expect(glanceLine(at({ phase: undefined, revision: undefined, down: [], lag: undefined }))).toContain(
      'no routing value yet · 12,345',
    );
  });

  test('is cut one short of the width, so that the terminal does not break it', () => {
    expect(glanceLine(at(), 40)).toHaveLength(39);
  });
});

describe('without a terminal a line is worth printing', () => {
  test.each([
    ['at the beginning', undefined, at(), true],
    ['not when nothing happened', at(), at({ sinceMs: 50_000, processed: 15_000 }), false],
    ['when the phase changed', at(), at({ phase: 'refuge' }), true],
    ['when a revision came within the phase', at(), at({ revision: 3 }), true],
    ['when a cluster came back', at(), at({ down: [] }), true],
    ['after a quarter of a minute', at(), at({ sinceMs: 57_400 }), true],
  ] as const)('%s', (_story, last, now, expected) => {
    expect(worthALine(last, now)).toBe(expected);
  });
});

describe('the screen', () => {
  test('a terminal: the line is wiped for a sentence that stays, and comes back behind it', () => {
    const tty = screen(true);
    const progress = new Progress(tty);
    progress.show(at());
    progress.say('K1 is killed');
    const said = tty.written.findIndex((text) => text.endsWith('K1 is killed\n'));
    expect(tty.written[said - 1]).toBe('\r\x1b[2K');
    expect(tty.written[said + 1]).toContain('draining');
  });

  test('a terminal: stop leaves nothing of the line', () => {
    const tty = screen(true);
    const progress = new Progress(tty);
    progress.show(at());
    progress.stop();
    expect(tty.written.at(-1)).toBe('\r\x1b[2K');
  });

  test('a file: no control characters, and a line only where something happened', () => {
    const file = screen(false);
    const progress = new Progress(file);
    progress.show(at());
    progress.show(at({ sinceMs: 43_000 }));
    progress.show(at({ phase: 'refuge', revision: 3 }));
    expect(file.written.map((line) => line.replace(/ · .*/s, ''))).toEqual([
      '  42.4 s  … clients-k1: draining, revision 2',
      '  42.4 s  … clients-k1: refuge, revision 3',
    ]);
    expect(file.written.join('')).not.toContain('\x1b');
  });

  test('somebody types into the terminal: plain lines there too', () => {
    const tty = screen(true);
    new Progress(tty, { live: false }).show(at());
    expect(tty.written.join('')).not.toContain('\x1b');
  });
});

describe('the lag on the line', () => {
  const lag = {
    'K1 billing orders': 7,
    'K1 billing K2.orders': 900,
    'K2 billing orders': 5,
    'K2 billing K1.orders': 40,
    'K2 audit-k2 orders': 3,
  };

  test.each([
    ['at home: its own topics, not the copies that nobody reads', 'K1', ['orders'], 7],
    ['draining: the copies only', 'K2', ['K1.orders'], 40],
    ['told to read both', 'K2', ['orders', 'K1.orders'], 45],
    ['a cluster that could not be read', 'K3', ['orders'], undefined],
  ] as const)('%s', (_story, cluster, topics, records) => {
    expect(lagOf(lag, new Set(['billing']), cluster, topics)).toBe(records);
  });
});
