import { describe, expect, test } from '@jest/globals';
import type { Acl, Acls } from '../../../core/contracts/readiness.ts';
import { judgePreparation } from '../../../core/readiness/checks.ts';
import type { Preparation } from '../../../core/readiness/preparation.ts';
import {
  preparation,
  read,
  readinessLook,
  registryLook,
  side,
  sideLook,
  unread,
} from '../../support/builders/readiness.ts';

const found = (changes: Partial<Preparation>) =>
  judgePreparation(preparation(changes)).filter(({ id }) => id !== 'mirror-version');
const said = (changes: Partial<Preparation>) =>
  found(changes).map(({ severity, id, cluster, subject }) => `${severity} ${id} ${cluster} ${subject}`);

const acl = (changes: Partial<Acl> = {}): Acl => ({
  principal: 'User:app',
  host: '*',
  permission: 'allow',
  operation: 'read',
  resource: 'topic',
  pattern: 'literal',
  name: 'orders',
  ...changes,
});
const listed = (...acls: readonly Acl[]): Acls => ({ kind: 'listed', acls: [...acls] });
const withAcls = (home: Acls, refuge: Acls): Partial<Preparation> => ({
  look: readinessLook({ home: sideLook({ acls: read(home) }), refuge: sideLook({ acls: read(refuge) }) }),
});

describe('rights', () => {
  test('who reads at home needs the topic and its copy at the refuge', () => {
    expect(found(withAcls(listed(acl()), listed())).map(({ fix }) => fix)).toEqual([
      'kafka-acls.sh --bootstrap-server k2:9092 --add --allow-principal User:app --operation Read --topic orders',
      'kafka-acls.sh --bootstrap-server k2:9092 --add --allow-principal User:app --operation Read --topic K1.orders',
    ]);
  });

  test('who writes at home needs to write there; a group needs Read', () => {
    const home = listed(acl({ operation: 'write' }), acl({ resource: 'group', name: 'billing' }));
    expect(said(withAcls(home, listed()))).toEqual([
      'warns acls K2 User:app write topic orders',
      'warns acls K2 User:app read group billing',
    ]);
  });

  test.each([
    ['by prefix', [acl({ pattern: 'prefixed', name: 'ord' }), acl({ name: 'K1.orders' })], 0],
    ['by a wildcard for all topics', [acl({ name: '*' })], 0],
    ['as everybody', [acl({ principal: 'User:*', name: '*' })], 0],
    ['by "all"', [acl({ operation: 'all', name: '*' })], 0],
    ['from one host only: not to be relied on', [acl({ name: '*', host: '10.0.0.1' })], 2],
    ['and denied for the copy', [acl({ name: '*' }), acl({ permission: 'deny', name: 'K1.orders' })], 1],
    ['for another operation', [acl({ operation: 'describe', name: '*' })], 2],
    ['of a group with that name', [acl({ resource: 'group', name: '*' })], 2],
  ] as const)('allowed there %s: %# lacks', (_story, refuge, lacking) => {
    expect(found(withAcls(listed(acl()), listed(...refuge)))).toHaveLength(lacking);
  });

  test('a topic that is not of this set needs nothing', () => {
    expect(said(withAcls(listed(acl({ name: 'other' })), listed()))).toEqual([]);
  });

  test('a refuge without an authorizer lets everybody in', () => {
    expect(said(withAcls(listed(acl()), { kind: 'no-authorizer' }))).toEqual([]);
  });

  test('a home without one tells nothing about who the clients are', () => {
    expect(said(withAcls({ kind: 'no-authorizer' }, listed()))).toEqual(['unknown acls K2 rights of clients']);
  });

  test('ACLs that we may not see are unknown', () => {
    const look = readinessLook({ home: sideLook({ acls: unread('CLUSTER_AUTHORIZATION_FAILED') }) });
    expect(said({ look })).toEqual(['unknown acls K1 ACLs']);
  });

  test('IAM: said, not compared', () => {
    const look = readinessLook({ refuge: sideLook({ acls: unread('IAM') }) });
    expect(said({ look, refuge: side('K2', { rights: 'iam' }) })).toEqual(['informs acls K2 rights of clients']);
  });
});

const sides = {
  home: side('K1', { registry: 'http://r1' }),
  refuge: side('K2', { registry: 'http://r2' }),
};
const withRegistries = (
  home: ReturnType<typeof registryLook>,
  refuge: ReturnType<typeof registryLook>,
): Partial<Preparation> => ({
  ...sides,
  look: readinessLook({ home: sideLook({ registry: home }), refuge: sideLook({ registry: refuge }) }),
});

describe('schemas', () => {
  test('the same schemas under the same ids, checked alike: nothing to say', () => {
    const both = registryLook(
      {
        'orders-value': [
          [1, 'a'],
          [2, 'b'],
        ],
      },
      { '1': 'a', '2': 'b' },
    );
    expect(said(withRegistries(both, both))).toEqual([]);
  });

  test('topics without schemas on either side: nothing to say', () => {
    const none = registryLook({ 'orders-value': [], 'orders-key': [] });
    expect(said(withRegistries(none, none))).toEqual([]);
  });

  test('a subject is missing: its newest version is to be copied with its id', () => {
    const refuge = registryLook({ 'orders-value': [] }, { '7': 'a' });
    expect(found(withRegistries(registryLook({ 'orders-value': [[7, 'a']] }), refuge))).toEqual([
      expect.objectContaining({
        severity: 'warns',
        id: 'schema-subjects',
        cluster: 'K2',
        subject: 'orders-value',
        fix: expect.stringMatching(
          /^curl .*"mode":"IMPORT".* http:\/\/r2\/mode\/orders-value && curl -fsS http:\/\/r1\/subjects\/orders-value\/versions\/1 \| jq .* http:\/\/r2\/subjects\/orders-value\/versions && curl .*"mode":"READWRITE"/,
        ),
      }),
    ]);
  });

  test.each([
    ['nothing', { '7': null }, 'means nothing at K2: consumers of the remote topic cannot read such records'],
    ['nothing, as nobody asked', {}, 'means nothing at K2'],
    ['another schema', { '7': 'z' }, 'means another schema at K2: consumers of the remote topic misread such records'],
  ])("home's id means %s there", (_story, ids, sentence) => {
    const refuge = registryLook({ 'orders-value': [[9, 'a']] }, ids);
    expect(found(withRegistries(registryLook({ 'orders-value': [[7, 'a']] }), refuge))).toEqual([
      expect.objectContaining({
        severity: 'warns',
        id: 'schema-ids',
        subject: 'orders-value id 7',
        sentence: expect.stringContaining(sentence),
      }),
    ]);
  });

  test('a version that the refuge lacks', () => {
    const home = registryLook({
      'orders-value': [
        [1, 'a'],
        [2, 'b'],
      ],
    });
    const refuge = registryLook({ 'orders-value': [[1, 'a']] }, { '1': 'a', '2': 'b' });
    expect(found(withRegistries(home, refuge)).map(({ sentence }) => sentence)).toEqual([
      '"orders-value" at K2 lacks the schema of version 2 of K1',
    ]);
  });

  test('versions in another order are no difference', () => {
    const ids = { '1': 'a', '2': 'b' };
    const home = registryLook(
      {
        'orders-value': [
          [1, 'a'],
          [2, 'b'],
        ],
      },
      ids,
    );
    const refuge = registryLook(
      {
        'orders-value': [
          [2, 'b'],
          [1, 'a'],
        ],
      },
      ids,
    );
    expect(said(withRegistries(home, refuge))).toEqual([]);
  });

  test('another level of compatibility', () => {
    const home = registryLook({ 'orders-value': [[1, 'a']] }, {}, 'FULL');
    const refuge = registryLook({ 'orders-value': [[1, 'a']] }, { '1': 'a' }, 'NONE');
    expect(found(withRegistries(home, refuge)).map(({ fix }) => fix)).toEqual([
      expect.stringContaining(`'{"compatibility":"FULL"}' http://r2/config/orders-value`),
    ]);
  });

  test('a subject at the refuge alone informs', () => {
    const home = registryLook({ 'orders-value': [] });
    const refuge = registryLook({ 'orders-value': [[1, 'a']] });
    expect(said(withRegistries(home, refuge))).toEqual(['informs schema-subjects K1 orders-value']);
  });

  test('a registry that does not answer is unknown', () => {
    expect(said(withRegistries(registryLook({}), unread('HTTP 500')))).toEqual([
      'unknown schema-registry K2 schema registry',
    ]);
  });

  test('one that was configured after the last look is unknown', () => {
    expect(said({ ...sides })).toEqual([
      'unknown schema-registry K1 schema registry',
      'unknown schema-registry K2 schema registry',
    ]);
  });

  test('only one side has a registry', () => {
    expect(said({ refuge: sides.refuge })).toEqual(['informs schema-registry K1 schema registry']);
  });

  test('both sides share one: ids agree, and it is one thing to lose', () => {
    expect(said({ home: sides.home, refuge: side('K2', { registry: 'http://r1' }) })).toEqual([
      'informs schema-registry K1 schema registry',
    ]);
  });
});
