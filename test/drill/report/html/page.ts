/** The whole page: one file, no script, no network; works from file:// in light and in dark. */
import type { Report } from '../shape.ts';
import { lagDrawings, ratesDrawing } from './curves.ts';
import { STYLE } from './style.ts';
import { esc } from './svg.ts';
import {
  decisionsTable,
  figuresTable,
  groupsTable,
  positionsTable,
  promisesTable,
  roundsTable,
  routingTable,
  silencesTable,
  windowsTable,
} from './tables.ts';
import { timeline } from './timeline.ts';
import { WORDS, headline, introduction, momentTime, moments, tiles } from './words.ts';

export function page(report: Report): string {
  const title = `Drill: ${report.story.failed} is lost${report.options.naive ? ', clients moved by hand' : ''}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${esc(title)}: ${report.options.naive ? 'measured' : report.passed ? 'passed' : 'failed'}</title><style>${STYLE}</style></head>
<body><main>
${head(report, title)}
${section('What happened', story(report))}
${section('Timeline', timelineText(report) + timeline(report) + decisionsPart(report))}
${section('Work done', `<p class="note">The moved clients' records, second by second. Shaded: the phases of the timeline above.</p>${ratesDrawing(report)}`)}
${section('Lag and drain', `<p class="note">Read from the brokers once a second; a line ends where its cluster is down. Groups and topics without any lag are left out. Green: a remote topic, which has to be drained while its consumers are at ${esc(report.story.refuge)}; at other times nobody reads it, the tail that arrives there late stays unread on purpose, and only the seed moves on. Copies of ${esc(report.story.refuge)}'s topics at ${esc(report.story.failed)} play no part in this story.</p>${lagDrawings(report)}`)}
${section('Records, group by group', groupsTable(report) + roundsTable(report))}
${section('Promises', `<p class="note">Checked over the logs of what clients really sent and processed. A record whose acknowledgement never arrived counts as unknown (${report.totals.unknown} here), not as acknowledged.</p>${promisesTable(report)}`)}
${section('How long each stage took', `<p class="note">The windows of this drill are shorter than those of production; a production figure follows its own settings.</p>${figuresTable(report)}<details><summary>All settings, with their meaning</summary>${windowsTable(report)}</details>`)}
${section('Silences longer than 3 s', silencesTable(report))}
${section('For the curious', `<details><summary>Every routing value, as each region showed it</summary>${routingTable(report)}</details><details><summary>Positions stated before clients moved</summary>${positionsTable(report)}</details><details><summary>Setting up</summary><ul>${report.setUp.map(({ what, seconds }) => `<li>${esc(what)}: ${seconds.toFixed(1)} s</li>`).join('')}</ul></details>`)}
${section('Run it again', `<pre><code>${esc(report.command)}</code></pre><p class="note">The same data for programs: <a href="report.json">report.json</a>, schema ${report.schema}.</p>`)}
${section('Words', `<dl>${WORDS.map(([word, meaning]) => `<dt>${esc(word)}</dt><dd>${esc(meaning)}</dd>`).join('')}</dl>`)}
</main></body></html>
`;
}

const section = (title: string, body: string): string => `<section><h2>${esc(title)}</h2>${body}</section>`;

function head(report: Report, title: string): string {
  const { trigger, policy, fail } = report.options;
  const boxes = tiles(report).map(
    ({ value, bad, text }) =>
      `<div class="tile"><b${bad ? ' class="bad"' : ''}>${esc(value)}</b><span>${esc(text)}</span></div>`,
  );
  return `<header>${badge(report)}
<h1>${esc(title)}</h1><p class="lead"><b>${esc(headline(report))}</b></p>
<p class="note">Trigger ${esc(trigger)}, cluster ${esc(fail)}, policy ${esc(policy)} · ${esc(report.writtenAt.replace('T', ' ').slice(0, 16))} UTC</p>
<div class="tiles">${boxes.join('')}</div></header>`;
}

const badge = ({ passed, options: { naive } }: Report): string =>
  naive
    ? '<span class="badge failed">By hand, to compare</span>'
    : `<span class="badge ${passed ? 'passed' : 'failed'}">${passed ? '✓ Passed' : '✗ Failed'}</span>`;

const story = (report: Report): string =>
  `<p>${esc(introduction(report))}</p><p class="note">Times are seconds since ${esc(report.story.failed)} was killed${report.rounds.length === 1 ? '' : ' for the first time'}.</p><ol class="story">${moments(
    report,
  )
    .map((m) => `<li><time>${esc(momentTime(report, m))}</time><span>${esc(m.sentence)}</span></li>`)
    .join('')}</ol>`;

const timelineText = ({ story: { failed, refuge } }: Report): string =>
  `<p class="note"><span class="legend" style="margin-left:0"><span><i class="box" style="background:var(--home)"></i>${esc(failed)}</span><span><i class="box" style="background:var(--refuge)"></i>${esc(refuge)}</span><span>pale: where the routing puts a client; very pale: it holds its records back; full: where it really was active; thin upright line: it adopted a revision</span></span></p>`;

const decisionsPart = (report: Report): string =>
  `<details open><summary>Decisions, numbered as in the drawing</summary>${decisionsTable(report)}</details>`;
