/** The two tables of a pair in a region, and the one above the pairs. Items and access patterns: docs/architecture.md. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { names } from '../../core/config/pair.ts';
import { acknowledge } from './acknowledge.ts';

const KEYS = {
  partitionKey: { name: 'pk', type: AttributeType.STRING },
  sortKey: { name: 'sk', type: AttributeType.STRING },
  billingMode: BillingMode.PAY_PER_REQUEST,
} as const;

/** What probes saw: expires by itself, can be lost without harm, therefore goes with the stack. */
export function observationsTable(scope: Construct, pair: string): Table {
  const table = new Table(scope, 'Observations', {
    ...KEYS,
    tableName: names.observationsTable(pair),
    timeToLiveAttribute: 'expiresAt',
    removalPolicy: RemovalPolicy.DESTROY,
  });
  acknowledge(
    table,
    'AwsSolutions-DDB3',
    'Observations live for hours and are made again every few seconds; there is nothing to restore.',
  );
  return table;
}

/** Survives its stack, and can be put back to any second of the last weeks. */
const kept = {
  ...KEYS,
  pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
  deletionProtection: true,
  removalPolicy: RemovalPolicy.RETAIN,
} as const;

/** Claims, positions, decisions. */
export const controlTable = (scope: Construct, pair: string): Table =>
  new Table(scope, 'Control', {
    ...kept,
    tableName: names.controlTable(pair),
    // TTL is for what describes the present only (adoptions, samples); claims and decisions carry no expiresAt.
    timeToLiveAttribute: 'expiresAt',
  });

/** What limits automation of every pair: all that lies here ends by itself. */
export const sharedTable = (scope: Construct, tableName: string): Table =>
  new Table(scope, 'Shared', { ...kept, tableName, timeToLiveAttribute: 'expiresAt' });
