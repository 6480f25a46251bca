/** The drawing that tells the story: decisions, phases, clusters and every client on one time axis. */
import type { Report } from '../shape.ts';
import {
  LEFT,
  RIGHT,
  WIDTH,
  backdrop,
  drawing,
  line,
  partOf,
  phaseBands,
  px,
  rect,
  sinceKill,
  timeAxis,
  timeScale,
  words,
} from './svg.ts';

const ROW = 22;
const TOP = 30;

type Row = (y: number) => string;

export function timeline(report: Report): string {
  const rows = allRows(report);
  const bottom = TOP + rows.length * ROW + 4;
  const body = rows.map((row, i) => row(TOP + i * ROW)).join('');
  return drawing(
    bottom + 26,
    'Timeline of clusters, clients, phases and decisions',
    `${backdrop(report, TOP, bottom)}${markWords(report)}${body}${timeAxis(report, bottom)}`,
  );
}

function allRows(report: Report): readonly Row[] {
  const sets = [...new Set(report.clients.map(({ clientSet }) => clientSet))];
  return [
    decisionRow(report),
    phaseRow(report),
    ...report.clusters.map((cluster) => clusterRow(report, cluster)),
    ...sets.flatMap((set) => [
      headingRow(
        set === report.story.movedSet
          ? `${set}: home is ${report.story.failed}, it moves`
          : `${set}: stays where it is`,
      ),
      ...report.clients.filter((c) => c.clientSet === set).map((client) => clientRow(report, client)),
    ]),
  ];
}

function markWords(report: Report): string {
  const x = timeScale(report);
  const say = (atMs: number, text: string, kind: string) =>
    words(x(atMs), TOP - 10, text, `class="mark ${kind}" text-anchor="middle"`);
  const { failed } = report.story;
  // Several rounds leave no room for more than a word each.
  const [killed, back] =
    report.rounds.length === 1 ? [`${failed} killed`, `${failed} started again`] : ['killed', 'back'];
  return report.rounds
    .flatMap(({ killedMs, restartedMs }) => [
      say(killedMs, killed, 'bad'),
      ...(restartedMs === null ? [] : [say(restartedMs, back, 'good')]),
    ])
    .join('');
}

const label = (y: number, text: string, className = 'lane'): string =>
  words(LEFT - 8, y + 15, text, `class="${className}" text-anchor="end"`);

/** Numbered like the list below the drawing; two that stand close share the place of the first. */
function decisionRow(report: Report): Row {
  const x = timeScale(report);
  return (y) => {
    let taken = Number.NEGATIVE_INFINITY;
    const dots = report.decisions.map((d, i) => {
      const at = Math.max(x(d.atMs), taken + 17);
      taken = at;
      const title = `${i + 1}. ${sinceKill(report, d.atMs)} ${d.clientSet} ${d.move} ${d.kind}: ${d.sentence}`;
      return `<g class="decision"><title>${title.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</title><circle cx="${px(at)}" cy="${px(y + 11)}" r="8"/>${words(at, y + 14.5, String(i + 1), 'text-anchor="middle"')}</g>`;
    });
    return label(y, 'decisions') + dots.join('');
  };
}

function phaseRow(report: Report): Row {
  const x = timeScale(report);
  return (y) => {
    const bands = phaseBands(report).map(({ phase, fromMs, toMs, revisions }) => {
      const width = x(toMs) - x(fromMs);
      const title = revisions
        .map(
          (r) =>
            `revision ${r.revision} (${phase}) at ${sinceKill(report, r.atMs)}: producers ${r.producers.cluster} ${r.producers.state}, consumers ${r.consumers.cluster} ${r.consumers.read}`,
        )
        .join('\n');
      const name =
        width > phase.length * 7 + 6
          ? words(x(fromMs) + width / 2, y + 15, phase, 'class="phase" text-anchor="middle"')
          : '';
      const ticks = revisions.map((r) => line(x(r.atMs), y + 1, x(r.atMs), y + ROW - 1, 'class="revision"')).join('');
      return rect(x(fromMs), y + 2, width, ROW - 4, `class="band phase-${phase}"`, title) + ticks + name;
    });
    return label(y, `phase of ${report.story.movedSet}`) + bands.join('');
  };
}

function clusterRow(report: Report, { alias, part, spans }: Report['clusters'][number]): Row {
  const x = timeScale(report);
  return (y) =>
    label(y, `cluster ${alias} (${part})`) +
    spans
      .map(({ fromMs, toMs, up }) => {
        const width = x(toMs) - x(fromMs);
        const bar = rect(
          x(fromMs),
          y + 4,
          width,
          ROW - 8,
          `class="${up ? partOf(report, alias) : 'down'}" rx="2"`,
          `${alias} ${up ? 'up' : 'down'} ${sinceKill(report, fromMs)} to ${sinceKill(report, toMs)}`,
        );
        return up ? bar : bar + words(x(fromMs) + width / 2, y + 15, 'down', 'class="down-word" text-anchor="middle"');
      })
      .join('');
}

const headingRow =
  (text: string): Row =>
  (y) =>
    line(LEFT, y + ROW - 3, WIDTH - RIGHT, y + ROW - 3, 'class="grid"') + words(LEFT, y + 16, text, 'class="set"');

/** Pale: where the routing it obeys puts it. Full: where it really did something. */
function clientRow(report: Report, client: Report['clients'][number]): Row {
  const x = timeScale(report);
  const what = client.role === 'producer' ? 'producer' : (client.group ?? 'consumer');
  return (y) => {
    const places = client.places.map((p) => {
      const title = `${client.client} under revision ${p.revision}: ${p.cluster}, ${p.doing}, from ${sinceKill(report, p.fromMs)}`;
      const box = rect(
        x(p.fromMs),
        y + 3,
        x(p.toMs) - x(p.fromMs),
        ROW - 6,
        `class="place ${partOf(report, p.cluster)}${p.doing === 'hold' ? ' hold' : ''}"`,
        title,
      );
      return box + line(x(p.fromMs), y + 3, x(p.fromMs), y + ROW - 3, 'class="revision"');
    });
    const active = client.active.map((a) =>
      rect(
        x(a.fromMs),
        y + 8,
        Math.max(1, x(a.toMs) - x(a.fromMs)),
        ROW - 16,
        `class="${partOf(report, a.cluster)} quiet" rx="1"`,
      ),
    );
    return label(y, `${client.client} ${what}`) + places.join('') + active.join('');
  };
}
