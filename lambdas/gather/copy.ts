/** What the home region knows of a set that lives at its refuge, and how old that is. */
import { placedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { SetState } from '../../core/contracts/tables.ts';
import type { WithoutRefuge } from '../../core/move/facts.ts';
import type { Ports } from '../ports.ts';
import { newestPositions } from './stay.ts';

/** One record per set, whatever the epoch: when the controller at the refuge last found the copy equal, or made it so. */
export const COPIED = { epoch: 1, stage: 'Copied to the home region' } as const;

export async function gatherCopy(
  { control }: Pick<Ports, 'control'>,
  config: PairConfig,
  state: SetState,
): Promise<WithoutRefuge | undefined> {
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
  };
}
