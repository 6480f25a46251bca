/** The few things that all drawings share: one time axis, the phases behind it, escaped text. */
import type { Report } from '../shape.ts';

export const WIDTH = 1000;
export const LEFT = 148;
export const RIGHT = 16;

export const esc = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
export const px = (value: number): string => String(Math.round(value * 10) / 10);

export const rect = (x: number, y: number, width: number, height: number, attributes: string, title?: string): string =>
  `<rect x="${px(x)}" y="${px(y)}" width="${px(Math.max(0, width))}" height="${px(height)}" ${attributes}${title === undefined ? '/>' : `><title>${esc(title)}</title></rect>`}`;
export const line = (x1: number, y1: number, x2: number, y2: number, attributes: string): string =>
  `<line x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}" ${attributes}/>`;
export const words = (x: number, y: number, text: string, attributes = ''): string =>
  `<text x="${px(x)}" y="${px(y)}" ${attributes}>${esc(text)}</text>`;

/** Every drawing uses the same scale, so that an instant stands at the same place in all of them. */
export function timeScale({ marks }: Report): (atMs: number) => number {
  const span = Math.max(1, marks.endedMs - marks.startedMs);
  return (atMs) =>
    LEFT +
    ((Math.min(Math.max(atMs, marks.startedMs), marks.endedMs) - marks.startedMs) / span) * (WIDTH - LEFT - RIGHT);
}

/** Seconds since home was killed for the first time: `-12 s`, `0 s`, `+3.4 s`. */
export function sinceKill(report: Report, atMs: number, digits = 1): string {
  const seconds = (atMs - report.marks.killedMs) / 1000;
  const text = Math.abs(seconds).toFixed(digits);
  return `${seconds < 0 ? '−' : '+'}${text} s`;
}

export interface PhaseBand {
  readonly phase: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Revisions published in it, with what they told clients. */
  readonly revisions: readonly Report['routing'][number][];
}

/** The moved set's phases, as they were first seen in any region. */
export function phaseBands(report: Report): readonly PhaseBand[] {
  const firsts = new Map<number, Report['routing'][number]>();
  for (const value of report.routing.toSorted((a, b) => a.atMs - b.atMs)) {
    if (value.clientSet === report.story.movedSet && !firsts.has(value.revision)) firsts.set(value.revision, value);
  }
  const bands: { phase: string; fromMs: number; toMs: number; revisions: Report['routing'][number][] }[] = [];
  for (const value of [...firsts.values()].toSorted((a, b) => a.revision - b.revision)) {
    const last = bands.at(-1);
    if (last?.phase === value.phase) last.revisions.push(value);
    else {
      if (last !== undefined) last.toMs = value.atMs;
      bands.push({ phase: value.phase, fromMs: value.atMs, toMs: report.marks.endedMs, revisions: [value] });
    }
  }
  return bands;
}

/** The bands and the instants at which home goes and comes back, behind a drawing. */
export function backdrop(report: Report, top: number, bottom: number): string {
  const x = timeScale(report);
  const bands = phaseBands(report).map(({ phase, fromMs, toMs }) =>
    rect(x(fromMs), top, x(toMs) - x(fromMs), bottom - top, `class="phase-${phase}"`),
  );
  const marks = report.rounds.flatMap(({ killedMs, restartedMs }) => [
    line(x(killedMs), top, x(killedMs), bottom, 'class="kill"'),
    ...(restartedMs === null ? [] : [line(x(restartedMs), top, x(restartedMs), bottom, 'class="back"')]),
  ]);
  return [...bands, ...marks].join('');
}

/** Ticks in seconds since the kill, at a step that leaves room for their words. */
export function timeAxis(report: Report, y: number): string {
  const { startedMs, endedMs, killedMs } = report.marks;
  const x = timeScale(report);
  const step = stepFor((endedMs - startedMs) / 1000, 12);
  const first = Math.ceil((startedMs - killedMs) / 1000 / step) * step;
  const ticks: string[] = [];
  for (let s = first; s <= (endedMs - killedMs) / 1000; s += step) {
    const at = x(killedMs + s * 1000);
    ticks.push(
      line(at, y, at, y + 4, 'class="axis"'),
      words(at, y + 17, s === 0 ? '0' : `${s < 0 ? '−' : '+'}${Math.abs(s)} s`, 'class="tick" text-anchor="middle"'),
    );
  }
  return line(LEFT, y, WIDTH - RIGHT, y, 'class="axis"') + ticks.join('');
}

/** 1, 2 or 5 times a power of ten, so that `span` has at most `most` of them. */
export function stepFor(span: number, most: number): number {
  const rough = Math.max(span / most, 1e-9);
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5, 10].find((n) => n * power >= rough - 1e-12) ?? 10) * power;
}

export const drawing = (height: number, label: string, body: string): string =>
  `<div class="scroll"><svg viewBox="0 0 ${WIDTH} ${px(height)}" role="img" aria-label="${esc(label)}">${body}</svg></div>`;

/** `home` or `refuge`: both are drawn in their own colour throughout. */
export const partOf = (report: Report, cluster: string): string =>
  cluster === report.story.failed ? 'home' : cluster === report.story.refuge ? 'refuge' : 'nowhere';
