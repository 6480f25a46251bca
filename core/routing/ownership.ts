/** What Kafka itself shows of an adoption: who owns which partitions of the groups that move. */
import type { GroupView } from '../contracts/observations.ts';

export interface OwnershipQuestion {
  readonly groups: ReadonlyMap<string, GroupView>;
  /** Partition counts of the topics below; a topic that is absent here does not exist. */
  readonly counts: ReadonlyMap<string, number>;
  /** Topics every group has to read completely. */
  readonly expected: readonly string[];
  /** Topics no group may read any more. */
  readonly left: readonly string[];
}

export type Ownership =
  /** `unowned`: expected partitions nobody reads; `stillRead`: partitions that should have been left. "group: topic-partition". */
  | {
      readonly kind: 'seen';
      readonly unowned: readonly string[];
      readonly stillRead: readonly string[];
      readonly unreadable: readonly string[];
    }
  | { readonly kind: 'unknown'; readonly because: string };

/** Every partition of every group, or the names of those that are not as they should be. Unreadable groups are named, not guessed. */
export function judgeOwnership({ groups, counts, expected, left }: OwnershipQuestion): Ownership {
  const unknown = [...groups].filter(([, view]) => view.activity === 'unknown').map(([id]) => id);
  if (unknown.length > 0) return { kind: 'unknown', because: `group ${unknown.join(', ')} could not be described` };
  const readable = [...groups].filter(([, view]) => view.activity !== 'active-unreadable');
  return {
    kind: 'seen',
    unowned: readable.flatMap(([id, view]) =>
      expected.flatMap((topic) => unownedOf(view, topic, counts.get(topic)).map((name) => `${id}: ${name}`)),
    ),
    stillRead: readable.flatMap(([id, view]) =>
      left.flatMap((topic) => ownedOf(view, topic).map((p) => `${id}: ${topic}-${p}`)),
    ),
    unreadable: [...groups].filter(([, view]) => view.activity === 'active-unreadable').map(([id]) => id),
  };
}

const ownedOf = (view: GroupView, topic: string): readonly number[] =>
  view.members.flatMap((member) => member.assigned[topic] ?? []);

function unownedOf(view: GroupView, topic: string, count: number | undefined): readonly string[] {
  if (count === undefined) return [`${topic} (does not exist)`];
  const owned = new Set(ownedOf(view, topic));
  return Array.from({ length: count }, (_, p) => p)
    .filter((p) => !owned.has(p))
    .map((p) => `${topic}-${p}`);
}

/** Proof that every group reads all it should and nothing it should have left. An unreadable group proves nothing. */
export const provesAdoption = (ownership: Ownership): boolean =>
  ownership.kind === 'seen' &&
  ownership.unowned.length === 0 &&
  ownership.stillRead.length === 0 &&
  ownership.unreadable.length === 0;
