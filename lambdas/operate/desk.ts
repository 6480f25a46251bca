/** What every command of operate works with. */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { Ports } from '../ports.ts';

export type OperatePorts = Pick<Ports, 'control' | 'shared' | 'routing' | 'workflows' | 'clock' | 'budget' | 'log'>;

export interface Here {
  readonly region: string;
  readonly configVersion: string;
}

/** What every command works with: the sets it is about, all of them controlled from here. */
export interface Desk {
  readonly ports: OperatePorts;
  readonly config: PairConfig;
  readonly here: Here;
  readonly sets: readonly PlacedSet[];
}
