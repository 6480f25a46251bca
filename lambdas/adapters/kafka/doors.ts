/** The lower rungs: through the first bootstrap server that lets us in. All are tried at once, because any of them may be down. */
import type { Socket } from 'node:net';
import type { RungResult } from '../../../core/contracts/observations.ts';
import type { Log } from '../../ports.ts';
import { CLIENT_ID, type ResolvedSecurity } from './connection.ts';
import type { Deadline } from './deadline.ts';
import { openLink, type Link } from './internals.ts';
import { Ladder } from './ladder.ts';
import { isName, type Names } from './names.ts';
import { addressOf, tcpSocket, tlsSocket, type Address } from './socket.ts';

export interface Door extends Address {
  readonly link: Link;
}

export type Entrance =
  | { readonly kind: 'open'; readonly door: Door; readonly rungs: readonly RungResult[] }
  | { readonly kind: 'shut'; readonly rungs: readonly RungResult[] };

/** How to open connections during one climb. */
export interface Means {
  readonly usesTls: boolean;
  readonly usesSasl: boolean;
  readonly security: () => Promise<ResolvedSecurity>;
  readonly rungMs: number;
  readonly names: Names;
  readonly sockets: Sockets;
  readonly log: Log;
}

export async function enter(servers: readonly string[], means: Means): Promise<Entrance> {
  const attempts = servers.map((server) => {
    const ladder = new Ladder(means.rungMs);
    return { ladder, door: climbTo(addressOf(server), ladder, means) };
  });
  try {
    const { door, ladder } = await Promise.any(
      attempts.map(async (attempt) => ({ door: await attempt.door, ladder: attempt.ladder })),
    );
    return { kind: 'open', door, rungs: ladder.results };
  } catch (error) {
    if (!(error instanceof AggregateError)) throw error;
    return { kind: 'shut', rungs: attempts.map(({ ladder }) => ladder.results).sort(mostTelling)[0] ?? [] };
  }
}

/** Who got furthest; on the same rung, who met a peer that answered rather than silence. */
function mostTelling(a: readonly RungResult[], b: readonly RungResult[]): number {
  const votes = (rungs: readonly RungResult[]) => {
    const last = rungs.at(-1);
    return last?.kind === 'broke' && (last.errorClass === 'transport-failure' || last.errorClass === 'service-failure')
      ? 1
      : 0;
  };
  return b.length - a.length || votes(a) - votes(b);
}

/** Rungs that do not apply are left out: no name to look up, no TLS, no credentials. */
async function climbTo(address: Address, ladder: Ladder, means: Means): Promise<Door> {
  if (isName(address.host)) await ladder.rung('dns', () => means.names.resolve([address.host]));
  const tcp = await ladder.rung('tcp', (deadline) => openSocket(address, means, deadline));
  const socket = means.usesTls
    ? await ladder.rung('tls', async (deadline) =>
        tlsSocket(tcp, address, (await means.security()).tls ?? {}, deadline),
      )
    : tcp;
  if (!means.usesSasl)
    return { ...address, link: await ladder.rung('api-versions', () => greet(socket, address, {}, means)) };
  const link = await ladder.rung('sasl', async () => greet(socket, address, await means.security(), means));
  await ladder.rung('api-versions', () => link.apiVersions());
  return { ...address, link };
}

const openSocket = (address: Address, { names, sockets }: Means, deadline: Deadline): Promise<Socket> =>
  tcpSocket(address, deadline, { own: (socket) => sockets.own(socket), lookup: names.lookup });

/** The same without a ladder, to another broker of a cluster that let us in. */
export async function connect(address: Address, means: Means, deadline: Deadline): Promise<Link> {
  const security = await means.security();
  const tcp = await openSocket(address, means, deadline);
  const socket = security.tls === undefined ? tcp : await tlsSocket(tcp, address, security.tls, deadline);
  return greet(socket, address, security, means);
}

async function greet(
  socket: Socket,
  { host, port }: Address,
  { sasl }: ResolvedSecurity,
  { rungMs, log, sockets }: Means,
): Promise<Link> {
  const link = openLink(socket, {
    host,
    port,
    clientId: CLIENT_ID,
    requestMs: rungMs,
    log,
    ...(sasl === undefined ? {} : { sasl }),
  });
  sockets.ownLink(link);
  await link.greet();
  return link;
}

/** Everything opened in one climb, so that it can be closed whatever state it is in. */
export class Sockets {
  readonly #sockets = new Set<Socket>();
  readonly #links = new Set<Link>();
  #closed = false;

  own(socket: Socket): void {
    this.#sockets.add(socket);
    if (this.#closed) socket.destroy();
  }

  ownLink(link: Link): void {
    this.#links.add(link);
    if (this.#closed) link.close();
  }

  close(): void {
    this.#closed = true;
    for (const link of this.#links) link.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
