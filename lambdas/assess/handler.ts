/** Wiring of assess: one turn per probe interval; it reads the tables of every vantage. */
import * as z from 'zod';
import { perRegion } from '../adapters/calls.ts';
import { cloudWatchAlarms } from '../adapters/cloudwatch/alarms.ts';
import { dynamoControlTable } from '../adapters/dynamodb/control.ts';
import { dynamoObservations } from '../adapters/dynamodb/observations.ts';
import { dynamoSharedLimits } from '../adapters/dynamodb/shared.ts';
import { eventBridgeSink } from '../adapters/eventbridge/event-sink.ts';
import { base } from '../adapters/wiring.ts';
import { everyInterval } from '../shared/loop.ts';
import { observed } from '../shared/observed.ts';
import { assess } from './assess.ts';

const wired = base('assess');
const observationsOf = perRegion((region) => dynamoObservations({ ...wired.place, region }));
const ports = {
  ...wired.ports,
  observations: observationsOf(wired.place.region),
  observationsOf,
  alarms: cloudWatchAlarms(),
  control: dynamoControlTable(wired.place),
  shared: dynamoSharedLimits(wired.config, wired.place),
  events: eventBridgeSink(wired.place),
};
const rhythm = { name: 'assess', seconds: wired.config.probe.intervalSeconds };
const loop = () => everyInterval(ports, rhythm, assess(ports, wired.config, wired.place));
export const handler = observed('assess', z.unknown(), loop, wired);
