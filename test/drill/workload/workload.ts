/** Starts the workload's processes and reads back what they wrote down. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from '../../support/world/world.ts';
import type { OwnedProcess } from '../../support/world/processes.ts';
import type { Adopted, Processed, Produced } from '../checker/records.ts';
import { REGIONS, SHARED_GROUP, TOPICS, homeOnlyGroup, setOf } from '../pair.ts';
import type { JavaApplications } from '../java/applications.ts';
import { EventFile } from './event-file.ts';
import { BATCH, recordOf } from './making.ts';
import type { Alias, Place, WorkloadControl, WorkloadEvent, WorkloadSpec } from './spec.ts';

type Role = WorkloadSpec['role'];

interface Part {
  readonly name: string;
  readonly set: string;
  readonly role: Role;
  spec: WorkloadSpec;
  readonly events: EventFile;
  process?: OwnedProcess;
  stopping?: boolean;
}

/** Records per second of each of the two producers per side: about 300 a second in all; half as many where more reads them. */
const RATE = 75;
const RATE_WIDE = 38;
/** 1000 / 22 = 45 records a second per slow consumer, two share what arrives at 150 a second: a lag of 60 a second grows. */
const SLOW_MS = 22;
const SLOW_MS_WIDE = 44;

interface Options {
  readonly pair: string;
  readonly lagging: Alias;
  readonly naive: boolean;
  readonly wide: boolean;
  /** That side has a producer more, and a consumer more in the group of both sides, which follow nothing. */
  readonly deaf?: Alias | undefined;
  /** Transactional producers abort some transactions on purpose. */
  readonly aborting: boolean;
}

/** Clients that follow nothing, of one side. */
export const deafClientsOf = (home: string) => {
  const n = home.at(-1) ?? '';
  return { producer: `p${n}x`, consumer: `c${n}x` };
};

export interface WorkloadLogs {
  readonly produced: readonly Produced[];
  readonly processed: readonly Processed[];
  readonly adopted: readonly Omit<Adopted, 'cluster'>[];
  readonly notes: readonly Note[];
}

export interface Note {
  readonly client: string;
  readonly text: string;
  readonly atMs: number;
}

export const folderOf = (world: World): string => join(world.folder, 'workload');
export const controlFileOf = (world: World, set: string): string => join(folderOf(world), `${set}.control`);

/** Milliseconds that a consumer of that home spends on a record while it is to be slow. */
export const slowMsOf = (home: Alias, { lagging, wide }: Pick<Options, 'lagging' | 'wide'>): number =>
  home !== lagging ? 0 : wide ? SLOW_MS_WIDE : SLOW_MS;

export class Workload {
  readonly #parts: readonly Part[];
  readonly #world: World;
  readonly #folder: string;
  readonly #logs = {
    produced: [] as Produced[],
    processed: [] as Processed[],
    adopted: [] as Omit<Adopted, 'cluster'>[],
    notes: [] as Note[],
  };
  readonly #places = new Map<string, Place>();
  #java: JavaApplications | undefined;
  #control: WorkloadControl = { producing: false, speed: 'slow', burst: 0 };

  constructor(world: World, options: Options) {
    this.#world = world;
    this.#folder = folderOf(world);
    mkdirSync(this.#folder, { recursive: true });
    this.#parts = (['K1', 'K2'] as const).flatMap((home) =>
      (['producers', 'consumers'] as const).flatMap((role) =>
        (options.deaf === home ? [false, true] : [false]).map((deaf) => this.#part(home, role, { ...options, deaf })),
      ),
    );
    for (const { set } of this.#parts) this.#write(set);
  }

  /** How many members all groups have. */
  get consumers(): number {
    const own = this.#parts.filter(({ role }) => role === 'consumers').flatMap(({ spec }) => spec.clients);
    return own.length + (this.#java?.consumers ?? 0);
  }

  /** Java applications beside the library's clients; they start and stop with its consumers. */
  join(java: JavaApplications): void {
    this.#java = java;
  }

  start(): void {
    for (const part of this.#parts) this.#spawn(part);
    this.#java?.start();
  }

  /** A person changes the configuration of a set's naive clients. */
  tell(set: string, place: Place): void {
    this.#places.set(set, place);
    this.#write(set);
  }

  /** A person restarts an application: it has `graceMs` to end in order, and the new one reads its configuration afresh. */
  async restart(set: string, role: Role, graceMs = 5_000): Promise<void> {
    for (const part of this.#parts.filter((p) => p.set === set && p.role === role)) {
      part.stopping = true;
      await part.process?.stop(graceMs);
      part.stopping = false;
      this.#spawn(part);
    }
  }

  /**
   * Kills the library's clients of a set (SIGKILL) and starts them again. What their producers had under way is unknown: the
   * brokers may have it. A new life numbers its records behind all that the last one can have sent.
   */
  async kill(set: string): Promise<void> {
    const parts = this.#parts.filter((part) => part.set === set && part.stopping !== true);
    for (const part of parts) part.stopping = true;
    await Promise.all(parts.map(async (part) => part.process?.kill()));
    for (const part of parts) {
      this.#spawn(part.role === 'producers' ? this.#rebornFrom(part) : part);
      part.stopping = false;
    }
  }

  /** The deaf clients of a set end in order, sending all that they have, and their next life follows the routing. */
  async mend(set: string): Promise<void> {
    for (const part of this.#parts.filter((one) => one.set === set && one.spec.deaf)) {
      part.stopping = true;
      await part.process?.stop();
      part.spec = { ...part.spec, deaf: false };
      this.#spawn(part.role === 'producers' ? this.#rebornFrom(part) : part);
      part.stopping = false;
    }
  }

  #rebornFrom(part: Part): Part {
    const { produced } = this.read();
    const atMs = Date.now();
    const clients = part.spec.clients.map((client) => {
      const { id, firstSeq: first = 0 } = client;
      const noted = new Set(produced.flatMap((p) => (p.producer === id ? [p.seq] : [])));
      // One request was under way at the most, and it took the oldest records that were not confirmed.
      const firstSeq = [...noted].reduce((a, b) => Math.max(a, b), first) + BATCH + 1;
      for (let seq = first; seq < firstSeq; seq += 1)
        if (!noted.has(seq))
          this.#logs.produced.push({
            ...recordOf(part.spec, id, seq),
            ...{ producer: id, set: part.set, cluster: 'none', result: 'unknown', sentAtMs: atMs, atMs, revision: 0 },
          });
      return { ...client, firstSeq };
    });
    part.spec = { ...part.spec, clients };
    return part;
  }

  #spawn(part: Part): void {
    const { name } = part;
    const specPath = join(this.#folder, `${name}.json`);
    writeFileSync(specPath, JSON.stringify(part.spec));
    part.process = this.#world.owner.spawn({
      name: `workload ${name}`,
      command: process.execPath,
      args: ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'worker.ts'), specPath],
      log: join(this.#folder, `${name}.log`),
      env: {
        PATH: process.env['PATH'] ?? '',
        ...(!part.spec.naive && this.#world.emulator.environment(part.spec.regions[0])),
      },
      graceMs: 20_000,
      niceness: 4, // it makes the load; what is tested must not wait for it
    });
  }

  /** One control for everybody, but slowness concerns only the set that is to lag. */
  set(change: Partial<WorkloadControl>): void {
    this.#control = { ...this.#control, ...change };
    for (const { set } of this.#parts) this.#write(set);
  }

  /** Every producer sends a few hundred records at once. */
  burst(): void {
    this.set({ burst: this.#control.burst + 1 });
  }

  /** A process that ended by itself, with the end of its log. */
  problem(): string | undefined {
    return (
      this.#parts
        .map((part) => (part.stopping ? undefined : part.process?.ended()))
        .find((ended) => ended !== undefined) ?? this.#java?.problem()
    );
  }

  /** Ends in order: producers flush and leave, consumers commit and leave. */
  async stop(role: Role): Promise<void> {
    const parts = this.#parts.filter((part) => part.role === role);
    for (const part of parts) part.stopping = true;
    const java = role === 'consumers' ? this.#java?.stop() : undefined;
    await Promise.all([java, ...parts.map(async (part) => part.process?.stop())]);
  }

  /** Everything written down so far; only what is new is read from the files. */
  read(): WorkloadLogs {
    for (const part of this.#parts) for (const event of part.events.more()) this.#sort(part.set, event);
    for (const { set, events } of this.#java?.more() ?? []) for (const event of events) this.#sort(set, event);
    return this.#logs;
  }

  #sort(set: string, event: WorkloadEvent): void {
    const { produced, processed, adopted, notes } = this.#logs;
    if (event.at === 'produced') {
      const { offset, ...rest } = event;
      produced.push({ ...rest, set, ...(offset !== undefined && { offset: BigInt(offset) }) });
    } else if (event.at === 'processed') processed.push({ ...event, set, offset: BigInt(event.offset) });
    else if (event.at === 'adopted') adopted.push({ ...event, set });
    else notes.push(event);
  }

  #part(home: Alias, role: Role, options: Omit<Options, 'deaf'> & { readonly deaf: boolean }): Part {
    const set = setOf(home);
    const name = `${set}-${role}${options.deaf ? '-deaf' : ''}`;
    const own = REGIONS[home];
    const other = REGIONS[home === 'K1' ? 'K2' : 'K1'];
    const clients = options.deaf ? deafIn(home, role) : clientsIn(home, role, options);
    const spec: WorkloadSpec = {
      role,
      pair: options.pair,
      set,
      regions: [own, other],
      topics: TOPICS,
      clients,
      rate: options.wide ? RATE_WIDE : RATE,
      slowMs: slowMsOf(home, options),
      events: join(this.#folder, `${name}.ndjson`),
      control: controlFileOf(this.#world, set),
      naive: options.naive,
      deaf: options.deaf,
      home,
      clusters: { K1: this.#world.k1.bootstrapServers, K2: this.#world.k2.bootstrapServers },
    };
    return { name, set, role, spec, events: new EventFile(spec.events) };
  }

  #write(set: string): void {
    const path = controlFileOf(this.#world, set);
    writeFileSync(`${path}.new`, JSON.stringify({ ...this.#control, place: this.#places.get(set) }));
    renameSync(`${path}.new`, path);
  }
}

function clientsIn(
  home: Alias,
  role: Role,
  { wide, aborting }: Pick<Options, 'wide' | 'aborting'>,
): WorkloadSpec['clients'] {
  const n = home.at(-1) ?? '';
  return role === 'producers'
    ? [{ id: `p${n}a` }, { id: `p${n}b`, ...(wide && { transactional: true, aborting }) }]
    : [
        { id: `c${n}a`, group: SHARED_GROUP },
        { id: `c${n}b`, group: SHARED_GROUP },
        { id: `h${n}a`, group: homeOnlyGroup(home) },
      ];
}

function deafIn(home: Alias, role: Role): WorkloadSpec['clients'] {
  const { producer, consumer } = deafClientsOf(home);
  return role === 'producers' ? [{ id: producer }] : [{ id: consumer, group: SHARED_GROUP }];
}
