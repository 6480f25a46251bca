/**
 * The same pair with everybody at work: p1 writes wherever its routing says, MirrorMaker 2 stays one record behind, the
 * probes sample home, c1 and c2 process. Who processed what is kept, so that a story can be asked what it lost.
 */
import type { Routing } from '../../core/contracts/routing.ts';
import { copy, FIRST, Life, lostHomeOf } from './world.ts';

const SET = 'clients-k1';
const GROUP = 'billing';

export async function livelyLoss(set: object = {}, Kind = LivelyLife): Promise<LivelyLife> {
  const life = await lostHomeOf(set, Kind);
  // Nobody of a group that lives at home only is at the refuge, but for a commit of its last stay.
  if (life.isHomeOnly) life.k2.leave(GROUP, 'c2-1');
  await life.look();
  return life;
}

export class LivelyLife extends Life {
  /** What was acknowledged and is owed: from the group's position at home on. */
  readonly owed: string[] = ['r8', 'r9', 'r10', 'r11', 'r12'];
  /** Every value that the group processed, in order; one that comes twice was repeated. */
  readonly processed: string[] = [];
  /** Clients 2 write to the refuge's topic all the time, also while the set is there. */
  othersNeverPause = false;
  /** Values of K1's topic by offset. */
  readonly #home: string[] = Array.from({ length: FIRST + 10 }, (_, i) => `r${i}`);
  readonly #refuge: string[] = ['of clients 2'];
  readonly #remote: string[] = Array.from({ length: 8 }, (_, i) => `r${FIRST + i}`);

  get isHomeOnly(): boolean {
    return this.config.clientSets[SET]?.groups[0]?.mode === 'home-only';
  }

  lost(): readonly string[] {
    return this.owed.filter((value) => !this.processed.includes(value));
  }

  override async pass(seconds: number): Promise<void> {
    this.#produce();
    this.#mirror(1);
    const before = this.#positions();
    await super.pass(seconds);
    this.#readAtRefuge();
    this.#note(before);
    await this.#sample();
  }

  override async recover(): Promise<void> {
    await super.recover();
    await this.#sample();
  }

  protected override copyRest(): void {
    this.#mirror(0);
  }

  #routing() {
    return this.ports.routing.peekRouting('eu-central-1', SET);
  }

  /** Where p1 writes. */
  protected producersObey(): Routing['producers'] | undefined {
    return this.#routing()?.producers;
  }

  #produce(): void {
    // Clients 2 write while nobody of the group is there: no business of a group that lives at home only.
    if (this.isHomeOnly && (this.#routing()?.phase === 'home' || this.othersNeverPause)) {
      this.k2.append('orders', 0, [{ value: 'of clients 2' }]);
      this.#refuge.push('of clients 2');
    }
    const producers = this.producersObey();
    const at = producers?.cluster === 'K1' ? this.k1 : this.k2;
    if (producers?.state !== 'active' || !at.isUp) return;
    const value = `w${this.owed.length}`;
    at.append('orders', 0, [{ value }]);
    this.owed.push(value);
    if (at === this.k1) {
      this.#home.push(value);
      this.written += 1;
    } else this.#refuge.push(value);
  }

  /** Copies what home has, but for the last `behind` records. */
  #mirror(behind: number): void {
    const count = this.written - behind - this.copied;
    if (!this.k1.isUp || count <= 0) return;
    copy(this.k2, this.copied, count, (upstream) => this.#home[upstream]!);
    for (let i = 0; i < count; i += 1) this.#remote.push(this.#home[FIRST + this.copied + i]!);
    this.copied += count;
  }

  /** The consumers that stay there, and c1 where its routing says so. */
  #readAtRefuge(): void {
    const consumers = this.#routing()?.consumers;
    const isThere = consumers?.cluster === 'K2' && consumers.read !== 'remote';
    if (this.isHomeOnly && !isThere) return;
    const position = this.k2.position(GROUP, 'orders', 0) ?? 0n;
    const next = position + 2n;
    const end = BigInt(this.#refuge.length);
    this.k2.commit(GROUP, 'orders', 0, next < end ? next : end);
  }

  #positions(): readonly (readonly [string[], bigint])[] {
    return [
      [this.#home, this.k1.position(GROUP, 'orders', 0) ?? 0n],
      [this.#remote, this.k2.position(GROUP, 'K1.orders', 0) ?? 0n],
      [this.#refuge, this.k2.position(GROUP, 'orders', 0) ?? 0n],
    ];
  }

  /** Only clients commit while time passes. */
  #note(before: readonly (readonly [string[], bigint])[]): void {
    this.#positions().forEach(([log, to], i) => this.processed.push(...log.slice(Number(before[i]![1]), Number(to))));
  }

  async #sample(): Promise<void> {
    if (!this.k1.isUp) return;
    const committed = this.k1.position(GROUP, 'orders', 0);
    await this.ports.control.putHomeSample(SET, {
      group: GROUP,
      topic: 'orders',
      atMs: this.ports.clock.nowMs(),
      clusterId: this.k1.clusterId,
      partitions: {
        0: { committed: String(committed ?? 0n), end: String(FIRST + this.written), start: String(FIRST) },
      },
    });
  }
}
