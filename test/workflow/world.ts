/**
 * A pair in memory that behaves: K1 dies with a tail, clients obey what is published, MirrorMaker 2 copies what it can.
 * The real use cases move the clients of K1; a person answers through `operate`.
 */
import { AskOperatorInput, ClaimMoveInput, StepInput } from '../../core/contracts/workflow.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { GroupView } from '../../core/contracts/observations.ts';
import { encodeOffsetSync } from '../../core/replication/records.ts';
import { askOperator } from '../../lambdas/ask-operator/ask-operator.ts';
import { awaitAdoption } from '../../lambdas/await-adoption/await-adoption.ts';
import { claimMove } from '../../lambdas/claim-move/claim-move.ts';
import { concludeMove } from '../../lambdas/conclude-move/conclude-move.ts';
import { measureDrain } from '../../lambdas/measure-drain/measure-drain.ts';
import { operate } from '../../lambdas/operate/operate.ts';
import { pinPositions } from '../../lambdas/pin-positions/pin-positions.ts';
import { publishRouting } from '../../lambdas/publish-routing/publish-routing.ts';
import { reconcile } from '../../lambdas/reconcile/reconcile.ts';
import { restorePositions } from '../../lambdas/restore-positions/restore-positions.ts';
import { group, member, setLook, storedVerdict } from '../support/builders/judgement.ts';
import { adoptionOf, K1_REGION, K2_REGION, pairConfig, routingOf, stateOf } from '../support/builders/pair.ts';
import { type FakeCluster, fakeKafka, type FakeKafka } from '../support/fakes/kafka.ts';
import { fakePorts, type FakePorts } from '../support/fakes/ports.ts';
import { fakeClock } from '../support/fakes/time.ts';

const SET = 'clients-k1';
const GROUP = 'billing';
const SYNCS = 'mm2-offset-syncs.K1.internal';
/** Ten more than its first offset: K1's log begins at 3, so that offsets here and there differ. */
export const FIRST = 3;
/** Upstream offsets 3..10 were copied (downstream 0..7), 11 and 12 are the tail; the group stood at 8 (downstream 5). */
const COPIED = 8;
const HOME_COMMIT = 8n;

const SHORT = {
  moves: { pollSeconds: 5, stableSeconds: 5, adoptionSeconds: 60, failbackDwellSeconds: 60, clientSilentSeconds: 30 },
  replication: { sampleIntervalSeconds: 5, freshSeconds: 10, rebalanceSeconds: 5 },
};

export interface World {
  readonly config: PairConfig;
  readonly ports: FakePorts<FakeKafka>;
  readonly k1: FakeCluster;
  readonly k2: FakeCluster;
  /** What a Task does: its function, called with the payload that the workflow made. */
  answer(state: string, payload: unknown): Promise<unknown>;
  /** Time passes: clients obey what is published, probes look, MirrorMaker 2 copies. */
  pass(seconds: number): Promise<void>;
  /** One turn of reconcile; the executions that it started. */
  reconcile(): Promise<readonly FakePorts['workflows']['started'][number][]>;
  recover(): Promise<void>;
  /** What probes and assess keep current every few seconds. */
  look(): Promise<void>;
  /** K1 is lost, and confirmed down. */
  lose(): Promise<void>;
  person: Person;
  /** From now on a person answers every question with this command. */
  alwaysAnswers(command: Parameters<Person>[0]): void;
}

/** Gives an answer to the open question, as `operate` would be called. */
export type Person = (command: 'approve' | 'reject' | 'resume' | 'abort' | 'proceed') => Promise<void>;

/** K1 is lost a moment ago and confirmed down; its clients were heard of just before. */
export const lostHome = (set: object = {}): Promise<World> => lostHomeOf(set, Life);

/** @param Kind how its clients live */
export async function lostHomeOf<L extends Life>(set: object, Kind: new (...parts: LifeParts) => L): Promise<L> {
  const config = pairConfig({ topics: ['orders'], groups: [{ id: GROUP }], ...set }, SHORT);
  const clock = fakeClock();
  const kafka = fakeKafka({ nowMs: () => clock.nowMs() });
  const ports = { ...fakePorts({ region: K2_REGION, kafka }), clock };
  const [k1, k2] = [kafka.cluster('K1'), kafka.cluster('K2')];
  fillClusters(k1, k2);
  const home = routingOf(config, { phase: 'home' });
  await ports.control.writeSet(stateOf(config));
  for (const region of [K1_REGION, K2_REGION]) await ports.routing.write(region, home);
  await ports.control.putIncarnation({ cluster: 'K1', clusterId: k1.clusterId, seenAtMs: clock.nowMs() });
  await ports.control.putHomeSample(SET, {
    group: GROUP,
    topic: 'orders',
    atMs: clock.nowMs(),
    clusterId: k1.clusterId,
    partitions: { 0: { committed: String(HOME_COMMIT), end: String(FIRST + 10), start: String(FIRST) } },
  });
  k1.isUp = false;
  const life = new Kind(config, ports, k1, k2);
  await life.heardOf({ epoch: 0, revision: 1 });
  await life.look();
  return life;
}

const CLIENTS = [
  ['producer', 'p1'],
  ['consumer', 'c1'],
] as const;

function fillClusters(k1: FakeCluster, k2: FakeCluster): void {
  const records = (from: number, count: number) => Array.from({ length: count }, (_, i) => ({ value: `r${from + i}` }));
  k1.createTopic('orders');
  k1.append('orders', 0, records(0, FIRST + 10));
  k1.deleteBefore('orders', 0, BigInt(FIRST));
  k1.commit(GROUP, 'orders', 0, HOME_COMMIT);
  for (const topic of ['orders', 'K1.orders', SYNCS, 'K1.heartbeats', 'K1.checkpoints.internal']) k2.createTopic(topic);
  k2.append('orders', 0, [{ value: 'of clients 2' }]);
  k2.commit(GROUP, 'orders', 0, 1n);
  k2.join(GROUP, member('c2', { orders: [0] }));
  k2.append('K1.heartbeats', 0, [{ value: 'beat' }]);
  copy(k2, 0, COPIED);
}

/** MirrorMaker 2 copies records `from` (counted from the first one kept) and writes a sync for each. */
/** MirrorMaker 2's task was never started again. */
const LIFE = 7n;

export function copy(
  k2: FakeCluster,
  from: number,
  count: number,
  valueOf = (upstream: number) => `r${upstream}`,
): void {
  for (let i = from; i < from + count; i += 1) {
    k2.append('K1.orders', 0, [{ value: valueOf(FIRST + i) }]);
    const sync = encodeOffsetSync({
      topic: 'orders',
      partition: 0,
      upstream: BigInt(FIRST + i),
      downstream: BigInt(i),
    });
    k2.append(SYNCS, 0, [{ key: Buffer.from(sync.key), value: Buffer.from(sync.value), producerId: LIFE }]);
  }
}

export type LifeParts = readonly [PairConfig, FakePorts<FakeKafka>, FakeCluster, FakeCluster];

export class Life implements World {
  readonly config: PairConfig;
  readonly ports: FakePorts<FakeKafka>;
  readonly k1: FakeCluster;
  readonly k2: FakeCluster;
  #homeVerdict = { kind: 'CONFIRMED_DOWN', sinceMs: 0 };
  /** Counted from the first one kept. */
  protected copied = COPIED;
  protected written = 10;
  /** Who acknowledges. */
  protected readonly clients: readonly (readonly ['producer' | 'consumer', string])[] = CLIENTS;
  /** The refuge's own topic has its own members of the group; c1 gets nothing of it. */
  protected readonly othersReadLocal: boolean = true;
  /** How many records of a topic c1 processes at a time; 0 = it hangs, and keeps what it owns. */
  pace = 3n;
  readonly #here = { region: K2_REGION, configVersion: 'v1' };

  constructor(config: PairConfig, ports: FakePorts<FakeKafka>, k1: FakeCluster, k2: FakeCluster) {
    this.config = config;
    this.ports = ports;
    this.k1 = k1;
    this.k2 = k2;
    this.#homeVerdict.sinceMs = ports.clock.nowMs() - 120_000;
  }

  answer(state: string, payload: unknown): Promise<unknown> {
    return useCaseOf(state, payload, {
      ports: this.ports,
      config: this.config,
      here: this.#here,
      ask: (input) => this.#ask(input),
    });
  }

  person: Person = () => Promise.reject(new Error('a question was asked, but this test has no person'));

  async #ask(input: AskOperatorInput): Promise<unknown> {
    this.ports.workflows.waiting(input.taskToken);
    const before = this.ports.workflows.answers.length;
    await askOperator(this.ports, this.config, this.#here)(input);
    if (this.ports.workflows.answers.length === before) await this.person('resume');
    const [given] = this.ports.workflows.answers.slice(before);
    if (given === undefined) throw Object.assign(new Error('nobody answered'), { name: 'States.Timeout' });
    return given.output;
  }

  alwaysAnswers(command: Parameters<Person>[0]): void {
    this.person = async () => {
      const { kind, sentence } = await operate(
        this.ports,
        this.config,
        this.#here,
      )({ command, clientSet: SET, by: 'ada' });
      if (kind !== 'done') throw new Error(`operate ${command}: ${sentence}`);
    };
  }

  async pass(seconds: number): Promise<void> {
    this.ports.clock.advance(seconds * 1000);
    await this.look();
    await this.#clientsObey();
  }

  async reconcile(): Promise<readonly FakePorts['workflows']['started'][number][]> {
    const before = this.ports.workflows.started.length;
    await reconcile(this.ports, this.config, this.#here)();
    return this.ports.workflows.started.slice(before);
  }

  /** K1 is back with its log; MirrorMaker 2 copies the late tail; the dwell time passes. */
  async recover(): Promise<void> {
    this.k1.isUp = true;
    this.copyRest();
    this.#homeVerdict = { kind: 'HEALTHY', sinceMs: this.ports.clock.nowMs() };
    await this.pass(120);
  }

  async lose(): Promise<void> {
    this.k1.isUp = false;
    this.#homeVerdict = { kind: 'CONFIRMED_DOWN', sinceMs: this.ports.clock.nowMs() - 120_000 };
    await this.look();
  }

  /** K1 was never lost: everything is copied and it has been well for an hour. */
  protected neverLost(): void {
    this.k1.isUp = true;
    this.copyRest();
    this.#homeVerdict = { kind: 'HEALTHY', sinceMs: this.ports.clock.nowMs() - 3_600_000 };
  }

  protected copyRest(): void {
    copy(this.k2, this.copied, this.written - this.copied);
    this.copied = this.written;
  }

  /** What probes and assess keep current every few seconds. */
  async look(): Promise<void> {
    const { ports } = this;
    const atMs = ports.clock.nowMs();
    const isUp = this.k1.isUp;
    const healthy = { judgedAtMs: atMs, data: { lagRecords: '0' } };
    await ports.control.putVerdict(
      storedVerdict('cluster:K1', this.#homeVerdict.kind, { judgedAtMs: atMs, sinceMs: this.#homeVerdict.sinceMs }),
    );
    await ports.control.putVerdict(storedVerdict('cluster:K2', 'HEALTHY', healthy));
    await ports.control.putVerdict(storedVerdict('flow:K1->K2', isUp ? 'HEALTHY' : 'REPLICATION_DOWN', healthy));
    await ports.control.putVerdict(storedVerdict('flow:K2->K1', isUp ? 'HEALTHY' : 'UNKNOWN', healthy));
    const readers = await this.k2.reader().groups([GROUP]);
    await ports.observations.putSet(
      setLook({
        atMs,
        refugeTopics: { orders: 1 },
        remoteTopics: { 'K1.orders': 1 },
        ...(isUp ? { homeTopics: { orders: 1 } } : {}),
        groupsAtRefuge: { [GROUP]: readers.get(GROUP)! },
        groupsAtHome: { [GROUP]: await this.atHome() },
        homeClusterId: this.k1.clusterId,
        refugeClusterId: this.k2.clusterId,
      }),
    );
    await ports.observations.putFlow({
      pair: 'orders',
      source: 'K1',
      target: 'K2',
      vantage: K2_REGION,
      atMs,
      replicatedOffsets: { orders: { 0: String(FIRST + this.copied - 1) } },
      ...(isUp ? { sourceEnds: { orders: { 0: this.#homeEnds() } } } : {}),
      problems: [],
    });
  }

  protected atHome(): Promise<GroupView> {
    return Promise.resolve(group({ activity: 'empty' }));
  }

  #homeEnds() {
    const end = String(FIRST + this.written);
    return { start: String(FIRST), highWatermark: end, lastStable: end };
  }

  async heardOf({ epoch, revision }: { readonly epoch: number; readonly revision: number }): Promise<void> {
    const atMs = this.ports.clock.nowMs();
    for (const [role, id] of this.clients) {
      const group = role === 'consumer' ? { group: GROUP } : {};
      await this.ports.control.putAdoption(adoptionOf(role, id, { epoch, revision, atMs, ...group }));
    }
  }

  /** p1 and c1 read their routing, go where it says and acknowledge; c1 processes up to `pace` records of each at a time. */
  async #clientsObey(): Promise<void> {
    const routing = this.ports.routing.peekRouting(K2_REGION, SET);
    if (routing === null) return;
    const { consumers } = routing;
    await this.heardOf(routing);
    const at = consumers.cluster === 'K1' ? this.k1 : this.k2;
    const read = { remote: ['K1.orders'], local: ['orders'], both: ['orders', 'K1.orders'] }[consumers.read];
    this.k1.leave(GROUP, 'c1-1');
    this.k2.leave(GROUP, 'c1-1');
    if (!at.isUp) return;
    const others = consumers.cluster === 'K2' && this.othersReadLocal;
    const mine = read.filter((topic) => !(others && topic === 'orders'));
    at.join(GROUP, member('c1', Object.fromEntries(mine.map((topic) => [topic, [0]]))));
    for (const topic of mine) await this.#process(at, topic);
  }

  async #process(at: FakeCluster, topic: string): Promise<void> {
    const end = (await at.reader().ends([topic])).get(topic)?.get(0)?.highWatermark ?? 0n;
    const position = at.position(GROUP, topic, 0);
    // Without a position it would start at auto.offset.reset; it refuses and waits.
    if (position === undefined) return;
    const next = position + this.pace;
    at.commit(GROUP, topic, 0, next < end ? next : end);
  }
}

interface Acting {
  readonly ports: FakePorts;
  readonly config: PairConfig;
  readonly here: { readonly region: string; readonly configVersion: string };
  readonly ask: (input: AskOperatorInput) => Promise<unknown>;
}

/** What the function of a state answers. What crosses a border crosses it as JSON. */
export async function useCaseOf(
  state: string,
  payload: unknown,
  { ports, config, here, ask }: Acting,
): Promise<unknown> {
  const given = JSON.parse(JSON.stringify(payload)) as unknown;
  switch (state.replace(/ \(.*\)$/, '')) {
    case 'Claim move':
      return claimMove(ports, config, here)(ClaimMoveInput.parse(given));
    case 'Pin positions':
      return pinPositions(ports, config)(StepInput.parse(given));
    case 'Publish routing':
      return publishRouting(ports, config)(StepInput.parse(given));
    case 'Await adoption':
      return awaitAdoption(ports, config)(StepInput.parse(given));
    case 'Measure drain':
      return measureDrain(ports, config)(StepInput.parse(given));
    case 'Restore positions':
      return restorePositions(ports, config)(StepInput.parse(given));
    case 'Conclude move':
      return concludeMove(ports, config, here)(StepInput.parse(given));
    case 'Ask operator':
      return ask(AskOperatorInput.parse(given));
    default:
      throw new Error(`no use case for the state "${state}"`);
  }
}
