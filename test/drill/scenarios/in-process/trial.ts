/** What a scenario in process finds: verdicts that must be named, and moves that must not be. */
import { placedSets } from '../../../../core/config/pair.ts';
import { pairConfig, stateOf } from '../../../support/builders/pair.ts';
import { brokenAt, wholeLadder } from '../../../support/builders/judgement.ts';
import type { ClusterProbe } from '../../../../lambdas/ports.ts';
import type { Found } from '../scenario.ts';
import { Controllers } from './controllers.ts';
import type { MirroredPair } from './mirrored-pair.ts';
import { GROUP, TOPIC } from './mirrored-pair.ts';

/** The windows of production, three vantages, both sets in mode "automatic". */
export const settings = (top: object = {}) => {
  const set = (home: string) => ({ home, topics: [TOPIC], groups: [{ id: GROUP }], mode: 'automatic' });
  return pairConfig(
    {},
    { witnessRegions: ['eu-north-1'], clientSets: { 'clients-k1': set('K1'), 'clients-k2': set('K2') }, ...top },
  );
};

/** The ladder's answer about clusters in memory, as whole as it gets, or refused. */
export const ladderOf = (_vantage: string, { kafka }: MirroredPair): ClusterProbe => ({
  climb: async (cluster) => {
    const { rungs } = kafka.cluster(cluster).isUp ? wholeLadder() : brokenAt('tcp', 'transport-failure');
    return { cluster, rungs, canary: { partitions: 1, failed: 0 } };
  },
});

/** All that several trials found. */
export const together = (trials: readonly Trial[]): Found => ({
  problems: trials.flatMap(({ found }) => found.problems),
  seen: trials.flatMap(({ found }) => found.seen),
});

export class Trial {
  readonly controllers: Controllers;
  readonly #problems: string[] = [];
  readonly #seen: string[] = [];

  private constructor(controllers: Controllers) {
    this.controllers = controllers;
  }

  /** A window of a quiet day has passed: everything is HEALTHY. */
  static async begin(config = settings(), probeAt: ConstructorParameters<typeof Controllers>[1] = ladderOf) {
    const controllers = await new Controllers(config, probeAt).begin((clientSet) => ({
      ...stateOf(config),
      clientSet,
    }));
    const trial = new Trial(controllers);
    await controllers.pass(config.probe.windowSamples + 1);
    await trial.#check('before', { 'cluster:K1': 'HEALTHY', 'cluster:K2': 'HEALTHY' });
    return trial;
  }

  /** Each subject's verdict is the given one now. */
  async named(when: string, kinds: Readonly<Record<string, string>>): Promise<void> {
    await this.#check(when, kinds);
    const told = Object.entries(kinds).map(([subject, kind]) => `${subject} ${kind}`);
    this.#seen.push(`${when}: ${told.join(', ')}`);
  }

  async #check(when: string, kinds: Readonly<Record<string, string>>): Promise<void> {
    for (const [subject, kind] of Object.entries(kinds)) {
      const now = await this.controllers.verdict(subject);
      if (now?.kind !== kind)
        this.#problems.push(
          `${when}: ${subject} is ${now?.kind ?? 'not judged'}, not ${kind} (${now?.sentence ?? ''})`,
        );
    }
  }

  /** No revision, no epoch, and whoever asked was refused. `asking`: a person may have been asked, and nothing more. */
  async stands(when: string, may: 'nothing' | 'asking' = 'nothing'): Promise<void> {
    for (const { name } of placedSets(this.controllers.config)) {
      const { epoch, revision, open } = await this.controllers.state(name);
      if (revision !== 1) this.#problems.push(`${when}: ${name} got revision ${revision}`);
      const asks = may === 'asking' && open?.approval === 'pending';
      if (epoch !== 0 && !asks) this.#problems.push(`${when}: epoch ${epoch} of ${name} was opened`);
    }
    const allowed = may === 'asking' ? ['declined', 'approval-needed', 'already-handled'] : ['declined'];
    for (const { kind, clientSet, sentence } of this.controllers.answers)
      if (!allowed.includes(kind)) this.#problems.push(`${when}: a start of ${clientSet} was ${kind}: ${sentence}`);
  }

  /** So many turns, in each of which somebody asks for a move besides: nothing comes of it. */
  async quiet(when: string, turns: number): Promise<void> {
    for (let i = 0; i < turns; i += 1) {
      await this.controllers.pass(1);
      await this.askAnyway();
    }
    await this.stands(when);
    this.#seen.push(`${when}: ${turns} starts asked for, none made`);
  }

  /** A start that nobody who looks has asked for, such as an old event. */
  async askAnyway(): Promise<void> {
    await this.controllers.start({
      clientSet: 'clients-k1',
      epoch: 0,
      sentence: 'an old event says that K1 is down',
      incidentId: 'old',
    });
  }

  async lags(when: string, flow: string, expected: { readonly kind: string; readonly records: string }): Promise<void> {
    await this.named(when, { [flow]: expected.kind });
    const { lagRecords } = ((await this.controllers.verdict(flow))?.data ?? {}) as { readonly lagRecords?: unknown };
    if (lagRecords !== expected.records)
      this.#problems.push(`${when}: ${flow} lags ${String(lagRecords)} records, not ${expected.records}`);
  }

  /** The same outage with observers that work does move: without this, a trial in which nothing can move would pass. */
  async moves(when: string, set: string): Promise<void> {
    const { epoch, open } = await this.controllers.state(set);
    if (epoch === 1 && open?.approval === 'not-needed') this.#seen.push(`${when}: ${set} moves`);
    else
      this.#problems.push(
        `${when}: ${set} does not move (${this.controllers.answers.map(({ kind, sentence }) => `${kind}: ${sentence}`).join('; ') || 'nobody asked'})`,
      );
  }

  /** Whoever asked last was refused by this guard. */
  refusedBy(when: string, guard: string): void {
    const { kind = 'nobody asked', reasons = [] } = this.controllers.answers.at(-1) ?? {};
    this.is(
      `${when}: refused by ${guard}`,
      [kind, reasons.some((reason) => reason.startsWith(`${guard}: `))],
      ['declined', true],
    );
  }

  is(when: string, now: unknown, expected: unknown): void {
    const [is, be] = [JSON.stringify(now), JSON.stringify(expected)];
    if (is === be) this.#seen.push(`${when}: ${is}`);
    else this.#problems.push(`${when}: ${is}, not ${be}`);
  }

  get found(): Found {
    return { problems: this.#problems, seen: this.#seen };
  }
}
