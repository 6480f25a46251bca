/** The same pair with nothing wrong: p1 writes a record whenever time passes, wherever it is told to; all is copied at once. */
import { copy, Life, lostHomeOf, type World } from './world.ts';

const SET = 'clients-k1';
const GROUP = 'billing';

export async function bothAlive(set: object = {}): Promise<World> {
  const life = await lostHomeOf(set, UnhurtLife);
  life.begin();
  await life.look();
  return life;
}

class UnhurtLife extends Life {
  protected override readonly othersReadLocal = this.config.clientSets[SET]?.groups[0]?.mode !== 'home-only';
  #writes = 0;

  begin(): void {
    // A group that lives at home only has nobody at the refuge.
    if (!this.othersReadLocal) this.k2.leave(GROUP, 'c2-1');
    this.neverLost();
  }

  override async pass(seconds: number): Promise<void> {
    this.#produce();
    await super.pass(seconds);
  }

  protected override async atHome() {
    return this.k1.isUp ? (await this.k1.reader().groups([GROUP])).get(GROUP)! : super.atHome();
  }

  #produce(): void {
    const producers = this.ports.routing.peekRouting('eu-central-1', SET)?.producers;
    const at = producers?.cluster === 'K1' ? this.k1 : this.k2;
    if (producers === undefined || producers.state === 'hold' || !at.isUp) return;
    const value = `w${(this.#writes += 1)}`;
    at.append('orders', 0, [{ value }]);
    if (at !== this.k1) return;
    this.written += 1;
    copy(this.k2, this.copied, 1, () => value);
    this.copied += 1;
  }
}
