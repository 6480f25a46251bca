/** Way home without the refuge: have the groups read at home everything that their set wrote there? */
import { isolationLevelOf, remoteTopicOf, seenFromRefuge, type PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import { judgeRecovery, type Gap, type Recovery } from '../../core/drain/recovery.ts';
import { currentVerdict } from '../../core/health/memory.ts';
import { clusterSubject } from '../../core/health/subjects.ts';
import { readsOfCopies } from '../gather/drain.ts';
import { mapInBatches, READS_AT_ONCE } from '../gather/partitions.ts';
import { fenceAt, lookUpTo, resultOf } from './fence.ts';
import type { DrainPorts, Frame, Look, Owned } from './look.ts';

const DONE = 'the groups have read at home everything that was written at the refuge';

/**
 * Under per-key order producers wait first, until what was copied is read. The fence is the end of the remote topics at home once the refuge is back and the flow has copied all that was owed: what
 * others write there goes on arriving behind it. Whatever the policy at the deadline, only a person gives up what is left.
 */
export async function lookAtRecovery(
  ports: DrainPorts,
  config: PairConfig,
  { placed, state }: Owned,
  frame: Frame,
): Promise<Look> {
  // Groups that always read both show nothing by their commits that this phase could wait for.
  const groups = placed.set.groups.filter(({ mode }) => mode !== 'reads-remote').map(({ id }) => id);
  if (groups.length === 0)
    return {
      memory: frame.memory,
      result: { kind: 'drained', sentence: 'all groups read both at all times', reasons: [] },
    };
  if (state.routing?.producers.state === 'hold') return lookAtCopied(ports, config, placed, groups, frame);
  const recovery = frame.memory.fence === undefined ? await judge(ports, config, placed, frame) : undefined;
  if (recovery !== undefined && recovery.kind !== 'copied') {
    const memory = recovery.kind === 'behind' ? { ...frame.memory, owed: { ...recovery.owed } } : frame.memory;
    return { memory, result: resultOf(placed, [`${placed.refuge}: ${recovery.because}`], frame, DONE) };
  }
  const home = ports.kafka.reader(placed.home);
  const topics = remoteTopics(config, placed);
  const fence = frame.memory.fence ?? fenceAt(await home.ends(topics), topics, groups);
  const { memory, open } = await lookUpTo(home, config, { groups, topics, fence, reads: readsOfCopies(config) }, frame);
  return { memory, result: resultOf(placed, open, frame, DONE) };
}

const COPIED =
  'the groups have read at home what the refuge had copied: producers may write; what it never copied arrives behind that';

/** Under per-key order producers wait, but not for a refuge that may never come back: for the copies that are there. */
async function lookAtCopied(
  ports: DrainPorts,
  config: PairConfig,
  placed: PlacedSet,
  groups: readonly string[],
  frame: Frame,
): Promise<Look> {
  const home = ports.kafka.reader(placed.home);
  const topics = remoteTopics(config, placed);
  const fence = frame.memory.copied ?? fenceAt(await home.ends(topics), topics, groups);
  const { memory, open } = await lookUpTo(home, config, { groups, topics, fence, reads: readsOfCopies(config) }, frame);
  const { fence: _ofCopies, ...rest } = memory;
  const result = resultOf(placed, open, frame, COPIED);
  return {
    memory: { ...rest, copied: fence },
    result: result.kind === 'drained' ? { ...result, kind: 'keep-both' } : result,
  };
}

const remoteTopics = (config: PairConfig, placed: PlacedSet): readonly string[] =>
  placed.set.topics.map((topic) => remoteTopicOf(seenFromRefuge(config, placed), topic));

async function judge(
  ports: DrainPorts,
  config: PairConfig,
  placed: PlacedSet,
  { nowMs, startedAtMs, memory }: Frame,
): Promise<Recovery> {
  const subject = clusterSubject(placed.refuge);
  const staleMs = config.probe.staleIntervals * config.probe.intervalSeconds * 1000;
  const [verdict, looks] = await Promise.all([
    ports.control.verdict(subject),
    ports.observations.flowsSince(placed.refuge, placed.home, nowMs - config.moves.lagLimitSeconds * 1000),
  ]);
  const evidence = {
    refuge: currentVerdict(subject, verdict, staleMs, nowMs),
    looks,
    leftAtMs: startedAtMs,
    topics: placed.set.topics,
    owed: memory.owed,
  };
  const recovery = judgeRecovery(evidence);
  if (recovery.kind !== 'behind') return recovery;
  return judgeRecovery({
    ...evidence,
    owed: recovery.owed,
    markersOnly: await withoutData(ports, config, placed, recovery.gaps),
  });
}

/** Markers are copied by nobody, so a log that ends with one never looks copied. A refuge that is gone again tells nothing. */
async function withoutData(
  { kafka, log }: DrainPorts,
  config: PairConfig,
  { refuge }: PlacedSet,
  gaps: readonly Gap[],
): Promise<readonly string[]> {
  const reader = kafka.reader(refuge);
  const options = { limit: 1, committedOnly: isolationLevelOf(config) === 'read_committed' };
  try {
    const counts = await mapInBatches(gaps, READS_AT_ONCE, ({ topic, partition, from, to }) =>
      reader.countData(topic, partition, from, to, options),
    );
    return gaps.filter((_gap, i) => counts[i] === 0).map(({ place }) => place);
  } catch (error) {
    log.info('the refuge could not be read to tell markers from records', { because: String(error) });
    return [];
  }
}
