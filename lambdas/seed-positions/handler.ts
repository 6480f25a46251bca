/** Wiring of seed-positions: one turn per interval, for as long as the invocation lasts. */
import * as z from 'zod';
import { dynamoSharedLimits } from '../adapters/dynamodb/shared.ts';
import { kafkaBase } from '../adapters/kafka-wiring.ts';
import { everyInterval } from '../shared/loop.ts';
import { observed } from '../shared/observed.ts';
import { seedPositions } from './seed-positions.ts';

const wired = kafkaBase('seed-positions');
const rhythm = { name: 'seed-positions', seconds: wired.config.moves.seedIntervalSeconds };
const ports = { ...wired.ports, shared: dynamoSharedLimits(wired.config, wired.place) };
const turn = seedPositions(ports, wired.config, wired.place);
export const handler = observed('seed-positions', z.unknown(), () => everyInterval(ports, rhythm, turn), wired);
