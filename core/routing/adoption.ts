/** Has everybody who was expected followed the newest routing value? Acknowledgement first, Kafka's own evidence second. */
import type { Adoption } from '../contracts/tables.ts';
import type { Phase } from '../contracts/primitives.ts';
import { provesAdoption, type Ownership } from './ownership.ts';
import type { PublishTarget } from './plan.ts';
import { missingProducers, type EndsLeft } from './producers.ts';

export interface AdoptionFacts {
  readonly revision: number;
  readonly phase: Phase;
  readonly target: PublishTarget;
  readonly clients: readonly Adoption[];
  readonly claimedAtMs: number;
  readonly nowMs: number;
  /** When this wait began; the deadline counts from here. */
  readonly windowStartMs: number;
  readonly rules: AdoptionRules;
  /** Groups of the set as the cluster shows them. */
  readonly ownership: Ownership;
  /** Where producers are to leave. `still`: for as long as a client counts as silent. */
  readonly endsLeft: EndsLeft;
  /** Groups of which nobody stays at the refuge: what is written there behind them is read by nobody. */
  readonly homeOnly: readonly string[];
}

export interface AdoptionRules {
  readonly adoptionSeconds: number;
  readonly clientSilentSeconds: number;
  readonly assumeProducersAfterSeconds?: number | undefined;
}

export interface AdoptionVerdict {
  readonly kind: 'adopted' | 'waiting' | 'stragglers' | 'held';
  readonly sentence: string;
  /** Who is missing, or what is not read. */
  readonly reasons: readonly string[];
}

interface Expectation extends Pick<AdoptionFacts, 'clients' | 'claimedAtMs'> {
  readonly rules: Pick<AdoptionRules, 'clientSilentSeconds'>;
}

/** Heard of shortly before the claim, or since: one that fell silent long before, or was stopped in order, is not waited for. */
export const expectedClients = (
  { clients, claimedAtMs, rules }: Expectation,
  role: Adoption['role'],
): readonly Adoption[] =>
  clients.filter(
    (client) =>
      client.role === role && client.left !== true && client.atMs >= claimedAtMs - rules.clientSilentSeconds * 1000,
  );

/** Expected clients that have not acknowledged. A consumer that refuses to start has read the value, but not moved. */
export const missingClients = (
  facts: Expectation & Pick<AdoptionFacts, 'revision'>,
  role: Adoption['role'],
): readonly Adoption[] =>
  expectedClients(facts, role).filter(
    (client) => client.revision < facts.revision || (role === 'consumer' && !client.active),
  );

/** Alive, not stopped in order, and obeying an older revision. */
export const clientsBehind = (
  clients: readonly Adoption[],
  { revision, nowMs, clientSilentSeconds }: { revision: number; nowMs: number; clientSilentSeconds: number },
): readonly Adoption[] =>
  clients.filter(
    (client) => client.left !== true && client.revision < revision && nowMs - client.atMs < clientSilentSeconds * 1000,
  );

/** Are the acknowledgements alone enough? Then nobody needs to ask Kafka. Consumers nobody heard of prove nothing. */
export const acknowledgedByAll = (facts: Expectation & Pick<AdoptionFacts, 'revision' | 'target'>): boolean =>
  (facts.target === 'consumers' || missingClients(facts, 'producer').length === 0) &&
  (facts.target === 'producers' ||
    (expectedClients(facts, 'consumer').length > 0 && missingClients(facts, 'consumer').length === 0));

/**
 * Adopted = producers moved and consumers moved, each where this publish is about them. At the deadline the missing
 * are named and the move goes on: waiting for one forgotten client would keep all others from their data. Three things
 * hold the move: remote partitions nobody reads, because a drain of those would never end; in a switchover, which
 * nothing forces, any producer that has not left; and on the way home one that may still write at the refuge, where a
 * home-only group is about to leave nobody who would read it.
 */
export function judgeAdoption(facts: AdoptionFacts): AdoptionVerdict {
  const producers = facts.target === 'consumers' ? [] : producersMissing(facts);
  const consumers = facts.target === 'producers' ? [] : missingConsumers(facts);
  const missing = [...producers, ...consumers];
  const about = `revision ${facts.revision} (${facts.phase})`;
  if (missing.length === 0)
    return { kind: 'adopted', sentence: `${about} is adopted by ${describeAdopters(facts)}`, reasons: [] };
  const waitedMs = facts.nowMs - facts.windowStartMs;
  if (waitedMs < facts.rules.adoptionSeconds * 1000)
    return { kind: 'waiting', sentence: `${about} is not yet adopted by ${missing.join('; ')}`, reasons: missing };
  if (facts.phase === 'leaving')
    return {
      kind: 'held',
      sentence: `${about} is still not adopted by ${missing.join('; ')} after ${facts.rules.adoptionSeconds} s, and a switchover leaves nobody behind: have them move or stop them, then resume`,
      reasons: missing,
    };
  if (facts.phase === 'returning' && producers.length > 0 && facts.homeOnly.length > 0)
    return {
      kind: 'held',
      sentence: `${about} is still not adopted by ${missing.join('; ')} after ${facts.rules.adoptionSeconds} s, and what they write at the refuge is read by nobody once ${facts.homeOnly.join(', ')} (home-only) has left it: have them move or stop them, then resume`,
      reasons: missing,
    };
  const drains = facts.phase === 'draining' || facts.phase === 'recovering';
  const unread = drains && consumers.length > 0 ? unreadParts(facts.ownership) : [];
  if (unread.length > 0)
    return {
      kind: 'held',
      sentence: `nobody reads ${unread.join(', ')} after ${facts.rules.adoptionSeconds} s: start the consumers of this set, then resume`,
      reasons: unread,
    };
  return {
    kind: 'stragglers',
    sentence: `${about} is still not adopted by ${missing.join('; ')} after ${facts.rules.adoptionSeconds} s; the move goes on without them`,
    reasons: missing,
  };
}

const producersMissing = (facts: AdoptionFacts): readonly string[] =>
  missingProducers({
    phase: facts.phase,
    target: facts.target,
    heardOf: expectedClients(facts, 'producer').length,
    behind: missingClients(facts, 'producer').map(nameOf),
    endsLeft: facts.endsLeft,
    waitedMs: facts.nowMs - facts.windowStartMs,
    assumeAfterSeconds: facts.rules.assumeProducersAfterSeconds,
  });

function missingConsumers(facts: AdoptionFacts): readonly string[] {
  if (provesAdoption(facts.ownership)) return [];
  const missing = missingClients(facts, 'consumer');
  if (missing.length > 0) return missing.map(nameOf);
  return expectedClients(facts, 'consumer').length > 0
    ? []
    : [`any consumer: none was heard of, and ${describeOwnership(facts.ownership)}`];
}

const nameOf = (client: Adoption): string =>
  `${client.role} ${client.clientId} (revision ${client.revision}${client.active ? '' : `, not active${client.note === undefined ? '' : `: ${client.note}`}`})`;

const unreadParts = (ownership: Ownership): readonly string[] =>
  ownership.kind === 'unknown' ? [`(cannot be seen: ${ownership.because})`] : ownership.unowned;

function describeOwnership(ownership: Ownership): string {
  if (ownership.kind === 'unknown') return ownership.because;
  const parts = [
    ...(ownership.unowned.length > 0 ? [`nobody reads ${ownership.unowned.join(', ')}`] : []),
    ...(ownership.stillRead.length > 0 ? [`somebody still reads ${ownership.stillRead.join(', ')}`] : []),
    ...(ownership.unreadable.length > 0 ? [`the members of ${ownership.unreadable.join(', ')} cannot be read`] : []),
  ];
  return parts.join('; ');
}

function describeAdopters(facts: AdoptionFacts): string {
  const parts = [
    ...(facts.target === 'consumers' ? [] : [describeProducers(facts)]),
    ...(facts.target === 'producers' ? [] : [`${expectedClients(facts, 'consumer').length} consumer(s)`]),
  ];
  return parts.join(' and ');
}

/** Nobody is said to have adopted what nobody was seen to adopt. */
function describeProducers(facts: AdoptionFacts): string {
  const heardOf = expectedClients(facts, 'producer').length;
  const { assumeProducersAfterSeconds: assumed, clientSilentSeconds } = facts.rules;
  if (assumed !== undefined) return `${heardOf} producer(s), others assumed after ${assumed} s`;
  if (heardOf > 0) return `${heardOf} producer(s)`;
  return facts.endsLeft.kind === 'still'
    ? `producers nobody heard of (nothing was written for ${clientSilentSeconds} s where they leave)`
    : 'no producer that was heard of';
}
