/**
 * Where the groups of a set that lives at its refuge would go on at home without it, kept by home's region: with the refuge lost a
 * person is told from it what is processed again. Nothing is committed. Each look goes on from the one before, so what was
 * translated while more was known stays.
 */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import { clusterSubject } from '../../core/health/subjects.ts';
import { isConfirmedDown } from '../../core/move/supersede.ts';
import { livesAtRefuge } from '../../core/move/without-refuge.ts';
import { foundFurther } from '../gather/found-copies.ts';
import { homewardOf, homewardRecords, homewardSources, type Homeward } from '../gather/homeward.ts';
import { look } from '../gather/partitions.ts';
import type { ProofMemory } from '../gather/proof.ts';
import { newestPositions } from '../gather/stay.ts';
import type { SyncReader } from '../gather/syncs.ts';
import type { Ports } from '../ports.ts';

type Needs = Pick<Ports, 'kafka' | 'control' | 'clock'>;

interface Syncs {
  readonly read: SyncReader;
  readonly proofs: ProofMemory;
}

/** @param syncs of the flow from the refuge; asked for only where there is something to translate */
export async function lookHomeward(
  ports: Needs,
  config: PairConfig,
  placed: PlacedSet,
  syncs: () => Promise<Syncs>,
): Promise<void> {
  const { control, clock } = ports;
  const state = await control.readSet(placed.name);
  if (state === null || !livesAtRefuge(state)) return;
  // Most of a stay home is down, and each turn would wait for it.
  if (isConfirmedDown((await control.verdict(clusterSubject(placed.home)))?.kind ?? 'UNKNOWN')) return;
  const records = await newestPositions(control, { clientSet: placed.name, epoch: state.epoch + 1 });
  if (records.length === 0) return;
  const stay = { placed, records, leftHomeAtMs: state.leftHomeAtMs ?? 0 };
  const home = ports.kafka.reader(placed.home);
  const { clusterId } = await home.identity();
  const atMs = clock.nowMs();
  const sources = await homewardSources(ports, config, stay, await syncs());
  const views = await home.groups(placed.set.groups.map(({ id }) => id));
  for (const group of placed.set.groups) {
    if (!records.some((record) => record.group === group.id)) continue;
    const bySyncs = await homewardOf(ports, config, { stay, group, view: views.get(group.id), clusterId, sources });
    const found = { ...bySyncs, copies: await further(ports, placed, bySyncs.copies) };
    for (const record of homewardRecords(found, { group: group.id, sources, placed }, atMs))
      await control.putHomeward(placed.name, record);
  }
}

/** Offset syncs come later than copies, and most of all after an outage of home. A refuge that is lost tells nothing more. */
async function further(ports: Needs, placed: PlacedSet, copies: Homeward['copies']): Promise<Homeward['copies']> {
  const { kafka, control } = ports;
  if (isConfirmedDown((await control.verdict(clusterSubject(placed.refuge)))?.kind ?? 'UNKNOWN')) return copies;
  const readers = { refuge: kafka.reader(placed.refuge), home: kafka.reader(placed.home) };
  return (await look('copies by their content', [], () => foundFurther(readers, copies))) ?? copies;
}
