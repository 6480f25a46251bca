/** M45: more pairs are down than may move at once, or than may look down together. */
import { PAIRS_TOGETHER_METRIC } from '../../../../core/contracts/environment.ts';
import { liftedBy } from '../../../../core/move/guards.ts';
import { fakeSharedLimits } from '../../../support/fakes/shared.ts';
import { stateOf } from '../../../support/builders/pair.ts';
import type { Found } from '../scenario.ts';
import { Controllers } from './controllers.ts';
import { ladderOf, settings } from './trial.ts';

const PAIRS = ['bills', 'carts', 'mails', 'orders', 'stock'] as const;
type Pair = (typeof PAIRS)[number];
const SET = 'clients-k1';
/** A K1 that dies is confirmed down by the look after that many. */
const CONFIRMED = 10;
const TABLE = 'mm2-failover-shared';

export async function manyPairs(): Promise<Found> {
  const trials = [await limitKept(), await turnPasses(), await frozen()];
  return { problems: trials.flatMap(({ problems }) => problems), seen: trials.flatMap(({ seen }) => seen) };
}

/** Five pairs that share one table in each region, each with clusters, probes and controllers of its own. */
class Fleet implements Found {
  readonly problems: string[] = [];
  readonly seen: string[] = [];
  readonly #pairs: ReadonlyMap<Pair, Controllers>;
  #turns = 0;

  private constructor(pairs: ReadonlyMap<Pair, Controllers>) {
    this.#pairs = pairs;
  }

  static async begin(limits: object): Promise<Fleet> {
    const tables = new Map<string, ReturnType<typeof fakeSharedLimits>>();
    const above = (region: string) => {
      const table = tables.get(region) ?? fakeSharedLimits(TABLE);
      tables.set(region, table);
      return table;
    };
    const pairs = new Map<Pair, Controllers>();
    for (const pair of PAIRS) {
      const config = settings({ pair, shared: { table: TABLE, ...limits } });
      const controllers = new Controllers(config, ladderOf, above);
      pairs.set(pair, await controllers.begin((clientSet) => ({ ...stateOf(config), pair, clientSet })));
    }
    const fleet = new Fleet(pairs);
    await fleet.pass(7);
    return fleet;
  }

  of(pair: Pair): Controllers {
    return this.#pairs.get(pair)!;
  }

  lose(...pairs: readonly Pair[]): void {
    for (const pair of pairs) this.of(pair).pair.k1.isUp = false;
  }

  regain(...pairs: readonly Pair[]): void {
    for (const pair of pairs) this.of(pair).pair.k1.isUp = true;
  }

  /** All look, then all judge, then rules start what was told: each turn another pair's rule comes first. */
  async pass(turns: number): Promise<void> {
    for (let i = 0; i < turns; i += 1) {
      this.#turns += 1;
      const by = this.#turns % PAIRS.length;
      const order = [...PAIRS.slice(by), ...PAIRS.slice(0, by)].map((pair) => this.of(pair));
      for (const pair of order) pair.wait(10);
      await Promise.all(order.map((pair) => pair.look()));
      for (const pair of order) await pair.judge();
      for (const pair of order) await pair.followRules();
      if (this.#turns % 6 === 0) for (const pair of order) await pair.keep();
    }
  }

  /** Pairs whose failover is claimed and needs nobody, by name. */
  async moving(): Promise<readonly Pair[]> {
    const open = await Promise.all(PAIRS.map(async (pair) => (await this.of(pair).state(SET)).open));
    return PAIRS.filter((_pair, i) => open[i] !== undefined && open[i].approval !== 'pending');
  }

  async asking(): Promise<readonly Pair[]> {
    const open = await Promise.all(PAIRS.map(async (pair) => (await this.of(pair).state(SET)).open));
    return PAIRS.filter((_pair, i) => open[i]?.approval === 'pending');
  }

  /** What the pair's rule was told last. */
  told(pair: Pair): string {
    const last = this.of(pair).answers.at(-1);
    return last === undefined ? 'nobody asked' : `${last.kind}: ${last.reasons.join('; ')}`;
  }

  expect(when: string, now: unknown, expected: unknown): void {
    const [is, be] = [JSON.stringify(now), JSON.stringify(expected)];
    if (is === be) this.seen.push(`${when}: ${is}`);
    else this.problems.push(`${when}: ${is}, not ${be}`);
  }
}

/** Pairs that wait, in the order in which a refused one names those before it. */
const waitingBefore = (fleet: Fleet, pair: Pair): number =>
  (/before it waits (.*)$/m.exec(fleet.told(pair))?.[1]?.split(', ') ?? []).length;

const lineOf = (fleet: Fleet, pairs: readonly Pair[]): readonly Pair[] =>
  pairs.toSorted((a, b) => waitingBefore(fleet, a) - waitingBefore(fleet, b));

/** Five are down, two may move: three are told why they do not, and get their turns in the order in which they asked. */
async function limitKept(): Promise<Fleet> {
  const fleet = await Fleet.begin({ pairsAtOnce: 2 });
  fleet.lose(...PAIRS);
  await fleet.pass(CONFIRMED);
  const first = await fleet.moving();
  fleet.expect('five down, two may: so many move', first.length, 2);
  const waiting = PAIRS.filter((pair) => !first.includes(pair));
  const line = lineOf(fleet, waiting);
  for (const pair of waiting) {
    const ahead = line.slice(0, line.indexOf(pair));
    const others = first.map((one) => `${one} (${SET}, epoch 1)`).join(', ');
    const turn = ahead.length === 0 ? '' : `; before it waits ${ahead.join(', ')}`;
    fleet.expect(
      `${pair} is told, which ends with ${liftedBy('G9-pairs')}`,
      fleet.told(pair),
      `declined: G9-pairs: other pairs that are moving: ${others}; at most 2 at once${turn}`,
    );
  }
  await fleet.pass(12);
  fleet.expect('two minutes later the same ones move', await fleet.moving(), first);
  await inTurn(fleet, [...first], line);
  return fleet;
}

/** Each end makes room for the one that asked first, whoever's rule comes first in that turn. */
async function inTurn(fleet: Fleet, moving: Pair[], line: readonly Pair[]): Promise<void> {
  for (const next of line) {
    const done = moving.shift()!;
    await fleet.of(done).conclude(SET);
    await fleet.pass(7);
    moving.push(next);
    fleet.expect(`${done} is done, and the next in the line moves`, await fleet.moving(), moving.toSorted());
  }
}

/** The first in the line no longer needs its turn: three minutes later the second has it. */
async function turnPasses(): Promise<Fleet> {
  const fleet = await Fleet.begin({ pairsAtOnce: 1 });
  fleet.lose('orders', 'stock', 'bills');
  await fleet.pass(CONFIRMED + 6);
  const [moving] = await fleet.moving();
  const [first, second] = lineOf(
    fleet,
    (['bills', 'orders', 'stock'] as const).filter((pair) => pair !== moving),
  );
  fleet.regain(first!);
  await fleet.of(moving!).conclude(SET);
  await fleet.pass(6);
  fleet.expect(`${first!} is well again: a minute later its turn still counts`, await fleet.moving(), []);
  await fleet.pass(18);
  fleet.expect(`three more later ${second!} moves`, await fleet.moving(), [second]);
  return fleet;
}

/** Three of five look down together where half may: nobody moves without a person, and the metric of the alarm says so. */
async function frozen(): Promise<Fleet> {
  const fleet = await Fleet.begin({ pairsAtOnce: 2, downTogether: 0.5 });
  fleet.expect('before: the metric of the alarm', fleet.of('orders').measured(PAIRS_TOGETHER_METRIC).at(-1), 0);
  fleet.lose('orders', 'stock', 'bills');
  await fleet.pass(CONFIRMED + 6);
  fleet.expect('three of five down together: nobody moves', await fleet.moving(), []);
  fleet.expect('each asks a person', await fleet.asking(), ['bills', 'orders', 'stock']);
  fleet.expect('the metric of the alarm', fleet.of('carts').measured(PAIRS_TOGETHER_METRIC).at(-1), 1);
  fleet.expect(
    'by guard',
    (await decisionsOf(fleet, 'orders')).filter((reason) => reason.startsWith('G9-together: ')).length > 0,
    true,
  );
  await fleet.of('orders').approve(SET, 'ada');
  fleet.expect('a person approves one, which moves', await fleet.moving(), ['orders']);
  return fleet;
}

const decisionsOf = async (fleet: Fleet, pair: Pair): Promise<readonly string[]> =>
  (await fleet.of(pair).controlOf(SET).decisions(SET, 5)).flatMap(({ reasons }) => reasons);
