import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processStartedAt, type ProcessIdentity } from '../../../tools/ensure/process-identity.mjs';
import { killGroup, type WatchdogOrder } from './watchdog.ts';

export interface ProcessSpec {
  /** For people and for errors, such as `K1 broker 1`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Standard output and errors are appended to it. */
  readonly log: string;
  readonly cwd?: string;
  /** The whole environment, nothing is inherited; this process's own unless told. */
  readonly env?: Readonly<Record<string, string>>;
  /** From SIGTERM to SIGKILL; 3 s unless told. */
  readonly graceMs?: number;
  /** How far it stands back for the others when processors are short: 1 to 19, 0 unless told. */
  readonly niceness?: number;
}

/** One child process, which leads a process group of its own. */
export interface OwnedProcess {
  readonly name: string;
  readonly pid: number;
  readonly log: string;
  /** A sentence with the end of its log once it has ended, undefined while it runs. */
  ended(): string | undefined;
  readonly exit: Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL for the whole group after `graceMs` (the spec's unless told). */
  stop(graceMs?: number): Promise<void>;
  /** SIGKILL to the whole group; resolves when the process is gone. */
  kill(): Promise<void>;
}

/** The last lines of a log file, for an error message. */
export function tailOf(log: string, lines = 15): string {
  try {
    return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '(no log)';
  }
}

/** Linux weighs whole sessions against each other by default (autogroup), and then the niceness of a process alone does nothing. */
function standBack(pid: number, niceness: number): void {
  try {
    setPriority(pid, niceness);
    writeFileSync(`/proc/${pid}/autogroup`, String(niceness));
  } catch {
    // Ended already, or a kernel without autogroups: only a courtesy between our own processes.
  }
}

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type EndingSignal = keyof typeof exitCodes;

/**
 * The one owner of all child processes. They end with it: by `stopAll`, by a signal or an uncaught error of this
 * process (`endWithThisProcess`), at its exit, and when it dies without a word (a watchdog process outlives it).
 */
export class ProcessOwner {
  readonly #running = new Map<number, { readonly identity: ProcessIdentity; readonly process: OwnedProcess }>();
  readonly #atEnd: (() => Promise<void>)[] = [];
  readonly #folders: string[] = [];
  readonly #watchdog: ChildProcess;
  readonly #listeners: (() => void)[] = [];
  #ending: Promise<void> | undefined;

  constructor() {
    const script = join(import.meta.dirname, 'watchdog.ts');
    this.#watchdog = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: '/',
    });
    this.#watchdog.on('error', () => undefined);
    this.#watchdog.stdin?.on('error', () => undefined);
    this.#watchdog.unref();
    (this.#watchdog.stdin as unknown as { unref(): void }).unref();
    const atExit = (): void => this.#killNow();
    process.on('exit', atExit);
    this.#listeners.push(() => process.removeListener('exit', atExit));
  }

  spawn(spec: ProcessSpec): OwnedProcess {
    if (this.#ending !== undefined) throw new Error(`${spec.name} is not started: everything is being stopped`);
    mkdirSync(dirname(spec.log), { recursive: true });
    const log = openSync(spec.log, 'a');
    const child = spawn(spec.command, spec.args, {
      detached: true, // leads a group of its own: what it starts ends with it, and Ctrl-C reaches only this process
      stdio: ['ignore', log, log],
      ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
      env: spec.env ?? process.env,
    });
    closeSync(log);
    if (spec.niceness !== undefined && child.pid !== undefined) standBack(child.pid, spec.niceness);
    return this.#own(spec, child);
  }

  /** By `stopAll`, by a signal or by an uncaught error: what ends from now on was ended. */
  get isStopping(): boolean {
    return this.#ending !== undefined;
  }

  /** Called before the processes are stopped, newest first, also when a signal ends everything. */
  beforeStop(action: () => Promise<void>): void {
    this.#atEnd.unshift(action);
  }

  /** A folder that must not outlive the processes. */
  removeAtEnd(folder: string): void {
    this.#folders.push(folder);
    this.#tell({ order: 'remove-at-end', folder });
  }

  /** Ends the processes and this process on SIGINT, SIGTERM, SIGHUP and uncaught errors. */
  endWithThisProcess(say: (sentence: string) => void, { untilStopped = false } = {}): void {
    for (const signal of Object.keys(exitCodes) as EndingSignal[]) {
      const handler = (): void => {
        const { size } = this.#running;
        if (untilStopped && signal === 'SIGINT')
          this.#endBy(`\nStopped by Ctrl-C: ending ${size} processes, a few seconds (Ctrl-C again: at once).`, 0, say);
        else this.#endBy(`${signal}: stopping ${size} processes`, exitCodes[signal], say);
      };
      process.on(signal, handler);
      this.#listeners.push(() => process.removeListener(signal, handler));
    }
    const onError = (problem: unknown): void =>
      this.#endBy(problem instanceof Error ? (problem.stack ?? problem.message) : String(problem), 1, say);
    process.on('uncaughtException', onError);
    process.on('unhandledRejection', onError);
    this.#listeners.push(() => {
      process.removeListener('uncaughtException', onError);
      process.removeListener('unhandledRejection', onError);
    });
  }

  /** Stops everything, removes what must not stay, and lets go of this process's signals. Safe to call twice. */
  stopAll(): Promise<void> {
    this.#ending ??= this.#stop();
    return this.#ending;
  }

  async #stop(): Promise<void> {
    for (const action of this.#atEnd)
      await Promise.race([action().catch(() => undefined), delay(5_000, undefined, { ref: false })]);
    await Promise.all([...this.#running.values()].map(({ process: owned }) => owned.stop()));
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    this.#watchdog.stdin?.end();
    for (const release of this.#listeners) release();
  }

  /** The first signal stops in order, the second at once. */
  #endBy(sentence: string, code: number, say: (sentence: string) => void): void {
    if (this.#ending !== undefined) {
      this.#killNow();
      process.exit(code);
    }
    say(sentence);
    void this.stopAll().finally(() => {
      if (code === 0) say('Everything is stopped.');
      process.exit(code);
    });
  }

  #killNow(): void {
    for (const { identity } of this.#running.values()) killGroup(identity, 'SIGKILL');
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }

  #tell(order: WatchdogOrder): void {
    this.#watchdog.stdin?.write(`${JSON.stringify(order)}\n`);
  }

  #own(spec: ProcessSpec, child: ChildProcess): OwnedProcess {
    let endedBy: string | undefined;
    const exit = new Promise<void>((resolve) => {
      child.once('error', (problem) => {
        endedBy = `cannot start ${spec.command}: ${problem.message}`;
        resolve();
      });
      child.once('exit', (code, signal) => {
        endedBy = `ended with ${signal ?? String(code)}`;
        if (child.pid !== undefined) this.#letGo(child.pid);
        resolve();
      });
    });
    const pid = child.pid ?? -1;
    const identity = { pid, startedAt: processStartedAt(pid) ?? 'ended' };
    const killAll = (signal: NodeJS.Signals): void => {
      if (endedBy === undefined) killGroup(identity, signal);
    };
    const owned: OwnedProcess = {
      name: spec.name,
      pid,
      log: spec.log,
      exit,
      ended: () =>
        endedBy === undefined ? undefined : `${spec.name} ${endedBy}. The end of ${spec.log}:\n${tailOf(spec.log)}`,
      signal: (signal) => {
        if (endedBy === undefined) child.kill(signal);
      },
      stop: async (graceMs = spec.graceMs ?? 3_000) => {
        if (endedBy === undefined) child.kill('SIGTERM');
        await Promise.race([exit, delay(graceMs, undefined, { ref: false })]);
        killAll('SIGKILL');
        await exit;
      },
      kill: async () => {
        killAll('SIGKILL');
        await exit;
      },
    };
    if (pid > 0) {
      this.#running.set(pid, { identity, process: owned });
      this.#tell({ order: 'watch', leader: identity });
    }
    return owned;
  }

  /** What the ended process had started itself ends with it. */
  #letGo(pid: number): void {
    const known = this.#running.get(pid);
    if (known !== undefined) killGroup(known.identity, 'SIGKILL');
    this.#running.delete(pid);
    this.#tell({ order: 'forget', pid });
  }
}
