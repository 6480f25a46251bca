/** Curves over time: how much was written and processed where, and how far each group lagged behind. */
import type { Report } from '../shape.ts';
import {
  LEFT,
  RIGHT,
  WIDTH,
  backdrop,
  drawing,
  esc,
  line,
  partOf,
  px,
  stepFor,
  timeAxis,
  timeScale,
  words,
} from './svg.ts';

const TOP = 10;

interface Series {
  readonly name: string;
  readonly className: string;
  readonly points: readonly (readonly [number, number | null])[];
}

export function ratesDrawing(report: Report): string {
  const of = (what: string) => report.rates.filter((lane) => lane.what === what && lane.points.some(([, n]) => n > 0));
  const acknowledged = of('acknowledged').map((lane) => ({
    name: `acknowledged by ${lane.cluster}`,
    className: `${partOf(report, lane.cluster)}-line`,
    points: lane.points,
  }));
  const processed = of('processed').map((lane) => ({
    name:
      lane.topics === 'remote'
        ? `processed on ${lane.cluster}, from the remote topics`
        : `processed on ${lane.cluster}, from its own topics`,
    className: lane.topics === 'remote' ? 'remote-line' : `${partOf(report, lane.cluster)}-line`,
    points: lane.points,
  }));
  return (
    panel(report, `Producers of ${report.story.movedSet}: records acknowledged per second`, acknowledged, 110) +
    panel(report, `Consumers of ${report.story.movedSet}: records processed per second`, processed, 110)
  );
}

/** One panel per group and cluster; curves that never left zero were not kept. */
export function lagDrawings(report: Report): string {
  const told = report.curves.filter(({ topic }) => !topic.startsWith(`${report.story.refuge}.`));
  const keys = [...new Set(told.map(({ group, cluster }) => `${group} on ${cluster}`))];
  if (keys.length === 0) return '<p>No group ever had a lag.</p>';
  return keys
    .map((key) => {
      const curves = told.filter(({ group, cluster }) => `${group} on ${cluster}` === key);
      const series = curves.map((curve, i) => ({
        name: curve.topic,
        className: curve.remote
          ? i % 2 === 0
            ? 'remote-line'
            : 'remote-line second'
          : `${partOf(report, curve.cluster)}-line${i % 2 === 0 ? '' : ' second'}`,
        points: curve.points,
      }));
      return panel(report, `Group ${key}: records between its position and the end`, series, 96);
    })
    .join('');
}

function panel(report: Report, title: string, series: readonly Series[], height: number): string {
  const most = Math.max(1, ...series.flatMap(({ points }) => points.map(([, value]) => value ?? 0)));
  const step = stepFor(most, 4);
  const top = Math.ceil(most / step) * step;
  const y = (value: number) => TOP + height - (value / top) * height;
  const grid: string[] = [];
  for (let value = 0; value <= top + step / 2; value += step) {
    grid.push(
      line(LEFT, y(value), WIDTH - RIGHT, y(value), 'class="grid"'),
      words(LEFT - 8, y(value) + 4, value.toLocaleString('en'), 'class="tick" text-anchor="end"'),
    );
  }
  const lines = series.map((s) => path(report, s, y)).join('');
  const legend = series.map(({ name, className }) => `<span><i class="${className}"></i>${esc(name)}</span>`).join('');
  return `<figure><figcaption>${esc(title)}<span class="legend">${legend}</span></figcaption>${drawing(TOP + height + 24, title, `${backdrop(report, TOP, TOP + height)}${grid.join('')}${lines}${timeAxis(report, TOP + height)}`)}</figure>`;
}

/** A point that could not be read interrupts the line; nothing is drawn through it. */
function path(report: Report, { name, className, points }: Series, y: (value: number) => number): string {
  const x = timeScale(report);
  let pen = false;
  let d = '';
  for (const [atMs, value] of points) {
    if (value === null) {
      pen = false;
      continue;
    }
    d += `${pen ? 'L' : 'M'}${px(x(atMs))} ${px(y(value))}`;
    pen = true;
  }
  return d === '' ? '' : `<path d="${d}" class="curve ${className}"><title>${esc(name)}</title></path>`;
}
