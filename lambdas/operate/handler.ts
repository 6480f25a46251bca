/** Wiring of operate. The command is checked inside, so that a wrong one is answered instead of thrown back. */
import * as z from 'zod';
import { dynamoControlTable } from '../adapters/dynamodb/control.ts';
import { dynamoSharedLimits } from '../adapters/dynamodb/shared.ts';
import { ssmRoutingStore } from '../adapters/ssm/routing-store.ts';
import { stepFunctions } from '../adapters/stepfunctions/workflows.ts';
import { base, MACHINES } from '../adapters/wiring.ts';
import { observed } from '../shared/observed.ts';
import { operate } from './operate.ts';

const wired = base('operate', ...MACHINES);
const ports = {
  ...wired.ports,
  control: dynamoControlTable(wired.place),
  shared: dynamoSharedLimits(wired.config, wired.place),
  routing: ssmRoutingStore(wired.place.pair),
  workflows: stepFunctions(wired),
};
export const handler = observed('operate', z.unknown(), operate(ports, wired.config, wired.place), wired);
