/** Wiring of conclude-move. */
import { StepInput } from '../../core/contracts/workflow.ts';
import { dynamoControlTable } from '../adapters/dynamodb/control.ts';
import { dynamoSharedLimits } from '../adapters/dynamodb/shared.ts';
import { eventBridgeSink } from '../adapters/eventbridge/event-sink.ts';
import { snsNotifier } from '../adapters/sns/notifier.ts';
import { base } from '../adapters/wiring.ts';
import { observed } from '../shared/observed.ts';
import { concludeMove } from './conclude-move.ts';

const wired = base('conclude-move', 'MM2F_TOPIC_ARN');
const ports = {
  ...wired.ports,
  control: dynamoControlTable(wired.place),
  shared: dynamoSharedLimits(wired.config, wired.place),
  events: eventBridgeSink(wired.place),
  notifier: snsNotifier({ ...wired.place, topicArn: wired.env.MM2F_TOPIC_ARN }),
};
export const handler = observed('conclude-move', StepInput, concludeMove(ports, wired.config, wired.place), wired);
