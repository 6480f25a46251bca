/** What retention or truncation took at home, and what home has left for a group when it comes back. */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PositionRecord } from '../../core/contracts/tables.ts';
import type { Reprocess } from '../../core/move/reprocess.ts';
import { isOfNewLog, type Chosen } from './choose.ts';
import type { Needs } from './needs.ts';

export async function noteTaken(
  { control, clock }: Needs,
  placed: PlacedSet,
  records: readonly PositionRecord[],
  chosen: readonly Chosen[],
): Promise<void> {
  for (const record of records) {
    const partitions = { ...record.partitions };
    for (const { topic, partition, choice } of chosen) {
      const stored = partitions[String(partition)];
      if (topic !== record.topic || stored === undefined) continue;
      if (choice.kind !== 'commit' || choice.lostBelowLogStart === 0n) continue;
      const home = { offsets: String(choice.lostBelowLogStart), below: String(choice.position) };
      partitions[String(partition)] = { ...stored, taken: { ...stored.taken, home } };
    }
    if (JSON.stringify(partitions) !== JSON.stringify(record.partitions))
      await control.putPositions(placed.name, { ...record, atMs: clock.nowMs(), partitions });
  }
}

/** `<group> <topic>-<partition>: <offsets>` that home's retention took. */
export const lossesOf = (group: string, chosen: readonly Chosen[]): readonly string[] =>
  chosen.flatMap(({ topic, partition, choice }) =>
    choice.kind === 'commit' && choice.lostBelowLogStart > 0n
      ? [`${group} ${topic}-${partition}: ${choice.lostBelowLogStart}`]
      : [],
  );

/** What home's log has for the group, and what it no longer has. A later run finds the position set already and adds nothing. */
export function cameHome(
  c: Chosen,
  old: PositionRecord['partitions'][string],
  { end, reprocess }: { readonly end: bigint; readonly reprocess: Reprocess },
): Pick<PositionRecord['partitions'][string], 'reprocess' | 'found' | 'taken'> {
  if (c.choice.kind === 'refuse') return {};
  const { position, because } = c.choice;
  const lost = c.choice.kind === 'commit' ? c.choice.lostBelowLogStart : 0n;
  const taken = lost > 0n ? { offsets: String(lost), below: String(position) } : undefined;
  const isGone = isOfNewLog(c) || old.found?.kind === 'gone';
  const exact = reprocess.atMost === '0' ? 'exact' : 'bounded';
  const left = old.left?.lower == null ? 'how much of it had not been copied is not known' : undefined;
  return {
    reprocess,
    found: isGone
      ? (old.found ?? {
          kind: 'gone',
          from: String(position),
          to: String(position),
          because: left ?? `${because[0]}; not copied by then: ${old.left!.lower} to ${old.left!.upper ?? 'unknown'}`,
        })
      : {
          kind: exact,
          from: String(position),
          to: String(end > position ? end : position),
          because: `of these up to ${reprocess.atMost ?? 'all'} processed at the refuge already, ${reprocess.because}`,
        },
    ...(taken !== undefined && { taken: { ...old.taken, home: taken } }),
  };
}
