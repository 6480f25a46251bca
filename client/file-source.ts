/** Reads the routing value from a file. */
import { readFile } from 'node:fs/promises';
import { messageOf } from './logging.ts';
import { createPolling, type PollingOptions } from './polling.ts';
import type { RoutingSource } from './routing-source.ts';

/** For local work and for platforms that mount their configuration. */
export const fileSource = (file: string, options: PollingOptions = {}): RoutingSource =>
  createPolling(async () => {
    try {
      return [{ region: null, kind: 'value', text: await readFile(file, 'utf8') }];
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      return [
        missing ? { region: null, kind: 'missing' } : { region: null, kind: 'unreachable', because: messageOf(error) },
      ];
    }
  }, options);
