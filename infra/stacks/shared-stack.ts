/** The table above the pairs of one region. Belongs to no pair: pairs name it, and none of their stacks makes or changes it. */
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { sharedTable } from '../constructs/tables.ts';

export class SharedStack extends Stack {
  constructor(scope: Construct, id: string, { table, region }: { readonly table: string; readonly region: string }) {
    super(scope, id, {
      env: { region },
      description: `mm2-failover: limits of every pair in ${region}`,
      tags: { 'mm2-failover:shared': table },
    });
    const { tableArn } = sharedTable(this, table);
    new CfnOutput(this, 'SharedTableArn', { value: tableArn, description: 'Pause of every pair' });
  }
}
