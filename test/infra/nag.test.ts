import { describe, expect, test } from '@jest/globals';
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
});
