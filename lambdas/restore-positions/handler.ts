/** Wiring of restore-positions. */
import { StepInput } from '../../core/contracts/workflow.ts';
import { kafkaBase } from '../adapters/kafka-wiring.ts';
import { observed } from '../shared/observed.ts';
import { restorePositions } from './restore-positions.ts';

const wired = kafkaBase('restore-positions');
export const handler = observed('restore-positions', StepInput, restorePositions(wired.ports, wired.config), wired);
