/** Wiring of pin-positions. */
import { StepInput } from '../../core/contracts/workflow.ts';
import { dynamoControlTable } from '../adapters/dynamodb/control.ts';
import { dynamoObservations } from '../adapters/dynamodb/observations.ts';
import { kafkaPorts } from '../adapters/kafka/index.ts';
import { secretsManager } from '../adapters/secrets.ts';
import { base } from '../adapters/wiring.ts';
import { observed } from '../shared/observed.ts';
import { pinPositions } from './pin-positions.ts';

const wired = base('pin-positions');
const kafka = kafkaPorts(wired.config, secretsManager(), wired.log);
const ports = {
  ...wired.ports,
  kafka,
  control: dynamoControlTable(wired.place),
  observations: dynamoObservations(wired.place),
};
export const handler = observed('pin-positions', StepInput, pinPositions(ports, wired.config), {
  ...wired,
  close: () => kafka.closeAll(),
});
