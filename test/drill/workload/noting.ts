/** Each heartbeat costs the emulator a function call; the drill's `clientSilentSeconds` is four of them. */
export const HEARTBEAT_SECONDS = 5;

/** The client library's log, as lines of the events file. */
import { eventBridgeSink } from '../../../client/index.ts';
import type { AdoptionSink, LogData, Logger } from '../../../client/index.ts';
import type { WorkloadEvent } from './spec.ts';

export function noting(client: string, log: (event: WorkloadEvent) => void): Logger {
  const note = (level: string) => (text: string, data?: LogData) =>
    log({
      at: 'note',
      client,
      text: `${level}: ${text}${data === undefined ? '' : ` ${JSON.stringify(data)}`}`,
      atMs: Date.now(),
    });
  return { debug: () => undefined, info: note('info'), warn: note('warn'), error: note('error') };
}

/** The library's own sink, with a line in the events file for each revision a client says it lives under. */
export function notedAdoptions(
  client: string,
  role: 'producer' | 'consumer',
  log: (event: WorkloadEvent) => void,
): AdoptionSink {
  const bus = eventBridgeSink();
  let noted = 0;
  return {
    report: async (adoption, to) => {
      if (adoption.active && adoption.revision > noted) {
        noted = adoption.revision;
        log({ at: 'adopted', client, role, revision: adoption.revision, atMs: Date.now() });
      }
      await bus.report(adoption, to);
    },
  };
}
