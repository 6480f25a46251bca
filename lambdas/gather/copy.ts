/** What the home region knows of a set that lives at its refuge, and how old that is. */
import { placedSet, remoteTopicOf, seenFromRefuge } from '../../core/config/pair.ts';
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { EpochMs } from '../../core/contracts/primitives.ts';
import type { HomeSample, SetState } from '../../core/contracts/tables.ts';
import { clusterSubject } from '../../core/health/subjects.ts';
import type { WithoutRefuge } from '../../core/move/facts.ts';
import { leftAtRefuge, writtenUntil } from '../../core/move/loss.ts';
import { judgeRepeats, type Repeats } from '../../core/move/repeats.ts';
import type { Ports } from '../ports.ts';
import { newestPositions } from './stay.ts';

/** One record per set, whatever the epoch: when the controller at the refuge last found the copy equal, or made it so. */
export const COPIED = { epoch: 1, stage: 'Copied to the home region' } as const;

type Needs = Pick<Ports, 'control' | 'observations' | 'clock'>;

export async function gatherCopy(
  ports: Needs,
  config: PairConfig,
  state: SetState,
): Promise<WithoutRefuge | undefined> {
  const { control } = ports;
  const placed = placedSet(config, state.clientSet);
  if (placed === undefined) return undefined;
  const { ordering, remoteNames } = placed.set;
  const [copied, positions, samples] = await Promise.all([
    control.stage(placed.name, COPIED.epoch, COPIED.stage),
    newestPositions(control, { clientSet: placed.name, epoch: state.epoch + 1 }),
    control.refugeSamples(placed.name),
  ]);
  const ofThisStay = samples.filter(({ atMs }) => atMs >= (state.leftHomeAtMs ?? 0));
  return {
    isOriginal: placed.homeRegion === placed.controlRegion,
    copiedAtMs: copied?.lastAtMs ?? null,
    positions: positions.length,
    sampledAtMs: ofThisStay.length === 0 ? null : Math.min(...ofThisStay.map(({ atMs }) => atMs)),
    ordering,
    readsHomeRegion: placed.clientRegions.includes(placed.homeRegion),
    hasRemoteNames: remoteNames !== undefined && Object.keys(remoteNames).length > 0,
    repeats: await gatherRepeats(ports, seenFromRefuge(config, placed), {
      samples: ofThisStay,
      sinceMs: state.leftHomeAtMs ?? 0,
    }),
  };
}

/** Long enough to hold the newest look of either kind, whatever the interval of looks. */
const AROUND_MS = 5 * 60_000;

interface ThisStay {
  readonly samples: readonly HomeSample[];
  readonly sinceMs: EpochMs;
}

/**
 * What cannot be read is not known: that is told, and refuses nothing.
 * @param seen the set along the flow from its refuge, whose source that is
 */
async function gatherRepeats(
  { control, observations, clock }: Needs,
  seen: PlacedSet,
  { samples, sinceMs }: ThisStay,
): Promise<Repeats> {
  const { name, home: source, refuge: target, set } = seen;
  const { topics, groups } = set;
  try {
    const nowMs = clock.nowMs();
    const sampledAtMs = samples.reduce((newest, { atMs }) => Math.max(newest, atMs), 0);
    const [verdict, homeward, recent, then] = await Promise.all([
      control.verdict(clusterSubject(source)),
      control.homeward(name),
      observations.flowsSince(source, target, nowMs - AROUND_MS),
      observations.flowsSince(source, target, sampledAtMs - AROUND_MS, sampledAtMs + AROUND_MS),
    ]);
    const looks = [...then, ...recent];
    const writtenUntilMs = writtenUntil(looks, verdict?.sinceMs ?? nowMs);
    const ends = recent.findLast(({ atMs, remoteEnds }) => remoteEnds !== undefined && atMs >= writtenUntilMs);
    return judgeRepeats({
      topics,
      groups,
      homeward: homeward.filter(({ atMs }) => atMs >= sinceMs),
      copies:
        ends && new Map(topics.map((topic) => [topic, ends.remoteEnds?.[remoteTopicOf(seen, topic)] ?? {}] as const)),
      uncopied: leftAtRefuge({ topics, samples, looks, writtenUntilMs }),
    });
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    return { kind: 'unbounded', because: [`what is kept of it could not be read: ${because}`] };
  }
}
