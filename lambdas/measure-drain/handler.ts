/** Wiring of measure-drain. */
import { StepInput } from '../../core/contracts/workflow.ts';
import { kafkaBase } from '../adapters/kafka-wiring.ts';
import { observed } from '../shared/observed.ts';
import { measureDrain } from './measure-drain.ts';

const wired = kafkaBase('measure-drain');
export const handler = observed('measure-drain', StepInput, measureDrain(wired.ports, wired.config), wired);
