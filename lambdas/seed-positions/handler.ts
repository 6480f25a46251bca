/** Wiring of seed-positions: one turn per interval, for as long as the invocation lasts. */
import * as z from 'zod';
import { dynamoControlTable } from '../adapters/dynamodb/control.ts';
import { dynamoObservations } from '../adapters/dynamodb/observations.ts';
import { kafkaPorts } from '../adapters/kafka/index.ts';
import { secretsManager } from '../adapters/secrets.ts';
import { base } from '../adapters/wiring.ts';
import { everyInterval } from '../shared/loop.ts';
import { observed } from '../shared/observed.ts';
import { seedPositions } from './seed-positions.ts';

const wired = base('seed-positions');
const kafka = kafkaPorts(wired.config, secretsManager(), wired.log);
const ports = {
  ...wired.ports,
  kafka,
  control: dynamoControlTable(wired.place),
  observations: dynamoObservations(wired.place),
};
const rhythm = { name: 'seed-positions', seconds: wired.config.moves.seedIntervalSeconds };
const loop = () => everyInterval(ports, rhythm, seedPositions(ports, wired.config, wired.place));
export const handler = observed('seed-positions', z.unknown(), loop, { ...wired, close: () => kafka.closeAll() });
