/**
 * Rights: whoever may read or write a protected topic at home needs the same at the refuge, and to read its remote topic.
 * What cannot be seen (super users, `allow.everyone.if.no.acl.found`, principals with another name there) is said, not assumed.
 */
import type { Acl, Acls, Finding } from '../contracts/readiness.ts';
import { addAcl } from './commands.ts';
import type { LookCheck, Preparation } from './preparation.ts';
import { ifBothRead, informs, unknown, warns } from './preparation.ts';

interface Need {
  readonly principal: string;
  readonly operation: 'read' | 'write';
  readonly resource: 'topic' | 'group';
  readonly name: string;
}

export const checkAcls: LookCheck = (facts) => {
  const { home, refuge, look } = facts;
  const iam = [home, refuge].filter(({ rights }) => rights === 'iam');
  if (iam.length > 0)
    return iam.map(({ alias }) =>
      informs('acls', {
        cluster: alias,
        subject: 'rights of clients',
        sentence: `${alias} lets clients in by IAM: their rights are in their policies and not compared here`,
        fix: 'let the policy of each client name both clusters, the topics and their remote topics',
      }),
    );
  return ifBothRead('acls', 'ACLs', [home.alias, look.home.acls], [refuge.alias, look.refuge.acls], (here, there) =>
    compare(facts, here, there),
  );
};

function compare(facts: Preparation, here: Acls, there: Acls): readonly Finding[] {
  const { home, refuge } = facts;
  if (there.kind === 'no-authorizer') return [];
  if (here.kind === 'no-authorizer')
    return [
      unknown('acls', {
        cluster: refuge.alias,
        subject: 'rights of clients',
        sentence: `${home.alias} has no authorizer and ${refuge.alias} has one: who the clients are there, and what they may do, cannot be told`,
        fix: `allow the principals of these clients at ${refuge.alias}: Read and Write on the topics, Read on the remote topics and the groups`,
      }),
    ];
  return needsOf(facts, here.acls)
    .filter((need) => !isAllowed(there.acls, need))
    .map((need) => {
      const { principal, operation, resource, name } = need;
      return warns('acls', {
        cluster: refuge.alias,
        subject: `${principal} ${operation} ${resource} ${name}`,
        sentence: `no ACL at ${refuge.alias} lets ${principal} ${operation} ${resource} "${name}", as it may at ${home.alias}; if it has no other name or right there, it is refused after a move`,
        fix: addAcl(refuge, { principal, operation: operation === 'read' ? 'Read' : 'Write', resource, name }),
      });
    });
}

function needsOf({ place }: Preparation, atHome: readonly Acl[]): readonly Need[] {
  const principals = [...new Set(atHome.map(({ principal }) => principal))].toSorted();
  const has = (principal: string, operation: Need['operation'], resource: Need['resource'], name: string): boolean =>
    isAllowed(atHome, { principal, operation, resource, name });
  return principals.flatMap((principal) => [
    ...place.topics.flatMap(({ home, remote }): readonly Need[] => [
      ...(has(principal, 'write', 'topic', home)
        ? [{ principal, operation: 'write', resource: 'topic', name: home } as const]
        : []),
      ...(has(principal, 'read', 'topic', home)
        ? [home, remote].map((name) => ({ principal, operation: 'read', resource: 'topic', name }) as const)
        : []),
    ]),
    ...place.groups
      .filter(({ id }) => has(principal, 'read', 'group', id))
      .map(({ id }) => ({ principal, operation: 'read', resource: 'group', name: id }) as const),
  ]);
}

/** Kafka's rule: a denial wins, then any grant counts. A rule for some hosts only is no grant that may be relied on. */
export function isAllowed(acls: readonly Acl[], need: Need): boolean {
  const about = acls.filter((acl) => concerns(acl, need));
  if (about.some(({ permission }) => permission === 'deny')) return false;
  return about.some(({ permission, host }) => permission === 'allow' && host === '*');
}

const concerns = (acl: Acl, { principal, operation, resource, name }: Need): boolean =>
  (acl.principal === principal || acl.principal === 'User:*') &&
  acl.resource === resource &&
  (acl.operation === operation || acl.operation === 'all') &&
  (acl.pattern === 'prefixed' ? name.startsWith(acl.name) : acl.name === name || acl.name === '*');
