/** ACLs as a real broker with an authorizer tells them. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } from 'kafkajs';
import { clusterForThisFile, RealLab } from './support/kafka.ts';

describe('a broker with an authorizer', () => {
  const cluster = clusterForThisFile(async () => ({
    settings: {
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS',
    },
  }));
  let lab: RealLab;
  beforeAll(() => {
    lab = new RealLab(cluster());
  });
  afterAll(() => lab.close());

  test('has no ACLs at first, then those that were made, whatever their kind', async () => {
    const reader = lab.kafka.reader('K1');
    expect(await reader.acls()).toEqual({ kind: 'listed', acls: [] });
    const allow = {
      principal: 'User:billing',
      host: '*',
      operation: AclOperationTypes.READ,
      permissionType: AclPermissionTypes.ALLOW,
      resourcePatternType: ResourcePatternTypes.LITERAL,
    };
    await cluster().admin((admin) =>
      admin.createAcls({
        acl: [
          { ...allow, resourceType: AclResourceTypes.TOPIC, resourceName: 'orders' },
          {
            ...allow,
            resourceType: AclResourceTypes.TRANSACTIONAL_ID,
            resourceName: 'billing-',
            resourcePatternType: ResourcePatternTypes.PREFIXED,
            operation: AclOperationTypes.WRITE,
          },
          {
            ...allow,
            principal: 'User:*',
            host: '10.0.0.1',
            resourceType: AclResourceTypes.GROUP,
            resourceName: '*',
            operation: AclOperationTypes.ALL,
            permissionType: AclPermissionTypes.DENY,
          },
        ],
      }),
    );
    const found = await reader.acls();
    expect(found.kind === 'listed' && found.acls.toSorted((a, b) => (a.resource < b.resource ? -1 : 1))).toEqual([
      {
        principal: 'User:*',
        host: '10.0.0.1',
        permission: 'deny',
        operation: 'all',
        resource: 'group',
        pattern: 'literal',
        name: '*',
      },
      {
        principal: 'User:billing',
        host: '*',
        permission: 'allow',
        operation: 'read',
        resource: 'topic',
        pattern: 'literal',
        name: 'orders',
      },
      {
        principal: 'User:billing',
        host: '*',
        permission: 'allow',
        operation: 'write',
        resource: 'transactional-id',
        pattern: 'prefixed',
        name: 'billing-',
      },
    ]);
  });
});
