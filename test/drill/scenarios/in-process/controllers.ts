/**
 * The code of the deployed functions on a pair in memory: three vantages probe, both controllers judge, and what their rules
 * would start is started. Time is injected; fakes stand behind ports only.
 */
import type { PairConfig } from '../../../../core/config/schema.ts';
import { clusterRegions, placedSet, placedSets, vantages } from '../../../../core/config/pair.ts';
import type { EventDetail } from '../../../../core/contracts/events.ts';
import type { SetState, StoredVerdict } from '../../../../core/contracts/tables.ts';
import type { ClaimMoveResult, WorkflowInput } from '../../../../core/contracts/workflow.ts';
import { assess } from '../../../../lambdas/assess/assess.ts';
import { concludeMove } from '../../../../lambdas/conclude-move/conclude-move.ts';
import { operate } from '../../../../lambdas/operate/operate.ts';
import { reconcile } from '../../../../lambdas/reconcile/reconcile.ts';
import { claimMove } from '../../../../lambdas/claim-move/claim-move.ts';
import type { ClusterProbe, Ports } from '../../../../lambdas/ports.ts';
import { probeClusters } from '../../../../lambdas/probe-clusters/probe-clusters.ts';
import { probeReplication } from '../../../../lambdas/probe-replication/probe-replication.ts';
import { fakePorts } from '../../../support/fakes/ports.ts';
import type { FakePorts } from '../../../support/fakes/ports.ts';
import { setOf } from '../../pair.ts';
import { mirroredPair } from './mirrored-pair.ts';
import type { MirroredPair } from './mirrored-pair.ts';

export class Controllers {
  readonly config: PairConfig;
  readonly pair: MirroredPair;
  /** What claim-move answered, to rules and to whoever asked besides. */
  readonly answers: ClaimMoveResult[] = [];
  /** How far the clock of a region is ahead of the true time. */
  readonly aheadMs = new Map<string, number>();
  readonly #shared: FakePorts;
  readonly #above: (region: string) => Ports['shared'];
  readonly #probes: ReadonlyMap<string, ClusterProbe>;
  readonly #replication: readonly (() => Promise<void>)[];
  #heard = 0;
  #executions = 0;

  /** @param above the table above the pairs, by region; none unless given */
  constructor(
    config: PairConfig,
    probeAt: (vantage: string, pair: MirroredPair) => ClusterProbe,
    above: (region: string) => Ports['shared'] = () => null,
  ) {
    this.config = config;
    this.#above = above;
    this.pair = mirroredPair(() => this.#shared.clock.nowMs());
    this.#shared = fakePorts({ pair: config.pair, kafka: this.pair.kafka });
    this.#probes = new Map(vantages(config).map((vantage) => [vantage, probeAt(vantage, this.pair)]));
    this.#replication = clusterRegions(config).map((region) =>
      probeReplication(this.#portsOf(region), config, { region }),
    );
  }

  /** Every set at home under revision 1, each in mode "automatic". */
  async begin(stateOf: (set: string) => SetState): Promise<this> {
    for (const { name, controlRegion } of placedSets(this.config))
      await this.#shared.controlOf(controlRegion).writeSet(stateOf(name));
    return this;
  }

  /** So many probe intervals pass in a world that works as it should: looks, judgements, and what rules start. */
  async pass(turns: number): Promise<void> {
    for (let i = 0; i < turns; i += 1) {
      this.wait(this.config.probe.intervalSeconds);
      await this.look();
      await this.judge();
      await this.followRules();
    }
  }

  /** Time passes and MirrorMaker 2 copies; our functions do nothing. */
  wait(seconds: number): void {
    this.#shared.clock.advance(seconds * 1000);
    this.pair.live();
  }

  async look(): Promise<void> {
    await Promise.all([
      ...vantages(this.config).map((vantage) =>
        probeClusters(this.#portsOf(vantage), this.config, { region: vantage })(),
      ),
      ...this.#replication.map((turn) => turn()),
    ]);
  }

  async judge(): Promise<void> {
    for (const region of clusterRegions(this.config)) await assess(this.#portsOf(region), this.config, { region })();
  }

  /** Every outage that was told and not yet heard of starts the failover machine, whose first step is claim-move. */
  async followRules(): Promise<void> {
    const told = this.#shared.events.named('OutageConfirmed');
    for (const outage of told.slice(this.#heard)) await this.start(outage);
    this.#heard = told.length;
  }

  /** As the rule's target does it, or an event that comes late. */
  async start({ clientSet, epoch, sentence, incidentId }: Start): Promise<ClaimMoveResult> {
    this.#executions += 1;
    return this.#claim(`execution-${this.#executions}`, {
      clientSet,
      trigger: 'automatic',
      expectedEpoch: epoch,
      reason: sentence,
      requestedBy: 'assess',
      incidentId,
    });
  }

  /** What a person says to the controller of the set. */
  async operate(set: string, command: Readonly<Record<string, unknown>>): Promise<void> {
    const region = this.#regionOf(set);
    const { pair } = this.config;
    const payload = { pair, clientSet: set, by: 'ada', ...command };
    const answer = await operate(this.#portsOf(region), this.config, { region, configVersion: 'v1' })(
      // As it arrives: what is not given is not there.
      JSON.parse(JSON.stringify(payload)),
    );
    if (answer.kind !== 'done') throw new Error(`operate answers ${answer.kind}: ${answer.sentence}`);
  }

  /** The execution that has claimed asks again, as after a crash. */
  async goOn(set: string): Promise<ClaimMoveResult> {
    const open = await this.#openOf(set);
    return this.#claim(open.execution, open.input);
  }

  /** The execution that waits for a person comes back with the answer "approve". */
  async approve(set: string, by: string): Promise<ClaimMoveResult> {
    const open = await this.#openOf(set);
    return this.#claim(open.execution, open.input, by);
  }

  async #claim(
    execution: string,
    input: Omit<Partial<WorkflowInput>, 'pair' | 'move'> & Pick<WorkflowInput, 'clientSet'>,
    approvedBy?: string,
  ): Promise<ClaimMoveResult> {
    const region = this.#regionOf(input.clientSet);
    const ports = this.#portsOf(region);
    this.#shared.workflows.running(execution);
    const answer = await claimMove(ports, this.config, { region, configVersion: 'v1' })({
      machine: 'failover',
      execution,
      startedAt: new Date(ports.clock.nowMs()).toISOString(),
      ...(approvedBy === undefined ? {} : { approvedBy }),
      input: { ...input, pair: this.config.pair, move: 'failover' },
    });
    this.answers.push(answer);
    return answer;
  }

  /** A minute's turn of reconcile, in each region. */
  async keep(): Promise<void> {
    for (const region of clusterRegions(this.config))
      await reconcile(this.#portsOf(region), this.config, { region, configVersion: 'v1' })();
  }

  /** The set has come to its refuge: the last step of its move. */
  async conclude(set: string): Promise<void> {
    const [state, open] = [await this.state(set), await this.#openOf(set)];
    await this.controlOf(set).writeSet({
      ...state,
      phase: 'refuge',
      open: { ...open, published: true },
      version: state.version + 1,
    });
    await this.#close(set, 'Conclude move', 'refuge');
  }

  /** The last step of a move that has published nothing. */
  abort(set: string): Promise<void> {
    return this.#close(set, 'Conclude move (aborted)', 'home');
  }

  async #close(set: string, stage: string, phase: 'refuge' | 'home'): Promise<void> {
    const { epoch, execution } = await this.#openOf(set);
    await concludeMove(this.#portsOf(this.#regionOf(set)), this.config, { configVersion: 'v1' })({
      pair: this.config.pair,
      clientSet: set,
      move: 'failover',
      epoch,
      execution,
      stage,
      phase,
      target: 'everyone',
    });
  }

  async #openOf(set: string): Promise<NonNullable<SetState['open']>> {
    const { open } = await this.state(set);
    if (open === undefined) throw new Error(`${set} of ${this.config.pair} does not move`);
    return open;
  }

  /** Values of a metric, oldest first. */
  measured(name: string): readonly number[] {
    return this.#shared.metrics.points.filter((point) => point.name === name).map(({ value }) => value);
  }

  /** As the controller sees it that would move its clients away; a flow, as the one at its target does. */
  async verdict(subject: string): Promise<StoredVerdict | null> {
    const alias = subject.split(/:|->/).at(-1) as 'K1' | 'K2';
    const other = alias === 'K1' ? 'K2' : 'K1';
    return this.controlOf(setOf(subject.startsWith('flow:') ? other : alias)).verdict(subject);
  }

  async state(set: string): Promise<SetState> {
    return (await this.controlOf(set).readSet(set))!;
  }

  controlOf(set: string): Ports['control'] {
    return this.#shared.controlOf(this.#regionOf(set));
  }

  #regionOf(set: string): string {
    return placedSet(this.config, set)?.controlRegion ?? '';
  }

  #portsOf(region: string): Ports {
    const { clock } = this.#shared;
    return {
      ...this.#shared,
      probe: this.#probes.get(region)!,
      control: this.#shared.controlOf(region),
      observations: this.#shared.observationsOf(region),
      shared: this.#above(region),
      clock: { nowMs: () => clock.nowMs() + (this.aheadMs.get(region) ?? 0), pause: (ms) => clock.pause(ms) },
    };
  }
}

export type Start = Pick<EventDetail<'OutageConfirmed'>, 'clientSet' | 'epoch' | 'sentence' | 'incidentId'>;
