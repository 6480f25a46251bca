/** A loopback proxy that stands for the network between two parts: cut, it takes what comes and answers nothing. */
import { createServer, connect, type Server, type Socket } from 'node:net';

export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(port: number, target: number): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server);
    server.on('connection', (incoming) => proxy.#join(incoming, target));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    server.unref();
    return proxy;
  }

  /** As a firewall that drops: connections stay open, nothing passes in either direction. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** What was open is closed, as after any longer cut; what connects from now on gets through. */
  heal(): void {
    this.#isCut = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #join(incoming: Socket, target: number): void {
    this.#keep(incoming);
    if (this.#isCut) return void incoming.pause();
    const outgoing = connect(target, '127.0.0.1');
    this.#keep(outgoing);
    incoming.pipe(outgoing).pipe(incoming);
    incoming.once('close', () => outgoing.destroy());
    outgoing.once('close', () => incoming.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => this.#sockets.delete(socket));
  }
}

/** The way of one kind of client to all brokers of a cluster. */
export interface Relation {
  /** What these clients are given. The brokers advertise the same addresses to them. */
  readonly servers: readonly string[];
  cut(): void;
  heal(): void;
}
