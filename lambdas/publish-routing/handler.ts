/** Wiring of publish-routing. */
import { StepInput } from '../../core/contracts/workflow.ts';
import { dynamoControlTable } from '../adapters/dynamodb/control.ts';
import { eventBridgeSink } from '../adapters/eventbridge/event-sink.ts';
import { ssmRoutingStore } from '../adapters/ssm/routing-store.ts';
import { base } from '../adapters/wiring.ts';
import { observed } from '../shared/observed.ts';
import { publishRouting } from './publish-routing.ts';

const wired = base('publish-routing');
const ports = {
  ...wired.ports,
  control: dynamoControlTable(wired.place),
  routing: ssmRoutingStore(wired.place.pair),
  events: eventBridgeSink(wired.place),
};
export const handler = observed('publish-routing', StepInput, publishRouting(ports, wired.config), wired);
