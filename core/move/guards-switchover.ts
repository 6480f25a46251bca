/** Guards of a switchover: nothing forces it, so everything has to be well on both sides. */
import type { StoredVerdict } from '../contracts/tables.ts';
import type { MoveFacts } from './facts.ts';
import { isUnattendedStart } from './facts.ts';
import type { Check, Guard } from './guard.ts';
import { fails, holds, isFailback, isSwitchover, refuse } from './guard.ts';
import { checkGroups, checkTopics } from './refuge.ts';

const SHARED = { appliesTo: isSwitchover, otherwise: refuse } as const;
const isHealthy = (verdict: StoredVerdict): Check =>
  verdict.kind === 'HEALTHY' ? holds(verdict.sentence) : fails(verdict.sentence);

export const SWITCHOVER_GUARDS: readonly Guard[] = [
  {
    id: 'SW-person',
    title: 'a person asks for it',
    uses: 'who starts it',
    liftedBy: 'a start by a person',
    skippableByForce: false,
    ...SHARED,
    check: ({ request }) =>
      request.trigger === 'manual'
        ? holds(`asked for by ${request.requestedBy}`)
        : fails(`trigger is "${request.trigger}": no rule and no alarm starts a switchover`),
  },
  {
    id: 'SW-home',
    title: 'home serves, so that consumers can finish there',
    uses: 'verdict about home',
    liftedBy: 'the health of home; of a home that is lost, a failover',
    skippableByForce: false,
    ...SHARED,
    // Missing redundancy is a reason to leave, and nothing is lost by it.
    check: ({ verdicts: { home } }) => (home.kind === 'DEGRADED' ? holds(home.sentence) : isHealthy(home)),
  },
  {
    id: 'SW-refuge',
    title: 'the refuge is healthy',
    uses: 'verdict about the refuge',
    liftedBy: 'the health of the refuge',
    skippableByForce: false,
    ...SHARED,
    check: ({ verdicts }) => isHealthy(verdicts.refuge),
  },
  {
    id: 'G3-leaving',
    title:
      'replication from home to the refuge runs within its lag limit, so that positions of the remote topics are kept',
    uses: 'verdict about the flow home -> refuge',
    liftedBy: 'MirrorMaker 2, or "force" of a person',
    skippableByForce: true,
    ...SHARED,
    check: ({ verdicts }) => isHealthy(verdicts.outbound),
  },
  {
    id: 'SW-topics',
    title: 'the protected topics exist at the refuge with enough partitions',
    uses: 'the newest look at the set (SetObservation)',
    liftedBy: 'creating or enlarging the topics',
    skippableByForce: false,
    ...SHARED,
    check: checkTopics,
  },
  {
    id: 'SW-groups',
    title: 'no assignor breaks the members already at the refuge',
    uses: 'the newest look at the set (SetObservation)',
    liftedBy: 'another assignor, or stopping the members named',
    skippableByForce: false,
    ...SHARED,
    check: checkGroups,
  },
  {
    id: 'SW-return',
    title: 'a set that a person sent away comes home when a person says so',
    uses: 'the move by which the set left home; only starts that no person made',
    liftedBy: 'a start by a person',
    skippableByForce: false,
    appliesTo: (facts) => isFailback(facts) && isUnattendedStart(facts),
    check: checkReturn,
    otherwise: refuse,
  },
];

function checkReturn({ state, place }: MoveFacts): Check {
  return state.leftHomeBy === 'switchover'
    ? fails(`${place.clientSet} left ${place.home} by a switchover while ${place.home} was well`)
    : holds(`${place.clientSet} did not leave by a switchover`);
}
