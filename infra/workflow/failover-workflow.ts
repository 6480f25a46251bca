/** Failover: home is lost, its clients go to the refuge and finish the remote topic there. Only arrows. */
import { type State, Succeed } from 'aws-cdk-lib/aws-stepfunctions';
import { opening } from './opening.ts';
import { stage, type WorkflowContext } from './steps.ts';

export function failoverWorkflow(context: WorkflowContext): State {
  const draining = { phase: 'draining', target: 'everyone' } as const;
  const refuge = { phase: 'refuge', target: 'everyone' } as const;

  const move = opening(context, draining, { phase: 'home', target: 'everyone' });
  const pin = stage(context, 'pin-positions', 'Pin positions', draining);
  const publishDraining = stage(context, 'publish-routing', 'Publish routing (draining)', draining);
  const awaitDraining = stage(context, 'await-adoption', 'Await adoption (draining)', draining);
  const drain = stage(context, 'measure-drain', 'Measure drain', draining);
  const publishRefuge = stage(context, 'publish-routing', 'Publish routing (refuge)', refuge);
  const awaitRefuge = stage(context, 'await-adoption', 'Await adoption (refuge)', refuge);
  const conclude = stage(context, 'conclude-move', 'Conclude move', refuge);
  const done = new Succeed(context.scope, 'The clients are served by their refuge');

  /** Also for "undone", which only steps of a switchover answer. */
  const abort = move.giveUp;
  const { superseded } = move.ends;

  move.leadTo(pin.task);
  pin.arrows('Are the positions pinned?', {
    pinned: publishDraining.task,
    held: pin.hold({ proceed: publishDraining.task, abort }),
    superseded,
  });
  publishDraining.arrows('Are the clients told to move and drain?', {
    published: awaitDraining.task,
    'not-needed': awaitDraining.task,
    held: publishDraining.hold({ proceed: awaitDraining.task, abort }),
    superseded,
    undone: abort,
  });
  awaitDraining.arrows('Have the clients moved?', {
    adopted: drain.task,
    stragglers: drain.task,
    waiting: awaitDraining.later(),
    held: awaitDraining.hold({ proceed: drain.task, abort }),
    superseded,
    undone: abort,
  });
  drain.arrows('Is the remote topic finished?', {
    drained: publishRefuge.task,
    'cut-over': publishRefuge.task,
    'keep-both': publishRefuge.task,
    draining: drain.later(),
    held: drain.hold({ proceed: publishRefuge.task, abort }),
    superseded,
    undone: abort,
  });
  publishRefuge.arrows('Are the clients told to read the local topic?', {
    published: awaitRefuge.task,
    'not-needed': awaitRefuge.task,
    held: publishRefuge.hold({ proceed: awaitRefuge.task, abort }),
    superseded,
    undone: abort,
  });
  awaitRefuge.arrows('Do the clients read the local topic?', {
    adopted: conclude.task,
    stragglers: conclude.task,
    waiting: awaitRefuge.later(),
    held: awaitRefuge.hold({ proceed: conclude.task, abort }),
    superseded,
    undone: abort,
  });
  conclude.arrows('Is the failover concluded?', {
    concluded: done,
    held: conclude.hold({ proceed: done, abort }),
    superseded,
  });
  return move.start;
}
