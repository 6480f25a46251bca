/** Keeps what each client last acknowledged. Events arrive late, twice and out of order; a revision here never goes back. */
import { placedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import { EVENTS } from '../../core/contracts/events.ts';
import type { EpochMs } from '../../core/contracts/primitives.ts';
import { readShape, sayProblem } from '../../core/contracts/shape.ts';
import type { Adoption } from '../../core/contracts/tables.ts';
import type { Ports } from '../ports.ts';

export type RecordPorts = Pick<Ports, 'control' | 'log'>;

export interface Recorded {
  readonly kind: 'recorded' | 'dropped';
  readonly sentence: string;
}

/** More than an event takes from a client to the bus: beyond it the client's clock is wrong. */
const CLOCK_TOLERANCE_MS = 10_000;

/**
 * `detail` is the detail of a ClientAdopted event, as it came; `sentAtMs` is when the bus took it, by the bus's clock.
 * That clock counts where the client's own says something else: a clock that is behind would make a living client
 * look silent, so that no move waits for it, and one that is ahead would keep out all later news of it.
 */
export const recordAdoption =
  (ports: RecordPorts, config: PairConfig) =>
  async (detail: unknown, sentAtMs?: EpochMs): Promise<Recorded> => {
    const read = readShape(EVENTS.ClientAdopted, detail);
    if (read.kind === 'invalid')
      return drop(
        ports,
        `not a ClientAdopted: ${read.problems.map((problem) => sayProblem(problem, 'it')).join('; ')}`,
      );
    const { observedAtMs, ...told } = read.data;
    if (told.pair !== config.pair || placedSet(config, told.clientSet) === undefined)
      return drop(
        ports,
        `${told.pair}/${told.clientSet} is not of pair "${config.pair}"; its client sets: ${Object.keys(config.clientSets).join(', ')}`,
      );

    const [before, state] = await Promise.all([ports.control.adoption(told), ports.control.readSet(told.clientSet)]);
    const heard: Adoption = { ...told, atMs: heardAt(observedAtMs, sentAtMs) };
    if (before !== null && before.atMs > heard.atMs)
      return drop(ports, `${told.clientId}: heard at ${heard.atMs}, later news of ${before.atMs} is stored`);
    if (before !== null && before.revision > heard.revision)
      return drop(ports, `${told.clientId}: revision ${heard.revision} after ${before.revision}; revisions only grow`);

    if (heard.revision > (state?.revision ?? 0)) return keepAlive(ports, heard, before, state?.revision ?? 0);
    await ports.control.putAdoption(heard);
    return {
      kind: 'recorded',
      sentence: `${told.role} ${told.clientId} of "${told.clientSet}" obeys revision ${told.revision}`,
    };
  };

const heardAt = (observedAtMs: EpochMs, sentAtMs: EpochMs = observedAtMs): EpochMs =>
  Math.abs(observedAtMs - sentAtMs) <= CLOCK_TOLERANCE_MS ? observedAtMs : sentAtMs;

/**
 * A revision nobody published (a value written by hand, or a wrong client): the client is alive, but what it obeys
 * must not count as an acknowledgement of a later publish that happens to reach that number.
 */
async function keepAlive(
  ports: RecordPorts,
  heard: Adoption,
  before: Adoption | null,
  published: number,
): Promise<Recorded> {
  const note = `obeys revision ${heard.revision}, which was never published (newest: ${published})`;
  await ports.control.putAdoption({ ...heard, epoch: before?.epoch ?? 0, revision: before?.revision ?? 0, note });
  ports.log.warn('a client obeys a revision that was never published', {
    clientSet: heard.clientSet,
    clientId: heard.clientId,
    note,
  });
  return { kind: 'recorded', sentence: `${heard.role} ${heard.clientId} ${note}` };
}

function drop(ports: RecordPorts, because: string): Recorded {
  ports.log.info('an adoption event was dropped', { because });
  return { kind: 'dropped', sentence: because };
}
