/** Wiring of restore-positions. */
import { StepInput } from '../../core/contracts/workflow.ts';
import { dynamoControlTable } from '../adapters/dynamodb/control.ts';
import { kafkaPorts } from '../adapters/kafka/index.ts';
import { secretsManager } from '../adapters/secrets.ts';
import { base } from '../adapters/wiring.ts';
import { observed } from '../shared/observed.ts';
import { restorePositions } from './restore-positions.ts';

const wired = base('restore-positions');
const kafka = kafkaPorts(wired.config, secretsManager(), wired.log);
const ports = { ...wired.ports, kafka, control: dynamoControlTable(wired.place) };
export const handler = observed('restore-positions', StepInput, restorePositions(ports, wired.config), {
  ...wired,
  close: () => kafka.closeAll(),
});
