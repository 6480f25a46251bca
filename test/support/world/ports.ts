import { createServer } from 'node:net';

/**
 * Below the range from which systems take the local ports of outgoing connections (Linux 32768+, macOS 49152+): a
 * killed broker's port must still be free when it comes back, and a client that retries on it must not connect to itself.
 */
const range = { from: 20_000, to: 32_000 } as const;
const handedOut = new Set<number>();

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Free loopback ports, each handed out once in the life of this process. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let tries = 0; ports.length < count; tries += 1) {
    if (tries > 500) throw new Error(`no ${count} free ports between ${range.from} and ${range.to} on 127.0.0.1`);
    const port = range.from + Math.floor(Math.random() * (range.to - range.from));
    if (handedOut.has(port) || !(await isFree(port))) continue;
    handedOut.add(port);
    ports.push(port);
  }
  return ports;
}

export async function freePort(): Promise<number> {
  return (await freePorts(1))[0]!;
}
