/** Wiring of await-adoption. */
import { StepInput } from '../../core/contracts/workflow.ts';
import { dynamoControlTable } from '../adapters/dynamodb/control.ts';
import { kafkaPorts } from '../adapters/kafka/index.ts';
import { secretsManager } from '../adapters/secrets.ts';
import { base } from '../adapters/wiring.ts';
import { observed } from '../shared/observed.ts';
import { awaitAdoption } from './await-adoption.ts';

const wired = base('await-adoption');
const kafka = kafkaPorts(wired.config, secretsManager(), wired.log);
const ports = { ...wired.ports, kafka, control: dynamoControlTable(wired.place) };
export const handler = observed('await-adoption', StepInput, awaitAdoption(ports, wired.config), {
  ...wired,
  close: () => kafka.closeAll(),
});
