/** What the page says in sentences: the headline, the story, the words it uses. */
import type { Report } from '../shape.ts';
import { phaseBands, sinceKill } from './svg.ts';
import { seconds } from './tables.ts';

/** Of all rounds. */
function longest({ figures, rounds }: Report, name: string): number | null {
  const i = figures.findIndex((f) => f.name === name);
  const all = rounds.flatMap(({ seconds }) => seconds[i] ?? []);
  return all.length === 0 ? null : Math.max(...all);
}
const records = (n: number): string => `${n.toLocaleString('en')} ${n === 1 ? 'record' : 'records'}`;

/** The whole result in one sentence. */
export function headline(report: Report): string {
  const { totals } = report;
  const broken = report.promises.filter((p) => !p.holds && p.applies).map((p) => p.id);
  const lost = `${totals.lost === 0 ? 'Nothing was lost' : `${records(totals.lost)} lost`} of ${records(totals.acknowledged)} that the clusters had acknowledged`;
  if (report.provesNothingBecause.length > 0)
    return `This run proves nothing: ${report.provesNothingBecause.join('; ')}. ${lost}.`;
  if (broken.length > 0) return `${lost}; broken: ${broken.join(', ')}.`;
  return `${lost}, ${report.promises.length} of ${report.promises.length} promises hold.`;
}

export function introduction(report: Report): string {
  const { failed, refuge, movedSet, topics, remotePrefix } = report.story;
  const how = {
    automatic: 'by itself',
    manual: 'when a person started the move',
    alarm: 'when a CloudWatch alarm fired',
  }[report.options.trigger];
  const who = report.options.naive
    ? `its clients were moved by hand, the way a manual runbook does it`
    : `the deployed system moved its clients ${how}`;
  const again =
    report.rounds.length === 1
      ? ''
      : `The same outage was played ${report.rounds.length} times, each time with the clients and positions that the one before had left. `;
  return (
    `Two real Kafka clusters, ${failed} and ${refuge}, mirrored each other with MirrorMaker 2 while producers and consumers worked on both. ` +
    `${failed} was killed while ${movedSet}, the clients that live there, still had records to process, some of them not yet copied to ${refuge}. ` +
    `Then ${who}: producers write ${topics.join(' and ')} on ${refuge}, consumers first ${report.options.naive ? 'read' : 'finish'} ${topics.map((t) => remotePrefix + t).join(' and ')} (the copies) there and then go on with the rest. ` +
    `When ${failed} was back, they went home. ${again}All figures are made from what clients wrote down and what the brokers hold, none from what the system believes of itself.`
  );
}

export interface Moment {
  readonly atMs: number;
  readonly sentence: string;
}

const PHASES: Readonly<Record<string, (report: Report) => string>> = {
  home: ({ story }) => `${story.movedSet} is at home again: everything reads and writes ${story.failed}`,
  draining: ({ story, options }) =>
    `clients are told to go to ${story.refuge}: producers ${options.policy === 'per-key' ? 'wait' : 'write there at once'}, consumers finish the copied records`,
  refuge: ({ story }) => `nothing copied is left to process: consumers are cut over to ${story.refuge}'s own topics`,
  returning: ({ story }) => `the way back to ${story.failed} begins`,
};

/** The same phases where a person tells each application. */
const BY_HAND: typeof PHASES = {
  home: ({ story }) => `consumers of ${story.movedSet} are told to go home to ${story.failed}`,
  draining: ({ story }) =>
    `producers of ${story.movedSet} are told to write to ${story.refuge}, then its consumers to read the copied records there`,
  refuge: ({ story }) => `no lag is seen that still moves: consumers are told to read ${story.refuge}'s own topics`,
  returning: ({ story }) => `producers of ${story.movedSet} are told to go home to ${story.failed}`,
};

/** Kinds of decisions that belong to the story; the whole list stands below the timeline. */
const DECISIONS: Readonly<Record<string, string>> = {
  claim: 'is decided',
  ask: 'needs the approval of a person',
  approve: 'is approved by a person',
};

const short = (sentence: string): string =>
  sentence.length <= 200 ? sentence : `${sentence.slice(0, 200).trimEnd()} …`;

export function moments(report: Report): readonly Moment[] {
  const { killedMs } = report.marks;
  const { movedSet } = report.story;
  const decided = report.decisions.flatMap((d, i) => {
    const what = DECISIONS[d.kind];
    if (what === undefined || d.clientSet !== movedSet || d.atMs < killedMs) return [];
    return [
      {
        atMs: d.atMs,
        sentence: `${d.move} ${what} (${d.trigger}, ${d.requestedBy}; decision ${i + 1}): ${short(d.sentence)}`,
      },
    ];
  });
  return [
    ...outages(report),
    ...decided,
    ...phaseBands(report)
      .filter((band) => band.fromMs > killedMs)
      .map((band) => ({
        atMs: band.fromMs,
        sentence: report.options.naive
          ? `by hand: ${BY_HAND[band.phase]?.(report) ?? band.phase}`
          : `"${band.phase}" is published: ${PHASES[band.phase]?.(report) ?? 'clients obey it'}`,
      })),
    {
      atMs: report.marks.endedMs,
      sentence: report.options.naive
        ? 'producers have sent all they had, and nobody processes anything any more: the run is over'
        : 'producers have sent all they had, every group has read to the ends: the drill is over',
    },
  ].toSorted((a, b) => a.atMs - b.atMs);
}

function outages({ rounds, story: { failed } }: Report): readonly Moment[] {
  const which = (i: number) => (rounds.length === 1 ? '' : ` (round ${i + 1} of ${rounds.length})`);
  return rounds.flatMap(({ killedMs, restartedMs, tail }, i) => [
    {
      atMs: killedMs,
      sentence: `${failed} is killed${which(i)} (SIGKILL to every broker); ${records(tail)} that it had acknowledged exist nowhere else`,
    },
    ...(restartedMs === null ? [] : [{ atMs: restartedMs, sentence: `${failed} is started again, with its log` }]),
  ]);
}

export const momentTime = (report: Report, moment: Moment): string => sinceKill(report, moment.atMs);

export interface Tile {
  readonly value: string;
  readonly bad: boolean;
  readonly text: string;
}

export function tiles(report: Report): readonly Tile[] {
  const { totals, groups, story } = report;
  const sum = (pick: (g: Report['groups'][number]) => number): number => groups.reduce((all, g) => all + pick(g), 0);
  const tail = { owed: sum((g) => g.tailOwed), home: sum((g) => g.tailAtHome) };
  const repeated = { was: sum((g) => g.repeated), bound: sum((g) => g.repeatedBound) };
  return [
    { value: totals.lost.toLocaleString('en'), bad: totals.lost > 0, text: `lost of ${records(totals.acknowledged)}` },
    {
      value: `${tail.home.toLocaleString('en')} / ${tail.owed.toLocaleString('en')}`,
      bad: tail.home < tail.owed,
      text: `tail records processed at ${story.failed}, over all groups`,
    },
    {
      value: repeated.was.toLocaleString('en'),
      bad: groups.some((g) => g.repeated > g.repeatedBound),
      text: `processed again; ${repeated.bound.toLocaleString('en')} was stated as the most`,
    },
    { value: seconds(longest(report, 'unavailable, producers')), bad: false, text: 'producers without a cluster' },
    { value: seconds(longest(report, 'unavailable, consumers')), bad: false, text: 'consumers without a record' },
  ];
}

export const WORDS: readonly (readonly [string, string])[] = [
  ['client set', 'Producers and consumers that live and move together.'],
  ['home, refuge', 'The cluster a client set belongs to, and the other one.'],
  ['remote topic', 'The copy that MirrorMaker 2 keeps at the refuge, such as K1.orders.'],
  [
    'tail',
    'Records that home had acknowledged and nobody had copied when it was lost. Only home has them, so they are processed there, after its return.',
  ],
  [
    'seed',
    "A group's position in the remote topic, written before its consumers arrive, so that they go on where they stood.",
  ],
  ['drain', 'Consumers finish the remote topic before they are given the local one.'],
  [
    'owed',
    "Acknowledged records that a group must process: all for a group that lives on both clusters, its own set's for one that lives at home only.",
  ],
  ['late', 'Was copied in time, and yet processed only after the return.'],
  [
    'repeated',
    'Processed more than once. The bound is stated before anybody moves: end of the remote topic minus seed, plus what clients had in flight.',
  ],
  ['revision', 'Number of a published routing value; clients obey only a higher one than they had.'],
];
