/** Settings of topics and of brokers, and ACLs: what a client set relies on and MirrorMaker 2 does not keep equal. */
import type { Acl, Acls, Settings } from '../../../core/contracts/readiness.ts';
import { failIf, type Link } from './internals.ts';
import { UNKNOWN_TOPIC } from './layout.ts';
import type { Wire } from './wire.ts';

/** Kafka's numbers: ConfigResource.Type, then AclOperation, ResourceType, PatternType, AclPermissionType. */
const TOPIC = 2;
const BROKER = 4;
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

interface Described {
  readonly errorCode: number;
  readonly resourceName: string;
  readonly configEntries: readonly { readonly configName: string; readonly configValue: string | null }[];
}

const describeConfigs = async (
  link: Link,
  type: number,
  resourceNames: readonly string[],
  configNames: readonly string[],
): Promise<readonly Described[]> => {
  const resources = resourceNames.map((name) => ({ type, name, configNames }));
  const answer = await link.call<{ readonly resources: readonly Described[] }>('DescribeConfigs', {
    resources,
    includeSynonyms: false,
  });
  return answer.resources;
};

const settingsIn = ({ configEntries }: Described): Settings =>
  Object.fromEntries(
    configEntries.flatMap(({ configName, configValue }) =>
      configValue === null ? [] : [[configName, configValue] as const],
    ),
  );

/** As the broker answers it, refusals of single topics included. @param topics at least one */
export const describeTopics = (
  link: Link,
  topics: readonly string[],
  configNames: readonly string[],
): Promise<readonly Described[]> => describeConfigs(link, TOPIC, topics, configNames);

/** @param topics at least one */
export async function topicSettingsOf(
  wire: Wire,
  topics: readonly string[],
  settings: readonly string[],
): Promise<ReadonlyMap<string, Settings>> {
  const described = await describeTopics(await wire.anyLink(), topics, settings);
  const found = described.filter(({ errorCode }) => errorCode !== UNKNOWN_TOPIC);
  for (const { errorCode, resourceName } of found) failIf(errorCode, `settings of "${resourceName}"`);
  return new Map(found.map((one) => [one.resourceName, settingsIn(one)]));
}

/** Each broker is asked itself: nobody else knows what its own file says. @throws KafkaAnswer when this client may not see it */
export async function brokerSettingsOf(
  wire: Wire,
  settings: readonly string[],
): Promise<ReadonlyMap<number, Settings>> {
  const { brokers } = await wire.brokers();
  const found = await Promise.all(
    brokers.map(async ({ nodeId }) => {
      const [described] = await describeConfigs(await wire.linkTo(nodeId), BROKER, [String(nodeId)], settings);
      failIf(described!.errorCode, `settings of broker ${nodeId}`);
      return [nodeId, settingsIn(described!)] as const;
    }),
  );
  return new Map(found);
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
