/** The same outage twice: clients moved by hand, and moved by this project. Pure. */
import type { Report } from './shape.ts';

type Group = Report['groups'][number];

const ROWS: readonly (readonly [string, (g: Group, naive: boolean) => string])[] = [
  ['owed', (g) => String(g.owed)],
  ['lost', (g) => String(g.lost)],
  ['late', (g) => String(g.late)],
  [
    'repeated (most stated before)',
    (g, naive) => (naive ? `${g.repeated} (none)` : `${g.repeated} (${g.repeatedBound})`),
  ],
  ['out of order', (g) => String(g.outOfOrder)],
  ['tail processed at home', (g) => (g.tailOwed === 0 ? '-' : `${g.tailAtHome} of ${g.tailOwed}`)],
];

/** The last line of a naive run. */
export function naiveConclusion({ totals, groups, provesNothingBecause }: Report): string {
  if (provesNothingBecause.length > 0) return `NOT MEASURED: ${provesNothingBecause.join('; ')}.`;
  const sum = (pick: (g: Group) => number) => groups.reduce((all, g) => all + pick(g), 0);
  return (
    `MEASURED: of ${totals.acknowledged} acknowledged records ${totals.lost} were lost, and over all groups ` +
    `${sum((g) => g.late)} came late, ${sum((g) => g.repeated)} were repeated and ${sum((g) => g.outOfOrder)} came out of order. ` +
    'This is a demonstration of moving by hand: its promises are expected to break.'
  );
}

/** Why a naive run has nothing to stand beside: no run of the system, or one of another outage; undefined = it has. */
export function notComparable(naive: Report, system: Report | undefined): string | undefined {
  const { fail } = naive.options;
  const command = fail === 'K1' ? 'npm run drill' : `npm run drill -- --fail ${fail}`;
  const then = 'and the next naive run prints both results side by side.';
  if (system === undefined || system.options.naive) return `Run \`${command}\` as well, ${then}`;
  return system.options.fail === fail
    ? undefined
    : `The newest run of mm2-failover lost ${system.options.fail}, this one ${fail}: run \`${command}\`, ${then}`;
}

/**
 * @param naive report of a `--naive` run
 * @param system report of a run that the deployed system moved
 */
export function sideBySide(naive: Report, system: Report): string {
  const figure = (report: Report, name: string): string => {
    const seconds = report.figures.find((f) => f.name === name)?.seconds;
    return seconds === null || seconds === undefined ? '-' : `${seconds.toFixed(1)} s`;
  };
  const lines: (readonly [string, string, string])[] = [
    ['', 'by hand', 'mm2-failover'],
    ['acknowledged', String(naive.totals.acknowledged), String(system.totals.acknowledged)],
    ['producers without a cluster *', ...both((r) => figure(r, 'unavailable, producers'))],
    ['consumers without a record *', ...both((r) => figure(r, 'unavailable, consumers'))],
  ];
  for (const group of naive.groups) {
    const same = system.groups.find((g) => g.group === group.group);
    lines.push([group.group, '', '']);
    for (const [name, cell] of ROWS)
      lines.push([`  ${name}`, cell(group, true), same === undefined ? '-' : cell(same, false)]);
  }
  const widths = [0, 1, 2].map((i) => Math.max(...lines.map((line) => line[i]!.length)));
  const text = lines.map(([name, hand, ours]) =>
    `${name.padEnd(widths[0]!)}  ${hand.padStart(widths[1]!)}  ${ours.padStart(widths[2]!)}`.trimEnd(),
  );
  return [
    ...text,
    "* the person of the naive run needs a few seconds to decide, where one in life needs minutes; the system's windows are shortened",
  ].join('\n');

  function both(cell: (report: Report) => string): [string, string] {
    return [cell(naive), cell(system)];
  }
}
