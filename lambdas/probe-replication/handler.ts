/** Wiring of probe-replication: one turn per interval, for as long as the invocation lasts. */
import * as z from 'zod';
import { dynamoControlTable } from '../adapters/dynamodb/control.ts';
import { dynamoObservations } from '../adapters/dynamodb/observations.ts';
import { kafkaPorts } from '../adapters/kafka/index.ts';
import { secretsManager } from '../adapters/secrets.ts';
import { base } from '../adapters/wiring.ts';
import { everyInterval } from '../shared/loop.ts';
import { observed } from '../shared/observed.ts';
import { probeReplication } from './probe-replication.ts';

const wired = base('probe-replication');
const kafka = kafkaPorts(wired.config, secretsManager(), wired.log);
const ports = {
  ...wired.ports,
  kafka,
  control: dynamoControlTable(wired.place),
  observations: dynamoObservations(wired.place),
};
const rhythm = { name: 'probe-replication', seconds: wired.config.replication.sampleIntervalSeconds };
const loop = () => everyInterval(ports, rhythm, probeReplication(ports, wired.config, wired.place));
export const handler = observed('probe-replication', z.unknown(), loop, { ...wired, close: () => kafka.closeAll() });
