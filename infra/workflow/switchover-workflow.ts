/** Switchover: both clusters are well, the clients go to the refuge and leave nothing behind. Only arrows. */
import { type State, Succeed } from 'aws-cdk-lib/aws-stepfunctions';
import { opening } from './opening.ts';
import { stage, type WorkflowContext } from './steps.ts';

export function switchoverWorkflow(context: WorkflowContext): State {
  const leaving = { phase: 'leaving', target: 'everyone' } as const;
  const producers = { phase: 'leaving', target: 'producers' } as const;
  const refuge = { phase: 'refuge', target: 'everyone' } as const;
  const home = { phase: 'home', target: 'everyone' } as const;

  const move = opening(context, leaving, home);
  const pin = stage(context, 'pin-positions', 'Pin positions', leaving);
  const publishLeaving = stage(context, 'publish-routing', 'Publish routing (leaving)', leaving);
  const awaitLeaving = stage(context, 'await-adoption', 'Await adoption (leaving)', producers);
  const fence = stage(context, 'measure-drain', 'Measure drain (home)', leaving);
  const publishRefuge = stage(context, 'publish-routing', 'Publish routing (refuge)', refuge);
  const awaitRefuge = stage(context, 'await-adoption', 'Await adoption (refuge)', refuge);
  const conclude = stage(context, 'conclude-move', 'Conclude move', refuge);
  const done = new Succeed(context.scope, 'The clients are served by their refuge');
  const publishUndone = stage(context, 'publish-routing', 'Publish routing (undone)', home);
  const awaitUndone = stage(context, 'await-adoption', 'Await adoption (undone)', home);
  const concludeUndone = stage(context, 'conclude-move', 'Conclude move (undone)', home);
  const undoneEnd = new Succeed(context.scope, 'The switchover is undone');

  const abort = move.giveUp;
  const { superseded } = move.ends;
  const undone = publishUndone.task;
  const nobodyIsLeft = awaitLeaving.hold({ proceed: fence.task, abort });

  move.leadTo(pin.task);
  pin.arrows('Are the positions pinned?', {
    pinned: publishLeaving.task,
    held: pin.hold({ proceed: publishLeaving.task, abort }),
    superseded,
  });
  publishLeaving.arrows('Are the producers told to leave?', {
    published: awaitLeaving.task,
    'not-needed': awaitLeaving.task,
    // Nothing is published yet.
    undone: abort,
    held: publishLeaving.hold({ proceed: awaitLeaving.task, abort }),
    superseded,
  });
  awaitLeaving.arrows('Have all producers left home?', {
    adopted: fence.task,
    stragglers: nobodyIsLeft,
    waiting: awaitLeaving.later(),
    undone,
    held: nobodyIsLeft,
    superseded,
  });
  fence.arrows('Have the consumers finished at home?', {
    drained: publishRefuge.task,
    'cut-over': publishRefuge.task,
    'keep-both': publishRefuge.task,
    draining: fence.later(),
    undone,
    held: fence.hold({ proceed: publishRefuge.task, abort }),
    superseded,
  });
  publishRefuge.arrows('Are the consumers told to follow?', {
    published: awaitRefuge.task,
    'not-needed': awaitRefuge.task,
    undone,
    held: publishRefuge.hold({ proceed: awaitRefuge.task, abort }),
    superseded,
  });
  awaitRefuge.arrows('Are the clients at the refuge?', {
    adopted: conclude.task,
    stragglers: conclude.task,
    waiting: awaitRefuge.later(),
    undone,
    held: awaitRefuge.hold({ proceed: conclude.task, abort }),
    superseded,
  });
  conclude.arrows('Is the switchover concluded?', {
    concluded: done,
    held: conclude.hold({ proceed: done, abort }),
    superseded,
  });
  publishUndone.arrows('Are the producers told to stay at home?', {
    published: awaitUndone.task,
    'not-needed': awaitUndone.task,
    undone: abort,
    held: publishUndone.hold({ proceed: awaitUndone.task, abort }),
    superseded,
  });
  awaitUndone.arrows('Are the producers home again?', {
    adopted: concludeUndone.task,
    stragglers: concludeUndone.task,
    waiting: awaitUndone.later(),
    undone: abort,
    held: awaitUndone.hold({ proceed: concludeUndone.task, abort }),
    superseded,
  });
  concludeUndone.arrows('Is the switchover closed?', {
    concluded: undoneEnd,
    held: concludeUndone.hold({ proceed: undoneEnd, abort }),
    superseded,
  });
  return move.start;
}
