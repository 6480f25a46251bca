/** Wiring of measure-drain. */
import { StepInput } from '../../core/contracts/workflow.ts';
import { dynamoControlTable } from '../adapters/dynamodb/control.ts';
import { dynamoObservations } from '../adapters/dynamodb/observations.ts';
import { kafkaPorts } from '../adapters/kafka/index.ts';
import { secretsManager } from '../adapters/secrets.ts';
import { base } from '../adapters/wiring.ts';
import { observed } from '../shared/observed.ts';
import { measureDrain } from './measure-drain.ts';

const wired = base('measure-drain');
const kafka = kafkaPorts(wired.config, secretsManager(), wired.log);
const ports = {
  ...wired.ports,
  kafka,
  control: dynamoControlTable(wired.place),
  observations: dynamoObservations(wired.place),
};
export const handler = observed('measure-drain', StepInput, measureDrain(ports, wired.config), {
  ...wired,
  close: () => kafka.closeAll(),
});
