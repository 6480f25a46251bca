/** What every function that speaks Kafka has beside the base: both clusters, the control table, this region's observations. */
import type { PairConfig } from '../../core/config/schema.ts';
import type { FunctionName } from '../../core/contracts/environment.ts';
import { dynamoControlTable } from './dynamodb/control.ts';
import { dynamoObservations } from './dynamodb/observations.ts';
import { PATIENCE, type Patience } from './kafka/connection.ts';
import { kafkaPorts } from './kafka/index.ts';
import { secretsManager } from './secrets.ts';
import { base } from './wiring.ts';

export function kafkaBase(name: FunctionName, patienceFor: (config: PairConfig) => Patience = () => PATIENCE) {
  const wired = base(name);
  const kafka = kafkaPorts(wired.config, secretsManager(), wired.log, patienceFor(wired.config));
  const tables = { control: dynamoControlTable(wired.place), observations: dynamoObservations(wired.place) };
  return { ...wired, ports: { ...wired.ports, ...tables, kafka }, close: () => kafka.closeAll() };
}
