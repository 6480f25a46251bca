/** Wiring of reconcile: one turn per copy interval; it writes the home region's copy of the control table. */
import * as z from 'zod';
import { perRegion } from '../adapters/calls.ts';
import { dynamoControlTable } from '../adapters/dynamodb/control.ts';
import { dynamoObservations } from '../adapters/dynamodb/observations.ts';
import { dynamoSharedLimits } from '../adapters/dynamodb/shared.ts';
import { eventBridgeSink } from '../adapters/eventbridge/event-sink.ts';
import { snsNotifier } from '../adapters/sns/notifier.ts';
import { ssmRoutingStore } from '../adapters/ssm/routing-store.ts';
import { stepFunctions } from '../adapters/stepfunctions/workflows.ts';
import { base, MACHINES } from '../adapters/wiring.ts';
import { everyInterval } from '../shared/loop.ts';
import { observed } from '../shared/observed.ts';
import { reconcile } from './reconcile.ts';

const wired = base('reconcile', 'MM2F_TOPIC_ARN', ...MACHINES);
const { place } = wired;
const controlOf = perRegion((region) => dynamoControlTable({ ...place, region }));
const outside = {
  routing: ssmRoutingStore(place.pair),
  events: eventBridgeSink(place),
  notifier: snsNotifier({ ...place, topicArn: wired.env.MM2F_TOPIC_ARN }),
  workflows: stepFunctions(wired),
};
const tables = {
  control: controlOf(place.region),
  controlOf,
  observations: dynamoObservations(place),
  shared: dynamoSharedLimits(wired.config, place),
};
const ports = { ...wired.ports, ...outside, ...tables };
const rhythm = { name: 'reconcile', seconds: wired.config.moves.copyIntervalSeconds };
const loop = () => everyInterval(ports, rhythm, reconcile(ports, wired.config, place));
export const handler = observed('reconcile', z.unknown(), loop, wired);
