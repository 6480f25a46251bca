/** Each heartbeat costs the emulator a function call; the drill's `clientSilentSeconds` is four of them. */
export const HEARTBEAT_SECONDS = 5;

/** The client library's log, as lines of the events file. */
import type { LogData, Logger } from '../../../client/index.ts';
import type { WorkloadEvent } from './spec.ts';

export function noting(client: string, log: (event: WorkloadEvent) => void): Logger {
  const note = (level: string) => (text: string, data?: LogData) =>
    log({ at: 'note', client, text: `${level}: ${text}${data === undefined ? '' : ` ${JSON.stringify(data)}`}`, atMs: Date.now() });
  return { debug: () => undefined, info: note('info'), warn: note('warn'), error: note('error') };
}
