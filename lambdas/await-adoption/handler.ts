/** Wiring of await-adoption. */
import { StepInput } from '../../core/contracts/workflow.ts';
import { kafkaBase } from '../adapters/kafka-wiring.ts';
import { observed } from '../shared/observed.ts';
import { awaitAdoption } from './await-adoption.ts';

const wired = kafkaBase('await-adoption');
export const handler = observed('await-adoption', StepInput, awaitAdoption(wired.ports, wired.config), wired);
