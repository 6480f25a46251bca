/**
 * Who reads which partition, when members of one group subscribe to different topics.
 *
 * Promises, for any members and any topics:
 * - complete: every partition of a topic that somebody subscribes to has exactly one owner;
 * - honest: nobody gets a partition of a topic it did not subscribe to;
 * - balanced: no partition could move to another subscriber of its topic that holds at least two fewer, so members with
 *   equal subscriptions differ by at most one;
 * - deterministic: the order of members and topics does not matter;
 * - sticky: a partition stays with its owner unless balance demands otherwise.
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
  // A move lowers the sum of squares of the loads, so this ends.
  while (pools.map((pool) => level(pool, piles)).some((moved) => moved)) continue;
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

/** Moves partitions of the pool from the fullest to the emptiest subscriber while that helps. True if any moved. */
function level({ subscribers, partitions }: Pool, piles: Piles): boolean {
  const mine = new Set(partitions);
  const held = (id: string) => [...piles.of(id)].filter((place) => mine.has(place));
  let moved = false;
  for (;;) {
    const lightest = piles.lightest(subscribers);
    const fullest = subscribers
      .filter((id) => held(id).length > 0)
      .reduce<string | null>(
        (best, id) => (best === null || piles.of(id).size > piles.of(best).size ? id : best),
        null,
      );
    if (fullest === null || piles.of(fullest).size - piles.of(lightest).size < 2) return moved;
    const place = held(fullest).at(-1)!;
    piles.of(fullest).delete(place);
    piles.of(lightest).add(place);
    moved = true;
  }
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
