/** What became of each drill of a series, judged by its exit code and its report. Pure. */
import type { Report } from './shape.ts';

export interface Ended {
  readonly name: string;
  readonly seconds: number;
  readonly code: number;
  /** `late`: it was ended because it took too long; `stopped`: a person ended it. */
  readonly ended: 'itself' | 'late' | 'stopped';
  readonly report: Report | undefined;
  /** Everything it printed. */
  readonly log: string;
}

export interface Outcome {
  readonly name: string;
  readonly seconds: number;
  readonly kind: 'passed' | 'failed' | 'late' | 'stopped';
  readonly report: Report | undefined;
  /** Why it did not pass; empty where it did. */
  readonly why: string;
}

/** Passed only if both agree: the exit code, and a report that says so. */
export function outcomeOf({ name, seconds, code, ended, report, log }: Ended): Outcome {
  const common = { name, seconds, report };
  if (ended === 'stopped') return { ...common, kind: 'stopped', why: 'stopped by Ctrl-C' };
  if (ended === 'late')
    return { ...common, kind: 'late', why: `took longer than ${Math.round(seconds)} s; ended at: ${lastWords(log)}` };
  if (code === 0 && report?.passed === true) return { ...common, kind: 'passed', why: '' };
  return { ...common, kind: 'failed', why: report === undefined ? lastWords(log) : broken(report, code) };
}

function broken(report: Report, code: number): string {
  const promises = report.promises
    .filter((p) => !p.holds && p.applies)
    .map((p) => `${p.id} (${p.examples[0] ?? p.sentence})`);
  const reasons = [...report.provesNothingBecause.map((why) => `proves nothing: ${why}`), ...promises];
  return reasons.length > 0 ? reasons.join('; ') : `the report is good, but the exit code was ${code}`;
}

/** The drill's own last word about a failure, or else its last line. */
function lastWords(log: string): string {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  return (lines.findLast((line) => line.startsWith('FAILED:')) ?? lines.at(-1) ?? 'it printed nothing').trim();
}

const figure = (report: Report, name: string): string => {
  const seconds = report.figures.find((f) => f.name === name)?.seconds;
  return seconds === null || seconds === undefined ? '-' : seconds.toFixed(1);
};

export function outcomeLine({ kind, seconds, report, why }: Outcome): string {
  const verdict = kind === 'passed' ? 'passed' : kind.toUpperCase();
  if (report === undefined) return `${verdict} after ${seconds.toFixed(0)} s: ${why}`;
  return `${verdict} after ${seconds.toFixed(0)} s: ${report.totals.lost} lost of ${report.totals.acknowledged}${why === '' ? '' : `; ${why}`}`;
}

const COLUMNS: readonly (readonly [string, (o: Outcome) => string])[] = [
  ['drill', (o) => o.name],
  ['result', (o) => (o.kind === 'passed' ? 'passed' : o.kind.toUpperCase())],
  ['took', (o) => `${o.seconds.toFixed(0)} s`],
  ['acknowledged', (o) => (o.report === undefined ? '-' : String(o.report.totals.acknowledged))],
  ['lost', (o) => (o.report === undefined ? '-' : String(o.report.totals.lost))],
  [
    'tail home',
    (o) =>
      o.report === undefined
        ? '-'
        : sum(
            o.report,
            (g) => g.tailAtHome,
            (g) => g.tailOwed,
            '/',
          ),
  ],
  [
    'repeated',
    (o) =>
      o.report === undefined
        ? '-'
        : sum(
            o.report,
            (g) => g.repeated,
            (g) => g.repeatedBound,
            ' of ≤',
          ),
  ],
  ['decided s', (o) => (o.report === undefined ? '-' : figure(o.report, 'detection and decision'))],
  ['drained s', (o) => (o.report === undefined ? '-' : figure(o.report, 'drain and cutover'))],
  ['no producers s', (o) => (o.report === undefined ? '-' : figure(o.report, 'unavailable, producers'))],
  ['no consumers s', (o) => (o.report === undefined ? '-' : figure(o.report, 'unavailable, consumers'))],
];

type Group = Report['groups'][number];

function sum(report: Report, one: (g: Group) => number, other: (g: Group) => number, between: string): string {
  const total = (pick: (g: Group) => number) => report.groups.reduce((all, g) => all + pick(g), 0);
  return `${total(one)}${between}${total(other)}`;
}

/** @param wanted how many drills the series has; those that were not started are counted in the last line */
export function outcomeTable(outcomes: readonly Outcome[], wanted: number): string {
  const cells = outcomes.map((o) => COLUMNS.map(([, cell]) => cell(o)));
  const widths = COLUMNS.map(([head], i) => Math.max(head.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const row = (texts: readonly string[]) =>
    texts.map((text, i) => (i < 2 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0))).join('  ');
  const passed = outcomes.filter((o) => o.kind === 'passed').length;
  const rest = wanted - outcomes.length;
  const whys = outcomes.filter((o) => o.why !== '').map((o) => `${o.name}: ${o.why}`);
  return [
    row(COLUMNS.map(([head]) => head)),
    ...cells.map(row),
    '',
    ...whys,
    `${passed} of ${wanted} passed${rest > 0 ? `, ${rest} not started` : ''}.`,
  ].join('\n');
}
