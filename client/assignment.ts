/**
 * Who reads which partition, when members of one group subscribe to different topics.
 *
 * Promises, for any members and any topics:
 * - complete: every partition of a topic that somebody subscribes to has exactly one owner;
 * - honest: nobody gets a partition of a topic it did not subscribe to;
 * - balanced: no chain of moves from subscriber to subscriber could bring two members closer that differ by two or more;
 *   so members with equal subscriptions differ by at most one, and no other assignment is more even;
 * - deterministic: the order of members and topics does not matter;
 * - sticky: a partition stays with its owner unless balance demands otherwise; when one joins a group whose members
 *   subscribe differently, or reads something else than before, one more may move.
 */

export interface Member {
  readonly id: string;
  readonly topics: readonly string[];
  /** What it owned before, by topic. */
  readonly owned: Readonly<Record<string, readonly number[]>>;
}

/** member id -> topic -> partitions in rising order. Members that get nothing are there with an empty map. */
export type Assignment = ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>;

/** Topics that the same members subscribe to; each partition of them may go to any of these members. */
interface Pool {
  readonly subscribers: readonly string[];
  readonly partitions: readonly Place[];
}

interface Place {
  readonly topic: string;
  readonly partition: number;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Works on mutable piles of places, one per member. */
class Piles {
  readonly #piles: ReadonlyMap<string, Set<Place>>;

  constructor(ids: readonly string[]) {
    this.#piles = new Map(ids.map((id) => [id, new Set<Place>()]));
  }

  of(id: string): Set<Place> {
    return this.#piles.get(id)!;
  }

  /** First of the least loaded, in the order given. */
  lightest(ids: readonly string[]): string {
    return ids.reduce((best, id) => (this.of(id).size < this.of(best).size ? id : best));
  }
}

/** @param partitionCounts number of partitions of every topic; a topic that is absent has none to give. */
export function assignPartitions(members: readonly Member[], partitionCounts: ReadonlyMap<string, number>): Assignment {
  const sorted = members.toSorted((a, b) => compare(a.id, b.id));
  const piles = new Piles(sorted.map(({ id }) => id));
  const pools = poolsOf(sorted, partitionCounts);
  const owners = previousOwners(sorted);
  for (const pool of pools) keepWithOwners(pool, owners, piles);
  for (const pool of pools) giveOut(pool, owners, piles);
  level(sorted, pools, piles);
  return new Map(sorted.map(({ id }) => [id, byTopic(piles.of(id))]));
}

/** Pools with the fewest subscribers first: they have the least choice. */
function poolsOf(members: readonly Member[], partitionCounts: ReadonlyMap<string, number>): readonly Pool[] {
  const subscribers = new Map<string, string[]>();
  for (const { id, topics } of members)
    for (const topic of new Set(topics)) subscribers.set(topic, [...(subscribers.get(topic) ?? []), id]);
  const pools = new Map<string, { subscribers: string[]; partitions: Place[] }>();
  for (const topic of [...subscribers.keys()].toSorted(compare)) {
    const ids = subscribers.get(topic)!;
    const key = JSON.stringify(ids);
    const pool = pools.get(key) ?? { subscribers: ids, partitions: [] };
    for (let partition = 0; partition < (partitionCounts.get(topic) ?? 0); partition += 1)
      pool.partitions.push({ topic, partition });
    pools.set(key, pool);
  }
  return [...pools.entries()]
    .toSorted(([a, one], [b, two]) => one.subscribers.length - two.subscribers.length || compare(a, b))
    .map(([, pool]) => pool);
}

const name = ({ topic, partition }: Place) => `${partition}/${topic}`;

/** Of two members that claim the same partition the first by id is believed; the other has slept through a rebalance. */
function previousOwners(members: readonly Member[]): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  for (const { id, owned } of members)
    for (const [topic, partitions] of Object.entries(owned))
      for (const partition of partitions)
        if (!owners.has(name({ topic, partition }))) owners.set(name({ topic, partition }), id);
  return owners;
}

function keepWithOwners({ subscribers, partitions }: Pool, owners: ReadonlyMap<string, string>, piles: Piles): void {
  for (const place of partitions) {
    const owner = owners.get(name(place));
    if (owner !== undefined && subscribers.includes(owner)) piles.of(owner).add(place);
  }
}

function giveOut({ subscribers, partitions }: Pool, owners: ReadonlyMap<string, string>, piles: Piles): void {
  for (const place of partitions) {
    const owner = owners.get(name(place));
    if (owner === undefined || !subscribers.includes(owner)) piles.of(piles.lightest(subscribers)).add(place);
  }
}

interface Step {
  readonly from: string;
  readonly place: Place;
}

/**
 * While a chain of moves leads from a member to one that holds at least two fewer, moves one partition along it. Each
 * time the sum of squares of the loads falls, so this ends; without such a chain no assignment is more even. Chains
 * of one move, within one topic's subscribers, come first: they take the fewest partitions from those who have them.
 */
function level(members: readonly Member[], pools: readonly Pool[], piles: Piles): void {
  const subscribers = new Map(
    pools.flatMap((pool) => pool.partitions.map((place) => [place, pool.subscribers] as const)),
  );
  for (;;) {
    const chain = nextChain(members, subscribers, piles);
    if (chain === null) return;
    for (const { from, place, to } of chain) {
      piles.of(from).delete(place);
      piles.of(to).add(place);
    }
  }
}

interface Move extends Step {
  readonly to: string;
}

/** The shortest there is, of those the one from the fullest member. One move is as short as it gets: no need to look on. */
function nextChain(
  members: readonly Member[],
  subscribers: ReadonlyMap<Place, readonly string[]>,
  piles: Piles,
): readonly Move[] | null {
  let best: readonly Move[] | null = null;
  for (const { id } of members.toSorted((a, b) => piles.of(b.id).size - piles.of(a.id).size)) {
    const chain = chainFrom(id, subscribers, piles);
    if (chain?.length === 1) return chain;
    if (chain !== null && (best === null || chain.length < best.length)) best = chain;
  }
  return best;
}

/** The shortest chain of moves from a member to the emptiest that holds at least two fewer; null if there is none. */
function chainFrom(
  start: string,
  subscribers: ReadonlyMap<Place, readonly string[]>,
  piles: Piles,
): readonly Move[] | null {
  const reachedBy = new Map<string, Step | null>([[start, null]]);
  // Topics with the same subscribers lead to the same members: one of their partitions says it all.
  const asked = new Set<readonly string[]>();
  for (let rim = [start]; rim.length > 0;) {
    const next: string[] = [];
    for (const from of rim)
      for (const place of [...piles.of(from)].toReversed()) {
        const theirs = subscribers.get(place)!;
        if (asked.has(theirs)) continue;
        asked.add(theirs);
        for (const to of theirs.filter((id) => !reachedBy.has(id))) {
          reachedBy.set(to, { from, place });
          next.push(to);
        }
      }
    const emptier = next.filter((id) => piles.of(start).size - piles.of(id).size >= 2);
    if (emptier.length > 0) return trace(piles.lightest(emptier.toSorted(compare)), reachedBy);
    rim = next;
  }
  return null;
}

function trace(end: string, reachedBy: ReadonlyMap<string, Step | null>): readonly Move[] {
  const moves: Move[] = [];
  for (let to = end, step = reachedBy.get(to); step; to = step.from, step = reachedBy.get(to))
    moves.unshift({ ...step, to });
  return moves;
}

function byTopic(pile: ReadonlySet<Place>): ReadonlyMap<string, readonly number[]> {
  const topics = Map.groupBy(pile, ({ topic }) => topic);
  return new Map(
    [...topics.keys()].toSorted(compare).map((topic) => [
      topic,
      topics
        .get(topic)!
        .map(({ partition }) => partition)
        .toSorted((a, b) => a - b),
    ]),
  );
}
