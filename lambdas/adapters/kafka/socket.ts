/** Sockets, one rung at a time: name, TCP, TLS. Each ends within its deadline, and a socket that failed is destroyed. */
import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { Deadline } from './deadline.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export function addressOf(server: string): Address {
  const colon = server.lastIndexOf(':');
  return { host: server.slice(0, colon), port: Number(server.slice(colon + 1)) };
}

/** A name that needs a resolver; an address does not. */
export const isName = ({ host }: Address): boolean => isIP(host) === 0;

/** Looks a name up the way the socket will. */
export async function resolveName({ host }: Address, deadline: Deadline): Promise<void> {
  await deadline.bound(`looking up ${host}`, lookup(host, { all: true }));
}

/** @param own hears of the socket before it is connected, so that its owner can close it at any moment */
export async function tcpSocket(
  { host, port }: Address,
  deadline: Deadline,
  own: (socket: Socket) => void,
): Promise<Socket> {
  const socket = connectTcp({ host, port, noDelay: true, keepAlive: true });
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
  const secure = connectTls({ ...tls, socket, host, port, ...(isIP(host) === 0 ? { servername: host } : {}) });
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
