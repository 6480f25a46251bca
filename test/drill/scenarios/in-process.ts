/** Scenarios that need no deployed system: the functions' code in process, with injected time and resolver. */
import { clocksAndPauses } from './in-process/clocks.ts';
import { frozenFeed } from './in-process/frozen.ts';
import { manyPairs } from './in-process/many-pairs.ts';
import { nameTroubles } from './in-process/names.ts';
import { pausesAndApprovals } from './in-process/pauses.ts';
import type { OwnScenario } from './scenario.ts';

export const IN_PROCESS: readonly OwnScenario[] = [
  {
    id: 'M20',
    title: "nobody knows K1's names, nobody knows any name, the resolver is silent, the resolver is slow",
    world: 'own',
    play: nameTroubles,
  },
  {
    id: 'M24',
    title: 'probers stop writing, having last seen K1 well, suspected, or confirmed down',
    world: 'own',
    play: frozenFeed,
  },
  {
    id: 'M25',
    title:
      'the evaluator stands still for 10 min, clocks jump by 10 min, clocks of producers and of MirrorMaker 2 are off by 1 h',
    world: 'own',
    play: clocksAndPauses,
  },
  {
    id: 'M45',
    title:
      'five pairs are down and two may move; who waits first is well again; three of five look down together where half may',
    world: 'own',
    play: manyPairs,
  },
  {
    id: 'M46',
    title:
      'a person pauses while K1 is suspected, or in mid-epoch, and the pause ends with K1 still down; approves late, twice, or after recovery',
    world: 'own',
    play: pausesAndApprovals,
  },
];
