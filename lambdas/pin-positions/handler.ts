/** Wiring of pin-positions. */
import { StepInput } from '../../core/contracts/workflow.ts';
import { kafkaBase } from '../adapters/kafka-wiring.ts';
import { observed } from '../shared/observed.ts';
import { pinPositions } from './pin-positions.ts';

const wired = kafkaBase('pin-positions');
export const handler = observed('pin-positions', StepInput, pinPositions(wired.ports, wired.config), wired);
