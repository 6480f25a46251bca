/** The tables and sentences of the page. */
import type { Report } from '../shape.ts';
import { esc, sinceKill } from './svg.ts';

const row = (cells: readonly string[], tag: 'td' | 'th' = 'td', attributes = ''): string =>
  `<tr${attributes}>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
const table = (head: readonly string[], body: readonly string[], className = ''): string =>
  `<div class="scroll"><table class="${className}"><thead>${row(head, 'th')}</thead><tbody>${body.join('')}</tbody></table></div>`;
const number = (value: number): string => value.toLocaleString('en');
const bad = (value: number): string => (value > 0 ? `<b class="bad">${number(value)}</b>` : '0');
export const seconds = (value: number | null): string => (value === null ? '–' : `${value.toFixed(1)} s`);

type Counted = Report['rounds'][number]['groups'][number];

const repeatedCell = ({ repeated, repeatedBound }: Counted): string =>
  `${repeated > repeatedBound ? `<b class="bad">${number(repeated)}</b>` : number(repeated)} of at most ${number(repeatedBound)}`;

const tailCell = ({ tailOwed, tailAtHome }: Counted): string =>
  tailOwed === 0
    ? 'owed none'
    : `${tailAtHome < tailOwed ? `<b class="bad">${number(tailAtHome)}</b>` : number(tailAtHome)} of ${number(tailOwed)}`;

export function groupsTable(report: Report): string {
  const body = report.groups.map((g) =>
    row([
      `<b>${esc(g.group)}</b>`,
      number(g.owed),
      number(g.processed),
      bad(g.lost),
      bad(g.late),
      repeatedCell(g),
      number(g.outOfOrder),
      number(g.extra),
      tailCell(g),
    ]),
  );
  const examples = report.groups.flatMap((g) => [
    ...exampleLine(g.group, 'lost', g.lost, g.lostExamples),
    ...exampleLine(g.group, 'late', g.late, g.lateExamples),
  ]);
  return (
    table(
      ['group', 'owed', 'processed', 'lost', 'late', 'repeated', 'out of order', 'extra', 'tail at home'],
      body,
      'figures',
    ) + examples.join('')
  );
}

const exampleLine = (group: string, what: string, count: number, ids: readonly string[]): readonly string[] =>
  count === 0
    ? []
    : [
        `<p class="note">${esc(group)}, ${what}: ${ids.map((id) => `<code>${esc(id)}</code>`).join(' ')}${count > ids.length ? ` and ${number(count - ids.length)} more` : ''}</p>`,
      ];

export function promisesTable(report: Report): string {
  const body = report.promises.map((p) =>
    row(
      [
        p.applies
          ? p.holds
            ? '<span class="holds">✓ holds</span>'
            : '<span class="broken">✗ broken</span>'
          : 'not applicable',
        `<b>${esc(p.id)}</b>`,
        `${esc(p.promise)}${p.holds || !p.applies ? '' : `<br><b class="bad">${esc(p.sentence)}</b><ul>${p.examples.map((e) => `<li>${esc(e)}</li>`).join('')}</ul>`}`,
      ],
      'td',
    ),
  );
  return table(['', '', 'promise'], body);
}

/** Each figure with the settings that it cannot be understood without. */
export function figuresTable(report: Report): string {
  const body = report.figures.map((f, i) => {
    const windows = report.windows.filter((w) => f.shapedBy.includes(w.setting));
    const list = windows.map(
      (w) =>
        `<span class="window" title="${esc(w.meaning)}"><code>${esc(w.setting)}</code> ${w.inForce}${w.inForce === w.production ? '' : ` <small>(production ${w.production})</small>`}</span>`,
    );
    const took = report.rounds.map((round) => seconds(round.seconds[i] ?? null));
    return row([`<b>${esc(f.name)}</b>`, ...took, esc(f.meaning), list.join(' ') || '–']);
  });
  const rounds = report.rounds.length === 1 ? ['took'] : report.rounds.map((_, i) => `round ${i + 1}`);
  return table(['stage', ...rounds, 'from → to', 'settings in force that shape it'], body, 'times');
}

/** Nothing where there is one round: it would repeat the table of groups. */
export function roundsTable(report: Report): string {
  if (report.rounds.length === 1) return '';
  const body = report.rounds.flatMap(({ killedMs, groups }, i) =>
    groups.map((g) =>
      row([
        `round ${i + 1}`,
        sinceKill(report, killedMs),
        `<b>${esc(g.group)}</b>`,
        bad(g.late),
        repeatedCell(g),
        tailCell(g),
      ]),
    ),
  );
  return table(['', 'killed', 'group', 'late', 'repeated', 'tail at home'], body, 'figures');
}

export function windowsTable(report: Report): string {
  const body = report.windows.map((w) =>
    row([`<code>${esc(w.setting)}</code>`, String(w.inForce), String(w.production), esc(w.meaning)]),
  );
  return table(['setting', 'in this drill', 'production default', 'meaning'], body, 'windows');
}

export function decisionsTable(report: Report): string {
  const body = report.decisions.map((d, i) =>
    row([
      String(i + 1),
      sinceKill(report, d.atMs),
      esc(d.clientSet),
      `${esc(d.move)}: <b>${esc(d.kind)}</b>`,
      `${esc(d.trigger)}, ${esc(d.requestedBy)}`,
      esc(d.sentence),
    ]),
  );
  return table(['', 'since the kill', 'client set', 'decision', 'asked by', 'because'], body, 'times');
}

export function routingTable(report: Report): string {
  const body = report.routing.map((r) =>
    row([
      sinceKill(report, r.atMs),
      esc(r.clientSet),
      esc(r.region),
      String(r.epoch),
      String(r.revision),
      esc(r.phase),
      `${esc(r.producers.cluster)}, ${esc(r.producers.state)}`,
      `${esc(r.consumers.cluster)}, ${esc(r.consumers.read)}`,
    ]),
  );
  return table(
    ['since the kill', 'client set', 'region', 'epoch', 'revision', 'phase', 'producers', 'consumers'],
    body,
    'times',
  );
}

export function silencesTable(report: Report): string {
  if (report.silences.length === 0) return '<p>Nobody was silent for longer than 3 s.</p>';
  const body = report.silences.map((s) =>
    row([
      esc(s.who),
      `${((s.toMs - s.fromMs) / 1000).toFixed(1)} s`,
      `${sinceKill(report, s.fromMs)} to ${sinceKill(report, s.toMs)}`,
      s.explainedBy === null ? '<b class="bad">nothing explains it</b>' : esc(s.explainedBy),
    ]),
  );
  return table(['who', 'silent for', 'since the kill', 'explained by'], body, 'times');
}

export function positionsTable(report: Report): string {
  const body = report.positions.map((p) =>
    row([
      String(p.epoch),
      esc(p.group),
      `${esc(p.topic)}-${p.partition}`,
      ...[p.homeCommit, p.seed, p.remoteEnd, p.drained, p.restore].map((offset) => offset ?? '–'),
    ]),
  );
  return table(
    [
      'epoch',
      'group',
      'partition',
      'position at home',
      'seed in the remote topic',
      'end of the remote topic',
      'drained to',
      'restored at home',
    ],
    body,
    'figures',
  );
}
