import type { Ports } from '../ports.ts';

export type Needs = Pick<Ports, 'kafka' | 'control' | 'clock' | 'log'>;
