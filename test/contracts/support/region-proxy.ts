/**
 * Stands between SDK clients and the emulator, which answers for all regions: takes one region away and leaves the rest.
 * The region of a request is in its signature.
 */
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/**
 * - `unreachable`: nothing gets through; the connection hangs until the client gives up.
 * - `response-lost`: writes are applied, but no answer comes back; reads work.
 */
export type RegionFault = 'unreachable' | 'response-lost';

export interface RegionProxy {
  readonly endpoint: string;
  fault(region: string, fault: RegionFault | 'none'): void;
  close(): Promise<void>;
}

export async function regionProxy(upstream: string): Promise<RegionProxy> {
  const faults = new Map<string, RegionFault>();
  const server = createServer((incoming, outgoing) => {
    const fault = faults.get(regionOf(incoming));
    const isWrite = String(incoming.headers['x-amz-target']).includes('.Put');
    if (fault === 'unreachable') return void incoming.resume();
    forward(upstream, incoming, fault === 'response-lost' && isWrite ? undefined : outgoing);
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await listening(server);
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fault: (region, fault) => {
      if (fault === 'none') faults.delete(region);
      else faults.set(region, fault);
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const listening = (server: Server): Promise<void> =>
  new Promise((resolve) => void server.listen(0, '127.0.0.1', resolve));

/** Authorization: AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/<service>/aws4_request, ... */
const regionOf = ({ headers }: IncomingMessage): string =>
  /Credential=[^/]+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? '';

/** Without `outgoing` the answer is thrown away. */
function forward(upstream: string, incoming: IncomingMessage, outgoing: ServerResponse | undefined): void {
  const onward = request(
    new URL(incoming.url ?? '/', upstream),
    { method: incoming.method, headers: incoming.headers },
    (answer) => {
      if (outgoing === undefined) return void answer.resume();
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    },
  );
  onward.on('error', () => outgoing?.destroy());
  incoming.pipe(onward);
}
