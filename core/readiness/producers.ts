/** Producers that never acknowledge: what a move will make of them is told before there is one. */
import type { Check } from './preparation.ts';
import { warns } from './preparation.ts';

/** Not read is no finding: acknowledgements come and go with clients, and the next turn reads them again. */
export const checkSilentProducers: Check = ({ place, home, refuge, producers }) => {
  if (producers.declared || producers.heardOf !== false) return [];
  const alone = place.groups.filter(({ mode }) => mode === 'home-only').map(({ id }) => id);
  const held =
    alone.length === 0 ? 'a switchover is held' : `a switchover, and the way home of ${alone.join(', ')}, is held`;
  return [
    warns('silent-producers', {
      cluster: home.alias,
      subject: place.clientSet,
      sentence: `no producer of ${place.clientSet} was ever heard of: a move waits until the topics that they leave stand still, and where others write to the same topics (at ${refuge.alias} they may) or home cannot be read, it waits in vain: a failover goes on without knowing, ${held}`,
      fix: `declare clientSets.${place.clientSet}.assumeProducersAdoptedAfterSeconds, the longest that they take to follow, restart included (1 if there are none), or let them use the client library`,
    }),
  ];
};
