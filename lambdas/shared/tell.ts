/**
 * How news leaves the system. A move and a verdict must not wait for a bus or a topic that refuses: what happened is
 * stored first, then told a few times within seconds, and given up with a trace. Nothing here throws.
 */
import { NOT_DELIVERED_METRIC } from '../../core/contracts/environment.ts';
import type { DomainEvent } from '../../core/contracts/events.ts';
import type { Notifier, Ports } from '../ports.ts';

type Around = Pick<Ports, 'clock' | 'log' | 'metrics'>;

/** Whoever tells decides what follows from `not-told`: nothing, or telling it again later. */
export type Told = 'told' | 'not-told';

/** 3 tries of at most 3 s each (the adapters' deadline) and 2 pauses: below 10 s, inside the 30 s of a step. */
const TRIES = 3;
const PAUSE_MS = 250;

export const tellBus = (ports: Around & Pick<Ports, 'events'>, event: DomainEvent): Promise<Told> =>
  tell(ports, { what: event.name, pair: event.detail.pair, news: event }, () => ports.events.report(event));

export const tellPeople = (
  ports: Around & Pick<Ports, 'notifier'>,
  pair: string,
  message: Parameters<Notifier['notify']>[0],
): Promise<Told> => tell(ports, { what: 'a notification', pair, news: message }, () => ports.notifier.notify(message));

interface News {
  readonly what: string;
  readonly pair: string;
  readonly news: unknown;
}

async function tell(ports: Around, { what, pair, news }: News, once: () => Promise<void>): Promise<Told> {
  let because = '';
  for (let tries = 1; tries <= TRIES; tries += 1) {
    try {
      await once();
      return 'told';
    } catch (error) {
      because = error instanceof Error ? error.message : String(error);
      if (tries < TRIES) await ports.clock.pause(PAUSE_MS);
    }
  }
  ports.log.error(`${what} was not told: ${because}`, { news });
  ports.metrics.put(NOT_DELIVERED_METRIC, 1, 'Count', { pair });
  return 'not-told';
}
