/** Wiring of ask-operator. */
import { AskOperatorInput } from '../../core/contracts/workflow.ts';
import { dynamoControlTable } from '../adapters/dynamodb/control.ts';
import { eventBridgeSink } from '../adapters/eventbridge/event-sink.ts';
import { snsNotifier } from '../adapters/sns/notifier.ts';
import { stepFunctions } from '../adapters/stepfunctions/workflows.ts';
import { base, MACHINES } from '../adapters/wiring.ts';
import { observed } from '../shared/observed.ts';
import { askOperator } from './ask-operator.ts';

const wired = base('ask-operator', 'MM2F_TOPIC_ARN', ...MACHINES);
const ports = {
  ...wired.ports,
  control: dynamoControlTable(wired.place),
  events: eventBridgeSink(wired.place),
  notifier: snsNotifier({ ...wired.place, topicArn: wired.env.MM2F_TOPIC_ARN }),
  workflows: stepFunctions(wired),
};
export const handler = observed('ask-operator', AskOperatorInput, askOperator(ports, wired.config, wired.place), wired);
