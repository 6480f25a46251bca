/** Tells the control region which revision this client obeys: at each adoption, and again as a heartbeat. */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { CLIENT_EVENT_SOURCE, type EventDetail } from '../core/contracts/events.ts';
import type { Routing } from '../core/contracts/routing.ts';
import { messageOf, type Logger } from './logging.ts';
import { jittered, settledWithin } from './timing.ts';

export type ClientAdopted = EventDetail<'ClientAdopted'>;

/** Where adoptions go. May reject or hang: the client is not disturbed. */
export interface AdoptionSink {
  report(adoption: ClientAdopted, to: { readonly region: string; readonly bus: string }): Promise<void>;
}

/** PutEvents on the bus the routing names, in the region the routing names. */
export function eventBridgeSink(
  client = (region: string): Pick<EventBridgeClient, 'send'> => new EventBridgeClient({ region, maxAttempts: 1 }),
): AdoptionSink {
  const clients = new Map<string, Pick<EventBridgeClient, 'send'>>();
  return {
    report: async (adoption, { region, bus }) => {
      const events = clients.get(region) ?? client(region);
      clients.set(region, events);
      const entry = {
        EventBusName: bus,
        Source: CLIENT_EVENT_SOURCE,
        DetailType: 'ClientAdopted',
        Detail: JSON.stringify(adoption),
      };
      const answer = await events.send(new PutEventsCommand({ Entries: [entry] }), {
        abortSignal: AbortSignal.timeout(2000),
      });
      const refused = answer.Entries?.find((one) => one.ErrorCode !== undefined);
      if (refused) throw new Error(`${refused.ErrorCode ?? ''}: ${refused.ErrorMessage ?? ''}`);
    },
  };
}

/** For applications that report adoption in some other way, and for tests. */
export const noAdoptionSink: AdoptionSink = { report: async () => undefined };

export interface ReporterOptions {
  readonly identity: Pick<ClientAdopted, 'pair' | 'clientSet' | 'role' | 'clientId' | 'group'>;
  readonly sink: AdoptionSink;
  readonly heartbeatSeconds?: number | undefined;
  readonly logger: Logger;
  readonly random: () => number;
}

export interface AdoptionReporter {
  /** Reports now and repeats it until told otherwise. */
  report(routing: Routing, state: { readonly active: boolean; readonly note?: string }): void;
  /** Says once, for at most a second, that this client is gone for good, so that no move waits for it. Ends the heartbeat. */
  leave(routing: Routing | null): Promise<void>;
}

const GOODBYE_MS = 1000;

/** A client counts as silent after two minutes by default: several heartbeats fit, however slowly it polls. */
const LONGEST_HEARTBEAT_SECONDS = 30;
const RETRY_SECONDS = 1;

/** Twice the poll interval, between 1 and 30 seconds. */
export const defaultHeartbeatSeconds = (pollSeconds: number): number =>
  Math.min(LONGEST_HEARTBEAT_SECONDS, Math.max(1, 2 * pollSeconds));

export function createAdoptionReporter(options: ReporterOptions): AdoptionReporter {
  const { sink, logger, random } = options;
  let timer: NodeJS.Timeout | undefined;
  /** Only the newest state is repeated; a slow answer to an older one must not start a second heartbeat. */
  let turn = 0;

  const beat = async (mine: number, routing: Routing, state: { active: boolean; note?: string }) => {
    const { epoch, revision } = routing;
    const heartbeat = options.heartbeatSeconds ?? defaultHeartbeatSeconds(routing.pollSeconds);
    let next = heartbeat;
    try {
      const adoption = { ...options.identity, epoch, revision, observedAtMs: Date.now(), ...state };
      await sink.report(adoption, { region: routing.controlRegion, bus: routing.bus });
    } catch (error) {
      next = Math.min(heartbeat, RETRY_SECONDS);
      logger.warn(`the adoption of revision ${revision} could not be reported: ${messageOf(error)}; trying again`);
    }
    if (mine !== turn) return;
    timer = setTimeout(() => void beat(mine, routing, state), jittered(next * 1000, random));
    timer.unref();
  };

  return {
    report: (routing, state) => {
      clearTimeout(timer);
      turn += 1;
      void beat(turn, routing, state);
    },
    leave: async (routing) => {
      clearTimeout(timer);
      turn += 1;
      if (routing === null) return;
      const { epoch, revision, controlRegion: region, bus } = routing;
      const goodbye = { epoch, revision, observedAtMs: Date.now(), active: false, left: true, note: 'stopped' };
      const told = sink
        .report({ ...options.identity, ...goodbye }, { region, bus })
        .catch((error: unknown) => logger.info(`the end could not be reported: ${messageOf(error)}`));
      await settledWithin(told, GOODBYE_MS);
    },
  };
}
