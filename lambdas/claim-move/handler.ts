/** Wiring of claim-move. */
import { ClaimMoveInput } from '../../core/contracts/workflow.ts';
import { dynamoControlTable } from '../adapters/dynamodb/control.ts';
import { dynamoObservations } from '../adapters/dynamodb/observations.ts';
import { dynamoSharedLimits } from '../adapters/dynamodb/shared.ts';
import { eventBridgeSink } from '../adapters/eventbridge/event-sink.ts';
import { lambdaHooks } from '../adapters/lambda/hooks.ts';
import { ssmScratch } from '../adapters/ssm/scratch.ts';
import { stepFunctions } from '../adapters/stepfunctions/workflows.ts';
import { base, MACHINES } from '../adapters/wiring.ts';
import { observed } from '../shared/observed.ts';
import { claimMove } from './claim-move.ts';

const wired = base('claim-move', ...MACHINES);
const ports = {
  ...wired.ports,
  control: dynamoControlTable(wired.place),
  shared: dynamoSharedLimits(wired.config, wired.place),
  observations: dynamoObservations(wired.place),
  events: eventBridgeSink(wired.place),
  workflows: stepFunctions(wired),
  scratch: ssmScratch(wired.place.pair),
  hooks: lambdaHooks(),
};
export const handler = observed('claim-move', ClaimMoveInput, claimMove(ports, wired.config, wired.place), wired);
