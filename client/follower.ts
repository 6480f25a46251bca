/**
 * Follows the routing of one client set: validates, accepts only higher revisions, applies one at a time.
 *
 * Invariant F: the revisions passed to `apply` strictly rise, and `apply` never runs twice at once. A value that arrives
 * while one is being applied waits; of several, only the newest is applied.
 */
import { parseRouting, routingParameter, type Routing, type RoutingParse } from '../core/contracts/routing.ts';
import { tell, type RoutingProblem } from './hooks.ts';
import { messageOf, warnAloud, type Logger } from './logging.ts';
import type { RoutingMemory } from './memory.ts';
import type { Readings, RegionReading, RoutingSource, SourceWatch } from './routing-source.ts';
import { settledWithin } from './timing.ts';

export interface FollowerOptions {
  readonly pair: string;
  readonly clientSet: string;
  readonly role: 'producer' | 'consumer';
  readonly source: RoutingSource;
  readonly memory?: RoutingMemory | undefined;
  readonly logger: Logger;
  /** Must be bounded. A failure is logged; the value counts as applied. */
  readonly apply: (routing: Routing, previous: Routing | null) => Promise<void>;
  readonly onProblem?: ((problem: RoutingProblem) => void) | undefined;
}

export interface Follower {
  start(): Promise<void>;
  /** Resolves when nothing is being applied any more. */
  stop(): Promise<void>;
}

interface Accepted {
  readonly routing: Routing;
  readonly text: string;
}

const REMEMBER_MS = 1000;

const describeProblem = (problem: RoutingProblem): string => {
  const where = 'region' in problem && problem.region ? ` in ${problem.region}` : '';
  switch (problem.kind) {
    case 'invalid':
      return `the routing value${where} is not valid and is ignored: ${problem.problems.join('; ')}`;
    case 'missing':
      return `there is no routing value${where}; carrying on unchanged`;
    case 'unreachable':
      return `the routing value${where} cannot be read: ${problem.because}; carrying on unchanged`;
    case 'conflicting':
      return `revision ${problem.revision} was read${where} with another content; only a higher revision is followed`;
    case 'waiting-for-control-region':
      return `not starting before the control region ${problem.controlRegion} can be read; list it in the source's regions`;
    case 'memory':
      return `the remembered routing value cannot be used: ${problem.because}`;
  }
};

class RoutingFollower implements Follower {
  readonly #options: FollowerOptions;
  /** Newest accepted value, applied or about to be. */
  #newest: Accepted | null = null;
  #remembered: Accepted | null = null;
  #applied: Routing | null = null;
  #applying: Promise<void> | null = null;
  #remembering: Promise<void> = Promise.resolve();
  #watch: SourceWatch | null = null;
  #stopped = false;
  #warnedOfNothing = false;
  /** What was reported last per kind and region, so that a lasting problem is told once. */
  readonly #told = new Map<string, string>();

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.#recall();
    if (this.#stopped) return;
    this.#watch = this.#options.source.start((readings) => this.#judge(readings));
    if (this.#newest) this.#watch.pollEvery(this.#newest.routing.pollSeconds);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#watch?.stop();
    await this.#applying;
  }

  /** Asked by a method, since it changes while something is awaited. */
  #isStopped(): boolean {
    return this.#stopped;
  }

  #judge(readings: Readings): void {
    if (this.#stopped) return;
    this.#warnOfNothing(readings);
    const valid = readings.map((reading) => this.#validate(reading)).filter((value) => value !== null);
    const candidates = this.#newest === null && this.#remembered ? [...valid, this.#remembered] : valid;
    const best = candidates.toSorted((a, b) => b.routing.revision - a.routing.revision)[0];
    if (!best || this.#mustWait(best.routing, readings)) return;
    if (this.#newest && best.routing.revision <= this.#newest.routing.revision) return;
    this.#newest = best;
    this.#watch?.pollEvery(best.routing.pollSeconds);
    this.#remembering = this.#remember(best.text);
    this.#applying ??= this.#applyNewest();
  }

  /** Nothing to begin with: it may be a moment before `reconcile` publishes, or a wrong name, and then for ever. */
  #warnOfNothing(readings: Readings): void {
    const found = this.#newest !== null || this.#remembered !== null || readings.some(({ kind }) => kind === 'value');
    if (found || this.#warnedOfNothing) return;
    this.#warnedOfNothing = true;
    const { pair, clientSet, role, logger } = this.#options;
    const places = readings.map(({ region, ...reading }) => {
      const what = reading.kind === 'unreachable' ? `cannot be read (${reading.because})` : 'does not exist';
      return region === null ? `in its source it ${what}` : `in ${region} it ${what}`;
    });
    warnAloud(
      logger,
      `no routing value yet, so this ${role} waits: ${routingParameter(pair, clientSet)}: ${places.join(', ')}. ` +
        'Deploy the pair (the first value is published within a minute), or correct pair, clientSet, regions or rights',
      { pair, clientSet },
    );
  }

  /** A consumer without memory may see an old value in its own region only: it needs the region that decides. */
  #mustWait(routing: Routing, readings: Readings): boolean {
    if (this.#options.role === 'producer' || this.#newest !== null || this.#remembered !== null) return false;
    const decides = readings.find((reading) => reading.region === null || reading.region === routing.controlRegion);
    if (decides?.kind === 'missing') return false;
    if (decides?.kind === 'value' && this.#parse(decides.text).kind === 'valid') return false;
    this.#tell({ kind: 'waiting-for-control-region', controlRegion: routing.controlRegion }, routing.controlRegion);
    return true;
  }

  #validate(reading: RegionReading): Accepted | null {
    const { region } = reading;
    if (reading.kind !== 'value') {
      this.#tell(reading, reading.kind);
      return null;
    }
    const parsed = this.#parse(reading.text);
    if (parsed.kind === 'invalid') {
      this.#tell({ kind: 'invalid', region, problems: parsed.problems, text: reading.text }, reading.text);
      return null;
    }
    const { routing } = parsed;
    if (routing.revision === this.#newest?.routing.revision && !sameContent(routing, this.#newest.routing)) {
      this.#tell({ kind: 'conflicting', region, revision: routing.revision, text: reading.text }, reading.text);
      return null;
    }
    for (const key of [...this.#told.keys()]) if (key.endsWith(`@${region ?? ''}`)) this.#told.delete(key);
    return { routing, text: reading.text };
  }

  /** Valid, and meant for this client. */
  #parse(text: string): RoutingParse {
    const parsed = parseRouting(text);
    if (parsed.kind === 'invalid') return parsed;
    const problems = this.#foreign(parsed.routing);
    return problems.length > 0 ? { kind: 'invalid', problems } : parsed;
  }

  #foreign(routing: Routing): string[] {
    const { pair, clientSet } = this.#options;
    return [
      ...(routing.pair === pair ? [] : [`pair: is "${routing.pair}", this client belongs to "${pair}"`]),
      ...(routing.clientSet === clientSet
        ? []
        : [`clientSet: is "${routing.clientSet}", this client belongs to "${clientSet}"`]),
    ];
  }

  async #applyNewest(): Promise<void> {
    while (!this.#stopped && this.#newest && this.#newest.routing !== this.#applied) {
      // Before it is applied, so that a process that dies in mid-switch does not step back; bounded, for a stuck disk.
      await settledWithin(this.#remembering, REMEMBER_MS);
      if (this.#isStopped()) break;
      const { routing } = this.#newest;
      try {
        await this.#options.apply(routing, this.#applied);
      } catch (error) {
        this.#options.logger.error(`revision ${routing.revision} was applied with an error: ${messageOf(error)}`);
      }
      this.#applied = routing;
    }
    this.#applying = null;
  }

  async #recall(): Promise<void> {
    try {
      const text = (await this.#options.memory?.load()) ?? null;
      if (text === null) return;
      const parsed = this.#parse(text);
      if (parsed.kind === 'valid') this.#remembered = { routing: parsed.routing, text };
      else this.#tell({ kind: 'memory', because: parsed.problems.join('; ') }, text);
    } catch (error) {
      this.#tell({ kind: 'memory', because: messageOf(error) }, 'load');
    }
  }

  async #remember(text: string): Promise<void> {
    try {
      await this.#options.memory?.save(text);
    } catch (error) {
      this.#tell({ kind: 'memory', because: messageOf(error) }, 'save');
    }
  }

  #tell(problem: RoutingProblem, detail: string): void {
    const key = `${problem.kind}@${'region' in problem ? (problem.region ?? '') : ''}`;
    if (this.#told.get(key) === detail) return;
    this.#told.set(key, detail);
    this.#options.logger.warn(describeProblem(problem), {
      pair: this.#options.pair,
      clientSet: this.#options.clientSet,
    });
    tell(this.#options.logger, this.#options.onProblem, problem);
  }
}

/** Both were made by the same schema, so that their keys come in the same order. */
const sameContent = (a: Routing, b: Routing): boolean => JSON.stringify(a) === JSON.stringify(b);

export const createFollower = (options: FollowerOptions): Follower => new RoutingFollower(options);
