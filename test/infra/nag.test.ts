import { describe, expect, test } from '@jest/globals';
import type { PairConfig } from '../../core/config/schema.ts';
import { configOf, synthesize } from '../support/synthesized.ts';

/** Each is synthesized with CloudFormation's own rules and cdk-nag's AwsSolutions pack; a finding throws. */
describe('every example is a valid config and passes cdk-nag', () => {
  test.each([
    ['one-region', ['eu-central-1']],
    ['two-regions-witness', ['eu-central-1', 'eu-west-1', 'eu-west-3']],
    ['msk-iam', ['us-east-1', 'us-west-2']],
    ['scram', ['eu-central-1', 'eu-west-1', 'eu-west-3']],
    ['mtls', ['eu-central-1', 'eu-west-1', 'eu-west-3']],
  ])(
    '%s makes one stack in each of %j',
    (example, regions) => {
      expect([...synthesize(configOf(example), { validated: true }).keys()].toSorted()).toEqual(regions);
    },
    120_000,
  );

  test('so do the pair with a table above it, and the stacks of that table', () => {
    const config = { ...configOf('two-regions-witness'), shared: { table: 'mm2-failover-shared' } };
    expect(synthesize(config, { validated: true }).size).toBe(3);
    expect([...synthesize(config, { validated: true, shared: true }).values()].map(({ name }) => name)).toEqual([
      'mm2-failover-shared-eu-central-1',
      'mm2-failover-shared-eu-west-1',
    ]);
  }, 120_000);

  test('so does one with restart hooks of both kinds', () => {
    const config = configOf('two-regions-witness');
    const hooks = [
      { restart: { function: 'arn:aws:lambda:eu-west-1:111122223333:function:restart' } },
      { restart: { automation: 'Restart', role: 'arn:aws:iam::111122223333:role/restart', parameters: {} } },
    ];
    const sets = Object.entries(config.clientSets).map(([name, set], i) => [name, { ...set, hooks: hooks[i] }]);
    const hooked = { ...config, clientSets: Object.fromEntries(sets) as PairConfig['clientSets'] };
    expect(synthesize(hooked, { validated: true }).size).toBe(3);
  }, 120_000);
});
