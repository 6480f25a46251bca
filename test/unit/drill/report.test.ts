/** The report says what the run's logs say, keeps its documented shape, and the page needs nothing but itself. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { page } from '../../drill/report/html/page.ts';
import { readReport } from '../../drill/report/shape.ts';
import { timings } from '../../drill/report/timings.ts';
import { SHAPED_BY } from '../../drill/report/windows.ts';
import { summary } from '../../drill/report/terminal.ts';
import { goodReport, reportOfTwoRounds } from '../../support/builders/report.ts';
import { goodRun } from '../../support/builders/run.ts';

const EXAMPLE = readFileSync(join(import.meta.dirname, 'report-v1.json'), 'utf8');

describe('report.json', () => {
  test('the stored example of version 1 can be read', () => {
    const report = readReport(EXAMPLE);
    expect(report.passed).toBe(true);
    expect(report.totals).toEqual({ acknowledged: 6, unknown: 0, tail: 1, lost: 0 });
    expect(report.groups[0]).toMatchObject({ group: 'billing', tailOwed: 1, tailAtHome: 1 });
  });

  test('what is written today can be read back, field by field', () => {
    const report = goodReport();
    expect(readReport(JSON.stringify(report))).toEqual(report);
  });

  test('another version is refused by its number', () => {
    expect(() => readReport(EXAMPLE.replace('"schema": 1', '"schema": 2'))).toThrow(
      'report.json says schema 2; this program reads 1',
    );
  });

  test('a field of another kind is named', () => {
    expect(() => readReport(EXAMPLE.replace('"passed": true', '"passed": "yes"'))).toThrow(
      'not as documented at passed',
    );
  });

  test('a run that lost a record says so, with the record', () => {
    const report = goodReport((run) => void run.processed.splice(1, 1));
    expect(report.passed).toBe(false);
    expect(report.totals.lost).toBe(1);
    expect(report.groups[0]?.lostExamples).toEqual(['p1#1']);
    expect(report.promises.find((p) => p.id === 'P1')).toMatchObject({
      holds: false,
      examples: ['billing never processed p1#1'],
    });
  });

  test('the command runs the same drill again', () => {
    expect(goodReport().command).toBe('npm run drill -- --trigger automatic --fail K1 --policy availability');
  });
});

describe('lanes', () => {
  test('a client lives where its newest adopted revision puts it, until the next one', () => {
    const producer = goodReport().clients.find((c) => c.client === 'p1');
    expect(producer?.places.map((p) => [p.fromMs, p.toMs, p.cluster, p.revision, p.doing])).toEqual([
      [1_000, 19_000, 'K1', 1, 'active'],
      [19_000, 29_000, 'K2', 2, 'active'],
      [29_000, 57_000, 'K2', 3, 'active'],
      [57_000, 70_000, 'K1', 5, 'active'],
    ]);
  });

  test('a producer that was told to wait is shown as holding', () => {
    const report = goodReport((run) => {
      run.seen[1] = { ...run.seen[1]!, producers: { cluster: 'K2', state: 'hold' } };
    });
    expect(report.clients.find((c) => c.client === 'p1')?.places[1]?.doing).toBe('hold');
  });

  test('a consumer shows which topics it reads, and its group', () => {
    const consumer = goodReport().clients.find((c) => c.client === 'c1');
    expect(consumer?.group).toBe('billing');
    expect(consumer?.places.map((p) => p.doing)).toEqual(['local', 'remote', 'local', 'local']);
  });

  test('activity goes from the first to the last record, over pauses of up to a second', () => {
    const consumer = goodReport().clients.find((c) => c.client === 'c1');
    expect(consumer?.active).toEqual([
      { fromMs: 9_950, toMs: 9_950, cluster: 'K1' },
      { fromMs: 21_000, toMs: 22_000, cluster: 'K2' },
      { fromMs: 30_000, toMs: 30_000, cluster: 'K2' },
      { fromMs: 58_000, toMs: 58_000, cluster: 'K1' },
      { fromMs: 61_000, toMs: 61_000, cluster: 'K1' },
    ]);
  });

  test('home is down from the kill to its restart', () => {
    expect(goodReport().clusters[0]?.spans).toEqual([
      { fromMs: 0, toMs: 10_000, up: true },
      { fromMs: 10_000, toMs: 40_000, up: false },
      { fromMs: 40_000, toMs: 70_000, up: true },
    ]);
  });

  test('a home that never came back is down to the end', () => {
    const report = goodReport((run) => {
      const { restartedMs: _gone, ...round } = run.rounds[0]!;
      run.rounds = [round];
    });
    expect(report.clusters[0]?.spans.at(-1)).toEqual({ fromMs: 10_000, toMs: 70_000, up: false });
  });

  test('a lag that could not be read is null, and a curve that never left zero is left out', () => {
    expect(goodReport().curves.map((c) => [c.cluster, c.topic, c.remote, c.points.map(([, lag]) => lag)])).toEqual([
      ['K1', 'orders', false, [2, null, 1]],
      ['K2', 'K1.orders', true, [3, 2, 0]],
    ]);
  });

  test('records of the remote topic are counted apart from those of the local one', () => {
    const total = (topics: string) =>
      goodReport()
        .rates.find((r) => r.what === 'processed' && r.cluster === 'K2' && r.topics === topics)
        ?.points.reduce((sum, [, n]) => sum + n, 0);
    expect([total('remote'), total('local')]).toEqual([2, 1]);
  });
});

describe('windows', () => {
  test('every figure has its settings, and no setting belongs to a figure that is not there', () => {
    expect(Object.keys(SHAPED_BY).toSorted()).toEqual(
      timings(goodRun(), 0)
        .map((t) => t.name)
        .toSorted(),
    );
  });

  test('a setting stands beside what production has, with its meaning', () => {
    expect(goodReport().windows.find((w) => w.setting === 'probe.confirmSeconds')).toEqual({
      setting: 'probe.confirmSeconds',
      inForce: 5,
      production: 60,
      meaning: 'How long a suspicion must stand before it is a fact. Seconds.',
    });
  });

  test('every setting that shapes a figure has two numbers', () => {
    for (const { inForce, production } of goodReport().windows)
      expect([Number.isFinite(inForce), Number.isFinite(production)]).toEqual([true, true]);
  });
});

describe('index.html', () => {
  test('needs no network and no script', () => {
    expect(page(goodReport())).not.toMatch(/<script|<link|<img|https?:|@import|url\(/);
  });

  test('no figure and no coordinate is missing', () => {
    expect(page(goodReport())).not.toMatch(/NaN|undefined|null|Infinity|\[object/);
  });

  test('every tag that holds something is closed', () => {
    const html = page(goodReport());
    for (const tag of [
      'section',
      'table',
      'tr',
      'td',
      'svg',
      'g',
      'rect',
      'text',
      'details',
      'div',
      'figure',
      'p',
      'b',
    ]) {
      const opened = html.match(new RegExp(`<${tag}[ >][^>]*`, 'g'))?.filter((t) => !t.endsWith('/')).length ?? 0;
      expect([tag, html.split(`</${tag}>`).length - 1]).toEqual([tag, opened]);
    }
  });

  test('says what broke and shows the example', () => {
    const html = page(goodReport((run) => void run.processed.splice(1, 1)));
    expect(html).toContain('✗ Failed');
    expect(html).toContain('1 record lost of 6 records');
    expect(html).toContain('billing never processed p1#1');
  });

  test('a run without a tail says that it proves nothing', () => {
    const html = page(
      goodReport((run) => {
        run.rounds[0] = { ...run.rounds[0]!, remoteEnds: new Map([['K1.orders-0', 5n]]) };
      }),
    );
    expect(html).toContain('This run proves nothing: no tail');
  });

  test('text from outside cannot become markup', () => {
    const html = page(
      goodReport((run) => {
        run.decisions[0] = { ...run.decisions[0]!, sentence: 'lag < 5 & "<script>alert(1)</script>"' };
      }),
    );
    expect(html).not.toContain('<script>');
    expect(html).toContain('lag &lt; 5 &amp;');
  });
});

test('the story names the claim, with the number it has in the list of decisions', () => {
  expect(page(goodReport())).toContain('failover is decided (automatic, assess; decision 1): ');
});

test("copies of the refuge's topics at home are kept in the file, but not drawn", () => {
  const report = goodReport();
  report.curves.push({ cluster: 'K1', group: 'billing', topic: 'K2.orders', remote: true, points: [[9_000, 5]] });
  expect(page(report)).not.toContain('K2.orders');
});

describe('two rounds', () => {
  test('each has its kill, its return, its tail and its counts', () => {
    expect(
      reportOfTwoRounds().rounds.map(({ seconds: _, groups, ...round }) => [round, groups[0]?.tailAtHome]),
    ).toEqual([
      [{ killedMs: 10_000, restartedMs: 40_000, tail: 1 }, 1],
      [{ killedMs: 64_000, restartedMs: 94_000, tail: 1 }, 1],
    ]);
  });

  test('each has the seconds of every stage, in the order of the figures', () => {
    const { figures, rounds } = reportOfTwoRounds();
    const of = (name: string) => rounds.map(({ seconds }) => seconds[figures.findIndex((f) => f.name === name)]);
    expect(of('detection and decision')).toEqual([7, 7]);
    expect(of('unavailable, producers')).toEqual([10.1, 10.1]);
    expect(of('failback')).toEqual([16, 16]);
  });

  test('home is down twice', () => {
    expect(reportOfTwoRounds().clusters[0]?.spans.map(({ fromMs, toMs, up }) => [fromMs, toMs, up])).toEqual([
      [0, 10_000, true],
      [10_000, 40_000, false],
      [40_000, 64_000, true],
      [64_000, 94_000, false],
      [94_000, 124_000, true],
    ]);
  });

  test('the terminal has a column of times and a line of counts for each round', () => {
    const lines = summary(reportOfTwoRounds()).split('\n');
    expect(lines).toContainEqual(expect.stringMatching(/^ +round 1 +round 2$/));
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}failback +16\.0 +16\.0 /));
    expect(lines).toContainEqual(expect.stringMatching(/^ {4}in round 2 .* 0 \(1\) +1 \/ 1$/));
  });

  test('one round has one column and nothing about rounds', () => {
    expect(summary(goodReport())).not.toContain('round');
    expect(page(goodReport())).not.toContain('round 1');
  });

  test('the page tells both kills, and the command plays both again', () => {
    const html = page(reportOfTwoRounds());
    expect(html).toContain('K1 is killed (round 2 of 2)');
    expect(html).toContain('--policy availability --rounds 2');
    expect(html).not.toMatch(/NaN|undefined|null|Infinity|\[object/);
  });
});
