/** Settings of topics and ACLs: what a client set relies on and MirrorMaker 2 does not keep equal. */
import type { Acl, Acls, Settings } from '../../../core/contracts/readiness.ts';
import { failIf, type Link } from './internals.ts';
import { UNKNOWN_TOPIC } from './layout.ts';
import type { Wire } from './wire.ts';

/** Kafka's numbers: ConfigResource.Type, then AclOperation, ResourceType, PatternType, AclPermissionType. */
const TOPIC = 2;
const OPERATIONS: Readonly<Record<number, Acl['operation']>> = {
  2: 'all',
  3: 'read',
  4: 'write',
  5: 'create',
  6: 'delete',
  7: 'alter',
  8: 'describe',
  9: 'cluster-action',
  10: 'describe-configs',
  11: 'alter-configs',
  12: 'idempotent-write',
};
const RESOURCES: Readonly<Record<number, Acl['resource']>> = {
  2: 'topic',
  3: 'group',
  4: 'cluster',
  5: 'transactional-id',
};
const PREFIXED = 4;
const DENY = 2;
const ANY = 1;
const SECURITY_DISABLED = 54;

interface DescribeConfigsAnswer {
  readonly resources: readonly {
    readonly errorCode: number;
    readonly resourceName: string;
    readonly configEntries: readonly { readonly configName: string; readonly configValue: string | null }[];
  }[];
}

/** As the broker answers it, refusals of single topics included. @param topics at least one */
export async function describeTopics(
  link: Link,
  topics: readonly string[],
  configNames: readonly string[],
): Promise<DescribeConfigsAnswer['resources']> {
  const resources = topics.map((name) => ({ type: TOPIC, name, configNames }));
  return (await link.call<DescribeConfigsAnswer>('DescribeConfigs', { resources, includeSynonyms: false })).resources;
}

/** @param topics at least one */
export async function topicSettingsOf(
  wire: Wire,
  topics: readonly string[],
  settings: readonly string[],
): Promise<ReadonlyMap<string, Settings>> {
  const described = await describeTopics(await wire.anyLink(), topics, settings);
  const found = described.filter(({ errorCode }) => errorCode !== UNKNOWN_TOPIC);
  for (const { errorCode, resourceName } of found) failIf(errorCode, `settings of "${resourceName}"`);
  return new Map(
    found.map(({ resourceName, configEntries }) => [
      resourceName,
      Object.fromEntries(
        configEntries.flatMap(({ configName, configValue }) =>
          configValue === null ? [] : [[configName, configValue] as const],
        ),
      ),
    ]),
  );
}

interface DescribeAclsAnswer {
  readonly errorCode: number;
  readonly resources: readonly {
    readonly resourceType: number;
    readonly resourceName: string;
    readonly resourcePatternType: number;
    readonly acls: readonly {
      readonly principal: string;
      readonly host: string;
      readonly operation: number;
      readonly permissionType: number;
    }[];
  }[];
}

/** @throws KafkaAnswer when this client may not see them */
export async function aclsOf(wire: Wire): Promise<Acls> {
  const link = await wire.anyLink();
  const everything = { resourceType: ANY, resourceName: null, resourcePatternType: ANY, principal: null, host: null };
  const answer = await link.call<DescribeAclsAnswer>('DescribeAcls', {
    ...everything,
    operation: ANY,
    permissionType: ANY,
  });
  if (answer.errorCode === SECURITY_DISABLED) return { kind: 'no-authorizer' };
  failIf(answer.errorCode, 'ACLs');
  return {
    kind: 'listed',
    acls: answer.resources.flatMap(({ resourceType, resourceName, resourcePatternType, acls }) =>
      acls.map(({ principal, host, operation, permissionType }) => ({
        principal,
        host,
        permission: permissionType === DENY ? ('deny' as const) : ('allow' as const),
        operation: OPERATIONS[operation] ?? ('other' as const),
        resource: RESOURCES[resourceType] ?? ('other' as const),
        pattern: resourcePatternType === PREFIXED ? ('prefixed' as const) : ('literal' as const),
        name: resourceName,
      })),
    ),
  };
}
