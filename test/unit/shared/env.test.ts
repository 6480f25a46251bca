import { expect, test } from '@jest/globals';
import { FunctionEnv } from '../../../core/contracts/environment.ts';
import { readEnv } from '../../../lambdas/shared/env.ts';

test('every problem is named at once, with the value that was found', () => {
  const strict = FunctionEnv.required({ MM2F_TOPIC_ARN: true });
  expect(() => readEnv(strict, { AWS_REGION: 'Frankfurt' })).toThrow(
    /AWS_REGION is "Frankfurt"; allowed: .*; MM2F_CONFIG_VERSION is missing; MM2F_TOPIC_ARN is missing; deploy the stack again/,
  );
});

test('variables of others in the environment do not matter', () => {
  expect(readEnv(FunctionEnv, { AWS_REGION: 'eu-west-1', MM2F_CONFIG_VERSION: 'a1', PATH: '/bin' })).toEqual({
    AWS_REGION: 'eu-west-1',
    MM2F_CONFIG_VERSION: 'a1',
  });
});
