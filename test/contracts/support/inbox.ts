/** A web server that keeps what is posted to it: the far end of notifications. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { PATIENT } from './patience.ts';

export interface Inbox {
  readonly url: string;
  /** The first posted JSON that fits, as soon as it is there. @throws when it does not come, with everything that came instead */
  first<T>(fits: (body: Readonly<Record<string, unknown>>) => T | undefined): Promise<T>;
  close(): Promise<void>;
}

/** `answer` is sent back to every request. */
export async function openInbox(answer: object = {}): Promise<Inbox> {
  const bodies: Readonly<Record<string, unknown>>[] = [];
  const server = createServer((incoming, outgoing) => {
    let text = '';
    incoming.on('data', (part: Buffer) => (text += part.toString('utf8')));
    incoming.on('end', () => {
      bodies.push(JSON.parse(text === '' ? '{}' : text) as Record<string, unknown>);
      outgoing.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    first: async (fits) => {
      const until = performance.now() + PATIENT.timeoutMs;
      for (;;) {
        for (const body of bodies) {
          const found = fits(body);
          if (found !== undefined) return found;
        }
        if (performance.now() > until) throw new Error(`nothing fitting came; what came: ${JSON.stringify(bodies)}`);
        await delay(20);
      }
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
