/**
 * The leash of one kafkajs client: every socket it opens goes through here, so that it can be cut off for good.
 *
 * Invariant L: after `cut()` the client can neither write to nor read from its cluster, whatever it still has scheduled.
 * kafkajs alone does not promise that: a send goes on retrying after `disconnect()` gave up waiting, and a consumer that
 * was disconnected in the middle of a restart joins its group again once the cluster is back.
 */
import net from 'node:net';
import tls from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

const KEEP_ALIVE_MS = 60_000;
const PRODUCE = 0;
const END_TXN = 26;

export interface Leash {
  readonly socketFactory: ISocketFactory;
  /** Produce requests handed to a socket so far: unchanged between two looks = nothing can have been written. */
  produceRequests(): number;
  /** The same of requests that end a transaction: unchanged = it cannot have been committed. */
  endRequests(): number;
  cut(): void;
}

const ordinarySocket: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  // kafkajs passes no `ssl` for a plain connection, though its types say it always does.
  const secure = ssl as tls.ConnectionOptions | undefined;
  const socket = secure
    ? tls.connect({ host, port, ...(net.isIP(host) === 0 ? { servername: host } : {}), ...secure }, onConnect)
    : net.connect({ host, port }, onConnect);
  return socket.setKeepAlive(true, KEEP_ALIVE_MS);
};

/** kafkajs writes each request whole: int32 size, then int16 API key. */
const apiKeyOf = (chunk: unknown) => (Buffer.isBuffer(chunk) && chunk.length >= 6 ? chunk.readInt16BE(4) : null);

export function createLeash(openSocket: ISocketFactory = ordinarySocket): Leash {
  const sockets = new Set<net.Socket>();
  let produced = 0;
  let ended = 0;
  let cut = false;

  const watched = (socket: net.Socket): net.Socket => {
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    socket.write = (...args: unknown[]) => {
      const apiKey = apiKeyOf(args[0]);
      if (apiKey === PRODUCE) produced += 1;
      if (apiKey === END_TXN) ended += 1;
      return write(...args);
    };
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    return socket;
  };

  return {
    socketFactory: (args) => {
      if (cut) throw new Error(`the connection to ${args.host}:${args.port} was given up by a switch`);
      return watched(openSocket(args));
    },
    produceRequests: () => produced,
    endRequests: () => ended,
    cut: () => {
      cut = true;
      // With an error, because kafkajs does not listen to 'close': requests in flight would wait for their timeout.
      for (const socket of sockets) socket.destroy(new Error('connection given up by a switch'));
    },
  };
}
