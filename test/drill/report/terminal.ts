/** The summary a person reads at the end of a drill. Plain lines; colour only on a terminal. */
import { styleText } from 'node:util';
import type { Report } from './shape.ts';

const paint = (colour: 'green' | 'red' | 'dim', text: string): string =>
  process.stdout.isTTY ? styleText(colour, text) : text;

export const summary = (report: Report): string =>
  ['', ...times(report), '', ...records(report), '', ...promises(report)].join('\n');

/** One column for each round. */
function times({ figures, rounds }: Report): readonly string[] {
  const head =
    rounds.length === 1 ? '' : `\n${' '.repeat(26)}${rounds.map((_, i) => `round ${i + 1}`.padStart(9)).join('')}`;
  const cell = (seconds: number | null): string => (seconds === null ? '-' : seconds.toFixed(1));
  const width = rounds.length === 1 ? 6 : 9;
  return [
    `Times (seconds; windows shortened for the drill, see the report)${head}`,
    ...figures.map(({ name, meaning }, i) => {
      const cells = rounds.map(({ seconds }) => cell(seconds[i] ?? null).padStart(width));
      return `  ${name.padEnd(24)}${cells.join('')}  ${paint('dim', meaning)}`;
    }),
  ];
}

type Counted = Pick<
  Report['groups'][number],
  'group' | 'late' | 'repeated' | 'repeatedBound' | 'tailOwed' | 'tailAtHome'
>;

function records({ groups, rounds }: Report): readonly string[] {
  const line = (name: string, before: readonly string[], g: Counted, outOfOrder: string): string => {
    const tail = g.tailOwed === 0 ? '-' : `${g.tailAtHome} / ${g.tailOwed}`;
    const [owed = '', processed = '', lost = ''] = before;
    return `  ${name.padEnd(22)}${owed.padStart(8)}${processed.padStart(11)}${lost.padStart(6)}${String(g.late).padStart(6)}${`${g.repeated} (${g.repeatedBound})`.padStart(18)}${outOfOrder.padStart(14)}   ${tail}`;
  };
  return [
    'Records                     owed  processed  lost  late  repeated (bound)  out of order  tail: at home / owed',
    ...groups.flatMap((g) => [
      line(g.group, [g.owed, g.processed, g.lost].map(String), g, String(g.outOfOrder)),
      ...(rounds.length === 1 ? [] : rounds).flatMap((round, i) =>
        round.groups
          .filter(({ group }) => group === g.group)
          .map((own) => paint('dim', line(`  in round ${i + 1}`, [], own, ''))),
      ),
    ]),
  ];
}

function promises(report: Report): readonly string[] {
  return [
    'Promises',
    ...report.promises.flatMap((f) => {
      const answer = f.applies ? (f.holds ? paint('green', 'holds ') : paint('red', 'BROKEN')) : paint('dim', 'n/a   ');
      return [`  ${answer} ${f.id.padEnd(4)}${f.promise}`, ...f.examples.map((example) => `              ${example}`)];
    }),
    ...report.provesNothingBecause.map((problem) => paint('red', `  This run proves nothing: ${problem}`)),
  ];
}
