/** What a person sees while a drill runs: on a terminal one line that is rewritten, elsewhere plain lines now and then. */
import { styleText } from 'node:util';

/** What is worth knowing at a glance. */
export interface Glance {
  readonly sinceMs: number;
  /** The moved set's newest routing value, as the observer saw it. */
  readonly set: string;
  readonly phase: string | undefined;
  readonly revision: number | undefined;
  /** Clusters that do not run at the moment. */
  readonly down: readonly string[];
  /** What the set's groups still have to read where they are; undefined = it could not be read, as of a cluster that is down. */
  readonly lag: number | undefined;
  readonly acknowledged: number;
  readonly processed: number;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1).padStart(6)} s`;

/** One line; on a terminal it must not be longer than the terminal is wide, or rewriting it would leave lines behind. */
export function glanceLine(glance: Glance, columns = Number.POSITIVE_INFINITY): string {
  const where =
    glance.phase === undefined
      ? 'no routing value yet'
      : `${glance.set}: ${glance.phase}, revision ${glance.revision ?? '?'}`;
  const parts = [
    where,
    ...glance.down.map((alias) => `${alias} down`),
    ...(glance.lag === undefined ? [] : [`lag ${glance.lag.toLocaleString('en')}`]),
    `${glance.acknowledged.toLocaleString('en')} acknowledged`,
    `${glance.processed.toLocaleString('en')} processed`,
  ];
  const line = `${seconds(glance.sinceMs)}  … ${parts.join(' · ')}`;
  return line.length < columns ? line : `${line.slice(0, Math.max(0, columns - 2))}…`;
}

/** Where nobody sees a line change, one is printed when the phase changes, and else this often. */
export const PLAIN_EVERY_MS = 15_000;

/** Whether a plain line should be printed, given the one printed last. */
export function worthALine(last: Glance | undefined, now: Glance): boolean {
  if (last === undefined) return true;
  return (
    last.phase !== now.phase ||
    last.revision !== now.revision ||
    last.down.join() !== now.down.join() ||
    now.sinceMs - last.sinceMs >= PLAIN_EVERY_MS
  );
}

export interface Screen {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export class Progress {
  readonly #screen: Screen;
  readonly #live: boolean;
  readonly #begunMs = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #shown = '';
  #last: Glance | undefined;

  /** `live: false` prints plain lines even on a terminal, as when somebody types into it. */
  constructor(screen: Screen, options: { readonly live?: boolean } = {}) {
    this.#screen = screen;
    this.#live = options.live !== false && screen.isTTY === true;
  }

  /** A line that stays, with the time since the drill began. */
  readonly say = (line: string): void => {
    this.#print(`${seconds(performance.now() - this.#begunMs)}  ${line}`);
  };

  /** Looks twice a second until `stop`. A look that fails shows nothing: the drill itself will say what is wrong. */
  follow(look: () => Omit<Glance, 'sinceMs'>): void {
    this.stop();
    this.#timer = setInterval(() => {
      try {
        this.show({ ...look(), sinceMs: performance.now() - this.#begunMs });
      } catch {
        // A log that is being written, a cluster that is being stopped.
      }
    }, 500).unref();
    if (this.#live) process.prependListener('SIGINT', this.stop);
  }

  show(glance: Glance): void {
    if (this.#live) this.#rewrite(glanceLine(glance, this.#screen.columns));
    else if (worthALine(this.#last, glance)) {
      this.#last = glance;
      this.#print(glanceLine(glance));
    }
  }

  /** Wipes the line that is rewritten; what is printed next begins at its place. */
  readonly stop = (): void => {
    clearInterval(this.#timer);
    this.#timer = undefined;
    process.removeListener('SIGINT', this.stop);
    if (this.#shown !== '') this.#screen.write('\r\x1b[2K');
    this.#shown = '';
  };

  #print(line: string): void {
    const shown = this.#shown;
    if (shown !== '') this.#screen.write('\r\x1b[2K');
    this.#screen.write(`${line}\n`);
    if (shown !== '') this.#screen.write(shown);
  }

  #rewrite(line: string): void {
    this.#shown = styleText('dim', line, { validateStream: false });
    this.#screen.write(`\r\x1b[2K${this.#shown}`);
  }
}
