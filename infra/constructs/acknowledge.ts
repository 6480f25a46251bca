/** Findings of cdk-nag that are right about what they see and accepted for a reason. */
import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** `id` as cdk-nag prints it, e.g. `AwsSolutions-DDB3` or `AwsSolutions-IAM5[Resource::*]`. */
export const acknowledge = (construct: IConstruct, id: string, reason: string): void => {
  Validations.of(construct).acknowledge({ id, reason });
};
