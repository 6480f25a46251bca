/** Sockets, one rung at a time: name, TCP, TLS. Each ends within its deadline, and a socket that failed is destroyed. */
import { connect as connectTcp, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { Deadline } from './deadline.ts';
import { isName } from './names.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export function addressOf(server: string): Address {
  const colon = server.lastIndexOf(':');
  return { host: server.slice(0, colon), port: Number(server.slice(colon + 1)) };
}

/** @param by `own` hears of the socket before it is connected, so that its owner can close it; without `lookup` the system's is used */
export async function tcpSocket(
  { host, port }: Address,
  deadline: Deadline,
  { own, lookup }: { readonly own: (socket: Socket) => void; readonly lookup?: LookupFunction },
): Promise<Socket> {
  const socket = connectTcp({
    host,
    port,
    noDelay: true,
    keepAlive: true,
    ...(lookup === undefined ? {} : { lookup }),
  });
  own(socket);
  return settled(socket, 'connect', `connecting to ${host}:${port}`, deadline);
}

/** The server's certificate must name the host we asked for. */
export async function tlsSocket(
  socket: Socket,
  { host, port }: Address,
  tls: ConnectionOptions,
  deadline: Deadline,
): Promise<TLSSocket> {
  const secure = connectTls({ ...tls, socket, host, port, ...(isName(host) ? { servername: host } : {}) });
  try {
    return await settled(secure, 'secureConnect', `TLS handshake with ${host}:${port}`, deadline);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function settled<S extends Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  what: string,
  deadline: Deadline,
): Promise<S> {
  // Stays for the socket's life: an error between two owners must not end the process.
  socket.on('error', () => undefined);
  try {
    await deadline.bound(
      what,
      new Promise<void>((resolve, reject) => {
        socket.once(event, () => resolve());
        socket.once('error', reject);
        socket.once('close', () =>
          reject(Object.assign(new Error(`${what}: the peer closed the connection`), { code: 'ECONNRESET' })),
        );
      }),
    );
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
