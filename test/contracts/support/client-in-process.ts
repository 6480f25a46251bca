/** A client of the library in a process of its own, which a test kills, misleads and looks at from outside. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Routing } from '../../../client/index.ts';
import type { OwnedProcess } from '../../support/world/processes.ts';
import type { ClientProcessEvent, ClientProcessSpec } from './client-process.ts';
import { mountValue, type TwoClusters } from './client-world.ts';

/** One client: its routing file, its memory, what all its lives noted. */
export class ClientInProcess {
  readonly #name: string;
  readonly #spec: Omit<ClientProcessSpec, 'life'>;
  readonly #world: Pick<TwoClusters, 'folder' | 'owner'>;
  #lives = 0;

  /** @param name also of its group, `g-<name>` */
  constructor(
    world: Pick<TwoClusters, 'folder' | 'owner'>,
    name: string,
    role: ClientProcessSpec['role'],
    topic = name,
  ) {
    this.#world = world;
    this.#name = `${name}-${role}`;
    const file = (kind: string) => join(world.folder, `${this.#name}-${kind}`);
    const [routing, memory, events] = [file('routing'), file('memory'), file('events')];
    this.#spec = { role, routing, memory, events, group: `g-${name}`, topic };
  }

  publish(value: Routing | string): void {
    mountValue(this.#spec.routing, value);
  }

  remember(value: Routing | string): void {
    writeFileSync(this.#spec.memory, typeof value === 'string' ? value : JSON.stringify(value));
  }

  unmount(): void {
    rmSync(this.#spec.routing);
  }

  start(): OwnedProcess {
    const { folder, owner } = this.#world;
    this.#lives += 1;
    const file = join(folder, `${this.#name}-${this.#lives}.json`);
    writeFileSync(file, JSON.stringify({ ...this.#spec, life: `${this.#name}-${this.#lives}` }));
    return owner.spawn({
      name: this.#name,
      command: process.execPath,
      args: [join(import.meta.dirname, 'client-process.ts'), file],
      log: join(folder, `${this.#name}.log`),
    });
  }

  events(): readonly ClientProcessEvent[] {
    if (!existsSync(this.#spec.events)) return [];
    // A line that a SIGKILL cut short was not noted.
    const lines = readFileSync(this.#spec.events, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as ClientProcessEvent);
  }

  done(cluster: string): readonly string[] {
    return this.events().flatMap((event) => ('value' in event && event.cluster === cluster ? [event.value] : []));
  }

  adopted(revision: number): boolean {
    return this.events().some((event) => event.at === 'adopted' && event.revision === revision && event.active);
  }

  problems(): readonly string[] {
    return this.events().flatMap((event) => (event.at === 'problem' ? [event.kind] : []));
  }
}
