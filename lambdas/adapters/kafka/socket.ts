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

/** Share of the time left in which a server says what it thinks of our certificate; one that sends no session ticket takes all of it. */
const TICKET_SHARE = 0.5;

/** The server's certificate must name the host we asked for. */
export async function tlsSocket(
  socket: Socket,
  { host, port }: Address,
  tls: ConnectionOptions,
  deadline: Deadline,
): Promise<TLSSocket> {
  const secure = connectTls({ ...tls, socket, host, port, ...(isName(host) ? { servername: host } : {}) });
  const what = `TLS handshake with ${host}:${port}`;
  try {
    const accepted = tls.cert === undefined ? undefined : accepts(secure, deadline);
    accepted?.catch(() => undefined);
    await settled(secure, 'secureConnect', what, deadline);
    if (secure.getProtocol() === 'TLSv1.3') await deadline.bound(what, accepted ?? Promise.resolve());
    return secure;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/**
 * Under TLS 1.3 the server judges our certificate when the handshake is over for us. What we send until then meets a closed
 * socket, whose reset takes the alert away that says why. Its session ticket is the first it says when it has accepted.
 */
async function accepts(secure: TLSSocket, deadline: Deadline): Promise<void> {
  let patience: NodeJS.Timeout | undefined;
  const judged = new Promise<void>((resolve, reject) => {
    // Not within the event: OpenSSL is still reading then, and what is written there is not sent.
    secure.once('session', () => setImmediate(resolve)).once('error', reject);
    secure.once('secureConnect', () => (patience = setTimeout(resolve, deadline.leftMs() * TICKET_SHARE)));
  });
  try {
    await judged;
  } finally {
    clearTimeout(patience);
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
