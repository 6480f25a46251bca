/** The refuge's own topics: where each group starts there. Shared by both kinds of pins. */
import { names } from '../../core/config/pair.ts';
import type { PlacedSet } from '../../core/config/pair.ts';
import type { GroupConfig, PairConfig } from '../../core/config/schema.ts';
import type { Phase } from '../../core/contracts/primitives.ts';
import type { PositionRecord } from '../../core/contracts/tables.ts';
import type { StepInput, StepResult } from '../../core/contracts/workflow.ts';
import { undoSentence } from '../../core/move/undo.ts';
import { chooseLocalPin } from '../../core/positions/seed.ts';
import { commitAndVerify } from '../gather/commit.ts';
import type { Position } from '../gather/commit.ts';
import { at, partitionsOf } from '../gather/partitions.ts';
import { stayKey, type LocalStay } from '../gather/stay.ts';
import { stand } from '../gather/step.ts';
import type { Ports } from '../ports.ts';
import { answer } from '../shared/stage-record.ts';

export type Needs = Pick<Ports, 'kafka' | 'control' | 'observations' | 'clock' | 'log'>;
export type Result = StepResult<'pin-positions'>;

export type Permission =
  | {
      readonly kind: 'owned';
      readonly placed: PlacedSet;
      /** Where the epoch began. */
      readonly from: Phase;
    }
  | { readonly kind: 'over'; readonly result: Result };

/** Once clients may have moved, the pins are history: a second or a late run must not touch positions that members own. */
export async function mayPin(ports: Needs, config: PairConfig, input: StepInput): Promise<Permission> {
  const footing = await stand(ports.control, config, input);
  if (footing.kind === 'superseded') return { kind: 'over', result: answer('superseded', footing.sentence) };
  const { published, undo, from } = footing.claim;
  if (published)
    return { kind: 'over', result: answer('pinned', 'positions were pinned before the first routing value went out') };
  if (undo !== undefined) return { kind: 'over', result: answer('pinned', `not needed: ${undoSentence(undo, input)}`) };
  return { kind: 'owned', placed: footing.placed, from };
}

/** What is known of a group's remote topics, and how to keep what is pinned before it is committed. */
export interface GroupPin {
  readonly group: GroupConfig;
  readonly seeds: readonly Position[];
  readonly store: (local: readonly Position[]) => Promise<void>;
  readonly stay?: LocalStay | undefined;
}

/**
 * The committer is opened first and our right to pin looked at after it: a run that stalled for long finds its claim gone
 * or the first routing value out, and an earlier run that is still at work is fenced by us.
 */
export async function commitPins(
  ports: Needs,
  config: PairConfig,
  placed: PlacedSet,
  input: StepInput,
  { group, seeds, store, stay }: GroupPin,
): Promise<Result> {
  const committer = await ports.kafka.openCommitter(
    placed.refuge,
    names.transactionalId(config.pair, placed.name, group.id, placed.refuge),
  );
  try {
    const permission = await mayPin(ports, config, input);
    if (permission.kind === 'over') return permission.result;
    const local = await localPins(ports, placed, group, stay);
    await store(local);
    const reader = ports.kafka.reader(placed.refuge);
    const outcome = await commitAndVerify({ committer, reader, clock: ports.clock }, group.id, [...seeds, ...local]);
    if (outcome.kind === 'fenced')
      throw new Error(`the pin of ${group.id} was fenced by another writer of its positions; run again`);
    if (outcome.kind === 'different')
      return answer('held', `${outcome.sentence}; somebody else commits for this group`, [outcome.sentence]);
    return answer(
      'pinned',
      'pinned',
      [...seeds, ...local].map((p) => `${group.id} ${p.topic}-${p.partition} at ${p.offset}`),
    );
  } finally {
    await committer.close();
  }
}

async function localPins(
  ports: Needs,
  placed: PlacedSet,
  group: GroupConfig,
  stay: LocalStay | undefined,
): Promise<readonly Position[]> {
  const refuge = ports.kafka.reader(placed.refuge);
  const committed = await refuge.committed(group.id, placed.set.topics);
  const ends = await refuge.ends(placed.set.topics);
  return placed.set.topics.flatMap((topic) =>
    partitionsOf(ends, topic).flatMap((partition) => {
      const end = at(ends, topic, partition)!;
      const pin = chooseLocalPin({
        mode: group.mode,
        committed: at(committed, topic, partition) ?? null,
        logStart: end.start,
        end: end.highWatermark,
        offsetReset: group.offsetReset,
        ...(stay && { stayedSince: pinnedBefore(stay.get(stayKey(group.id, topic, partition))?.localPin) }),
      });
      return pin.kind === 'commit' ? [{ topic, partition, offset: pin.position, live: group.mode === 'shared' }] : [];
    }),
  );
}

const pinnedBefore = (text: string | null | undefined): bigint | null => (text == null ? null : BigInt(text));

/**
 * Where a group was pinned in the refuge's own topic: by this run; by a run before it, of which this one finds a commit and
 * leaves it; or in the stay that goes on.
 */
export const storedPin = (
  { group, topic, partition }: { readonly group: string; readonly topic: string; readonly partition: number },
  found: {
    readonly local: readonly Position[];
    readonly before: PositionRecord | undefined;
    readonly stay: LocalStay | undefined;
  },
): string | null =>
  textOf(found.local.find((p) => p.topic === topic && p.partition === partition)?.offset) ??
  found.before?.partitions[String(partition)]?.localPin ??
  found.stay?.get(stayKey(group, topic, partition))?.localPin ??
  null;

export const textOf = (offset: bigint | null | undefined): string | null => (offset == null ? null : String(offset));
