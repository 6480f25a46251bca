/** The summary a person reads at the end of a drill. Plain lines; colour only on a terminal. */
import { styleText } from 'node:util';
import { duplicateBound, isMeaningful } from '../checker/invariants.ts';
import type { Verdict } from '../checker/invariants.ts';
import type { RunRecord } from '../checker/records.ts';
import { timings } from './timings.ts';

const paint = (colour: 'green' | 'red' | 'dim', text: string): string =>
  process.stdout.isTTY ? styleText(colour, text) : text;

export function summary(run: RunRecord, verdict: Verdict): string {
  const lines: string[] = ['', 'Times (seconds; windows shortened for the drill, see the report)'];
  for (const { name, meaning, seconds } of timings(run))
    lines.push(
      `  ${name.padEnd(24)}${seconds === undefined ? '     -' : seconds.toFixed(1).padStart(6)}  ${paint('dim', meaning)}`,
    );
  lines.push(
    '',
    'Records                     owed  processed  lost  late  repeated (bound)  out of order  tail: at home / owed',
  );
  for (const c of verdict.counts) {
    const tail = c.tailOwed === 0 ? '-' : `${c.tailProcessedAtHome} / ${c.tailOwed}`;
    lines.push(
      `  ${c.group.padEnd(22)}${String(c.owed).padStart(8)}${String(c.processed).padStart(11)}${String(c.lost.length).padStart(6)}${String(c.late.length).padStart(6)}${`${c.duplicated} (${duplicateBound(run, c.group)})`.padStart(18)}${String(c.outOfOrder).padStart(14)}   ${tail}`,
    );
  }
  lines.push('', 'Promises');
  for (const f of verdict.findings) {
    const answer = f.applies ? (f.holds ? paint('green', 'holds ') : paint('red', 'BROKEN')) : paint('dim', 'n/a   ');
    lines.push(`  ${answer} ${f.id.padEnd(4)}${f.promise}`);
    for (const example of f.examples) lines.push(`              ${example}`);
  }
  for (const problem of isMeaningful(run, verdict.facts, verdict.counts))
    lines.push(paint('red', `  This run proves nothing: ${problem}`));
  return lines.join('\n');
}
