/** Several drills one after the other, each a process of its own with its own report folder, and a table at the end. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../support/world/paths.ts';
import { readOptions } from './options.ts';
import { readReport } from './report/shape.ts';
import { removeReport } from './report/write.ts';
import { outcomeLine, outcomeOf, outcomeTable } from './report/series-table.ts';
import type { Outcome } from './report/series-table.ts';

export interface SeriesRun {
  /** For people, and the name of its folder. */
  readonly name: string;
  readonly args: readonly string[];
}

/** A round takes about two minutes on two cores; what takes this long hangs. */
const LIMIT_PER_ROUND_MS = 8 * 60_000;
/** From the first signal to the last: brokers and functions end within seconds. */
const GRACE_MS = 40_000;

/**
 * @param folder of all report folders, relative to the clone
 * @returns exit code: 0 only if every run passed; 130 if it was stopped.
 */
export async function playSeries(runs: readonly SeriesRun[], folder: string): Promise<number> {
  const stop = new AbortController();
  const outcomes: Outcome[] = [];
  let current: ChildProcess | undefined;
  // The first Ctrl-C ends the running drill in order, the second at once; each is handed on once, see `detached` below.
  const onSignal = (): void => {
    if (!stop.signal.aborted) console.log('\nStopping the running drill; the rest is not started.');
    stop.abort();
    current?.kill('SIGINT');
  };
  const atExit = (): void => void current?.kill('SIGKILL');
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('SIGHUP', onSignal).on('exit', atExit);
  for (const [i, run] of runs.entries()) {
    if (stop.signal.aborted) break;
    console.log(`${i + 1}/${runs.length}  ${run.name}  (log: ${join(folder, run.name, 'drill.log')})`);
    const outcome = await playOne(
      run,
      join(repositoryRoot, folder, run.name),
      stop.signal,
      (child) => (current = child),
    );
    outcomes.push(outcome);
    console.log(`     ${outcomeLine(outcome)}`);
  }
  process.off('SIGINT', onSignal).off('SIGTERM', onSignal).off('SIGHUP', onSignal).off('exit', atExit);
  console.log(`\n${outcomeTable(outcomes, runs.length)}`);
  if (stop.signal.aborted) return 130;
  return outcomes.length === runs.length && outcomes.every((o) => o.kind === 'passed') ? 0 : 1;
}

async function playOne(
  run: SeriesRun,
  folder: string,
  stopped: AbortSignal,
  started: (child: ChildProcess) => void,
): Promise<Outcome> {
  mkdirSync(folder, { recursive: true });
  removeReport(folder);
  const begun = performance.now();
  const log = join(folder, 'drill.log');
  const file = createWriteStream(log);
  // A process group of its own: the terminal's Ctrl-C reaches only this process, which hands it on exactly once.
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'main.ts'), ...run.args, '--report', folder],
    {
      cwd: repositoryRoot,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  started(child);
  child.stdout.pipe(file, { end: false });
  child.stderr.pipe(file, { end: false });
  const watch = { late: false };
  const limit = setTimeout(
    () => {
      watch.late = true;
      child.kill('SIGINT');
      setTimeout(() => child.kill('SIGKILL'), GRACE_MS).unref();
    },
    LIMIT_PER_ROUND_MS * readOptions(run.args).rounds,
  );
  const code = await new Promise<number>((resolve) => {
    child.once('error', () => resolve(2));
    child.once('close', (exit) => resolve(exit ?? 1));
  });
  clearTimeout(limit);
  await new Promise<void>((resolve) => file.end(resolve));
  const seconds = (performance.now() - begun) / 1000;
  return outcomeOf({
    name: run.name,
    seconds,
    code,
    ended: watch.late ? 'late' : stopped.aborted ? 'stopped' : 'itself',
    report: reportIn(folder),
    log: readFileSync(log, 'utf8'),
  });
}

function reportIn(folder: string): ReturnType<typeof readReport> | undefined {
  try {
    return readReport(readFileSync(join(folder, 'report.json'), 'utf8'));
  } catch {
    return undefined; // The drill died before it had one; its log says why.
  }
}
