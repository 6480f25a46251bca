/**
 * The same pair on the day after: K1 is back, its clients still live at K2, and K2 is lost with two records that nobody had
 * copied. K1's region leads them home from its copy; what each controller knows lies in its own region's table.
 */
import type { AskOperatorInput } from '../../core/contracts/workflow.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import { encodeOffsetSync } from '../../core/replication/records.ts';
import { askOperator } from '../../lambdas/ask-operator/ask-operator.ts';
import { operate } from '../../lambdas/operate/operate.ts';
import { reconcile } from '../../lambdas/reconcile/reconcile.ts';
import { seedPositions } from '../../lambdas/seed-positions/seed-positions.ts';
import { member, storedVerdict } from '../support/builders/judgement.ts';
import {
  adoptionOf,
  K1_REGION,
  K2_REGION,
  keptPosition,
  pairConfig,
  positionRecordOf,
  routingOf,
  stateOf,
} from '../support/builders/pair.ts';
import { type FakeCluster, fakeKafka, type FakeKafka } from '../support/fakes/kafka.ts';
import { fakePorts, type FakePorts } from '../support/fakes/ports.ts';
import { fakeClock } from '../support/fakes/time.ts';
import { useCaseOf, type Person, type World } from './world.ts';

const SET = 'clients-k1';
const GROUP = 'billing';
const SYNCS = 'mm2-offset-syncs.K2.internal';
const SYNCS_AT_REFUGE = 'mm2-offset-syncs.K1.internal';
const HOME = { region: K1_REGION, configVersion: 'v1' };
const REFUGE = { region: K2_REGION, configVersion: 'v1' };
/** Of K2's topic: what is copied, and how far the group was when it was last seen there. */
const COPIED = 5;
const SEEN = 3n;

const SHORT = {
  moves: { pollSeconds: 5, stableSeconds: 5, adoptionSeconds: 60, failbackDwellSeconds: 60, clientSilentSeconds: 30 },
  replication: { sampleIntervalSeconds: 5, freshSeconds: 10, rebalanceSeconds: 5 },
};

export async function lostRefuge(set: object = {}, { looksHomeward = true } = {}): Promise<GoingHome> {
  const config = pairConfig(
    { topics: ['orders'], groups: [{ id: GROUP }], drainDeadline: { afterSeconds: 3_600 }, ...set },
    SHORT,
  );
  const clock = fakeClock();
  const kafka = fakeKafka({ nowMs: () => clock.nowMs() });
  const ports = { ...fakePorts({ region: K1_REGION, kafka }), clock };
  const world = new GoingHome(config, ports, kafka.cluster('K1'), kafka.cluster('K2'));
  await world.begin();
  if (looksHomeward) await world.lookHomeward();
  return world;
}

export class GoingHome implements World {
  readonly config: PairConfig;
  /** Of K1's region. */
  readonly ports: FakePorts<FakeKafka>;
  /** Of K2's region: the same world, its own tables. */
  readonly atRefuge: FakePorts<FakeKafka>;
  readonly k1: FakeCluster;
  readonly k2: FakeCluster;
  readonly processed: string[] = [];
  /** What the set's producers were acknowledged and nobody had processed when K2 was lost. */
  readonly owed: string[] = ['r11', 'r12', 'b3', 'b4', 'b5', 'b6'];
  readonly #home = Array.from({ length: 13 }, (_, i) => `r${i}`);
  readonly #refuge = ['of clients 2', 'b1', 'b2', 'b3', 'b4', 'b5', 'b6'];
  #copied = COPIED;
  #backSinceMs = 0;

  constructor(config: PairConfig, ports: FakePorts<FakeKafka>, k1: FakeCluster, k2: FakeCluster) {
    this.config = config;
    this.ports = ports;
    this.atRefuge = { ...ports, control: ports.controlOf(K2_REGION), observations: ports.observationsOf(K2_REGION) };
    this.k1 = k1;
    this.k2 = k2;
  }

  async begin(): Promise<void> {
    const { config, k1, k2, ports } = this;
    for (const topic of ['orders', 'K2.orders', SYNCS, 'K2.heartbeats', 'K2.checkpoints.internal'])
      k1.createTopic(topic);
    k1.append(
      'orders',
      0,
      this.#home.map((value) => ({ value })),
    );
    k1.commit(GROUP, 'orders', 0, 8n);
    k2.createTopic('orders');
    k2.createTopic('K1.orders');
    k2.append(
      'orders',
      0,
      this.#refuge.map((value) => ({ value })),
    );
    this.#copy(0, COPIED);
    k2.commit(GROUP, 'orders', 0, SEEN);
    const nowMs = ports.clock.nowMs();
    const away = stateOf(config, {
      epoch: 1,
      revision: 3,
      phase: 'refuge',
      leftHomeAtMs: nowMs - 7_200_000,
      routing: routingOf(config, { phase: 'refuge', epoch: 1, revision: 3 }),
    });
    await this.atRefuge.control.writeSet(away);
    for (const region of [K1_REGION, K2_REGION]) await ports.routing.write(region, away.routing!);
    const kept = keptPosition({ homeCommit: '8', seed: '5', restore: '11', homeEnd: '13', tail: '0' });
    await this.atRefuge.control.putPositions(
      SET,
      positionRecordOf({ clusterId: k1.clusterId, partitions: { 0: kept } }),
    );
    await ports.control.putRefugeSample(SET, {
      group: GROUP,
      topic: 'orders',
      atMs: nowMs - 20_000,
      clusterId: k2.clusterId,
      partitions: { 0: { committed: String(SEEN), end: '7', start: '0' } },
      // Nobody has written there lately.
      recent: [25_000, 20_000].map((ago) => ({ atMs: nowMs - ago, end: '7' })),
    });
    await this.reconcileAtRefuge();
    k2.isUp = false;
    await this.look();
  }

  answer(state: string, payload: unknown): Promise<unknown> {
    return useCaseOf(state, payload, {
      ports: this.ports,
      config: this.config,
      here: HOME,
      ask: (input) => this.#ask(input),
    });
  }

  person: Person = async (command) => {
    const { kind, sentence } = await operate(this.ports, this.config, HOME)({ command, clientSet: SET, by: 'ada' });
    if (kind !== 'done') throw new Error(`operate ${command}: ${sentence}`);
  };

  alwaysAnswers(command: Parameters<Person>[0]): void {
    const { person } = this;
    this.person = () => person(command);
  }

  async #ask(input: AskOperatorInput): Promise<unknown> {
    this.ports.workflows.waiting(input.taskToken);
    const before = this.ports.workflows.answers.length;
    await askOperator(this.ports, this.config, HOME)(input);
    if (this.ports.workflows.answers.length === before) await this.person('approve');
    const [given] = this.ports.workflows.answers.slice(before);
    if (given === undefined) throw Object.assign(new Error('nobody answered'), { name: 'States.Timeout' });
    return given.output;
  }

  async pass(seconds: number): Promise<void> {
    this.ports.clock.advance(seconds * 1000);
    if (this.k2.isUp) this.#copy(this.#copied, this.#refuge.length - this.#copied);
    await this.look();
    await this.#clientsObey();
  }

  async reconcile() {
    const before = this.ports.workflows.started.length;
    await reconcile(this.ports, this.config, HOME)();
    return this.ports.workflows.started.slice(before);
  }

  /** One turn of the seeds in K1's region. */
  lookHomeward(): Promise<void> {
    return seedPositions(this.ports, this.config, HOME)();
  }

  /** The group stands behind all 20 copies at K2, as its pin has stored; the only offset sync is of the first. */
  drainedAtRefuge(): void {
    const { k2 } = this;
    k2.append(
      'K1.orders',
      0,
      Array.from({ length: 20 }, (_, i) => ({ value: `copy ${i}` })),
    );
    k2.commit(GROUP, 'K1.orders', 0, 20n);
    k2.createTopic('K1.checkpoints.internal');
    k2.createTopic(SYNCS_AT_REFUGE);
    const { key, value } = encodeOffsetSync({ topic: 'orders', partition: 0, upstream: 0n, downstream: 0n });
    k2.append(SYNCS_AT_REFUGE, 0, [{ key: Buffer.from(key), value: Buffer.from(value) }]);
  }

  /** One turn of the seeds in K2's region. @param committed where the group stands at home */
  async seedAtRefuge(committed: string): Promise<void> {
    const { clusterId } = this.k1;
    const atMs = this.atRefuge.clock.nowMs();
    const partitions = { 0: { committed, end: String(this.#home.length), start: '0' } };
    await this.atRefuge.control.putHomeSample(SET, { group: GROUP, topic: 'orders', atMs, clusterId, partitions });
    await seedPositions(this.atRefuge, this.config, REFUGE)();
  }

  /** One turn of K2's controller; what it wrote to clients. */
  async reconcileAtRefuge() {
    const before = this.ports.routing.written.length;
    await reconcile(this.atRefuge, this.config, REFUGE)();
    return this.ports.routing.written.slice(before);
  }

  /** K2 is back with its log; whether for good, time has to tell. */
  async recover(): Promise<void> {
    this.k2.isUp = true;
    this.#backSinceMs = this.ports.clock.nowMs();
    await this.look();
  }

  async lose(): Promise<void> {
    this.k2.isUp = false;
    await this.look();
  }

  lost(): readonly string[] {
    return this.owed.filter((value) => !this.processed.includes(value));
  }

  async look(): Promise<void> {
    const { ports, k2 } = this;
    const judgedAtMs = ports.clock.nowMs();
    const put = (subject: string, kind: string, sinceMs: number) =>
      ports.control.putVerdict(storedVerdict(subject, kind, { judgedAtMs, sinceMs }));
    await put('cluster:K1', 'HEALTHY', judgedAtMs - 3_600_000);
    await put('cluster:K2', k2.isUp ? 'HEALTHY' : 'CONFIRMED_DOWN', k2.isUp ? this.#backSinceMs : judgedAtMs - 120_000);
    const end = String(this.#refuge.length);
    const copied = String(this.#copied);
    await ports.observations.putFlow({
      pair: 'orders',
      source: 'K2',
      target: 'K1',
      vantage: K1_REGION,
      atMs: judgedAtMs,
      replicatedOffsets: { orders: { 0: String(this.#copied - 1) } },
      remoteEnds: { 'K2.orders': { 0: { start: '0', highWatermark: copied, lastStable: copied } } },
      ...(k2.isUp ? { sourceEnds: { orders: { 0: { start: '0', highWatermark: end, lastStable: end } } } } : {}),
      problems: [],
    });
  }

  #copy(from: number, count: number): void {
    for (let i = from; i < from + count; i += 1) {
      this.k1.append('K2.orders', 0, [{ value: this.#refuge[i]! }]);
      const offset = BigInt(i);
      const { key, value } = encodeOffsetSync({ topic: 'orders', partition: 0, upstream: offset, downstream: offset });
      this.k1.append(SYNCS, 0, [{ key: Buffer.from(key), value: Buffer.from(value) }]);
    }
    this.#copied = from + count;
  }

  /** p1 writes and c1 reads where K1's region tells them; c1 processes up to two records of each topic at a time. */
  async #clientsObey(): Promise<void> {
    const routing = this.ports.routing.peekRouting(K1_REGION, SET);
    if (routing === null) return;
    const { epoch, revision, consumers, producers } = routing;
    if (consumers.cluster !== 'K1') return;
    for (const [role, id] of [
      ['producer', 'p1'],
      ['consumer', 'c1'],
    ] as const)
      await this.ports.control.putAdoption(
        adoptionOf(role, id, {
          epoch,
          revision,
          atMs: this.ports.clock.nowMs(),
          ...(role === 'consumer' ? { group: GROUP } : {}),
        }),
      );
    if (producers.cluster === 'K1' && producers.state === 'active') {
      const value = `h${this.#home.length}`;
      this.k1.append('orders', 0, [{ value }]);
      this.#home.push(value);
      this.owed.push(value);
    }
    const topics = consumers.read === 'both' ? ['orders', `${routing.remotePrefix}orders`] : ['orders'];
    this.k1.leave(GROUP, 'c1-1');
    this.k1.join(GROUP, member('c1', Object.fromEntries(topics.map((topic) => [topic, [0]]))));
    for (const topic of topics) this.#process(topic);
  }

  #process(topic: string): void {
    const log = topic === 'orders' ? this.#home : this.#refuge.slice(0, this.#copied);
    const position = this.k1.position(GROUP, topic, 0);
    // Without a position it would start at auto.offset.reset; it refuses and waits.
    if (position === undefined) return;
    const next = position + 2n < BigInt(log.length) ? position + 2n : BigInt(log.length);
    this.processed.push(...log.slice(Number(position), Number(next)));
    this.k1.commit(GROUP, topic, 0, next);
  }
}
