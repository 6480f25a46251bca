/** Failback: home is well again, its clients return and process what was left there. Only arrows. */
import { type State, Succeed } from 'aws-cdk-lib/aws-stepfunctions';
import { opening } from './opening.ts';
import { stage, type WorkflowContext } from './steps.ts';

export function failbackWorkflow(context: WorkflowContext): State {
  const consumers = { phase: 'returning', target: 'consumers' } as const;
  const producers = { phase: 'returning', target: 'producers' } as const;
  const everyone = { phase: 'returning', target: 'everyone' } as const;
  const alone = { phase: 'recovering', target: 'everyone' } as const;
  const letWrite = { phase: 'recovering', target: 'producers' } as const;
  const home = { phase: 'home', target: 'everyone' } as const;

  const move = opening(context, consumers, { phase: 'refuge', target: 'everyone' });
  const publishConsumers = stage(context, 'publish-routing', 'Publish routing (returning consumers)', consumers);
  const awaitConsumers = stage(context, 'await-adoption', 'Await adoption (returning consumers)', consumers);
  const restore = stage(context, 'restore-positions', 'Restore positions', everyone);
  const publishProducers = stage(context, 'publish-routing', 'Publish routing (returning producers)', producers);
  const awaitProducers = stage(context, 'await-adoption', 'Await adoption (returning producers)', producers);
  const fence = stage(context, 'measure-drain', 'Measure drain (fence)', everyone);
  const publishAlone = stage(context, 'publish-routing', 'Publish routing (recovering)', alone);
  const awaitAlone = stage(context, 'await-adoption', 'Await adoption (recovering)', alone);
  const recover = stage(context, 'measure-drain', 'Measure drain (recovering)', alone);
  const publishWrite = stage(context, 'publish-routing', 'Publish routing (recovering producers)', letWrite);
  const awaitWrite = stage(context, 'await-adoption', 'Await adoption (recovering producers)', letWrite);
  const publishHome = stage(context, 'publish-routing', 'Publish routing (home)', home);
  const awaitHome = stage(context, 'await-adoption', 'Await adoption (home)', home);
  const conclude = stage(context, 'conclude-move', 'Conclude move', home);
  const done = new Succeed(context.scope, 'The clients are home again');

  const abort = move.giveUp;
  const { superseded } = move.ends;

  move.leadTo(publishConsumers.task);
  publishConsumers.arrows('Does anybody still read the remote topic?', {
    published: awaitConsumers.task,
    'not-needed': restore.task,
    held: publishConsumers.hold({ proceed: awaitConsumers.task, abort }),
    superseded,
    undone: abort,
  });
  awaitConsumers.arrows('Have the consumers left the remote topic?', {
    adopted: restore.task,
    stragglers: restore.task,
    waiting: awaitConsumers.later(),
    held: awaitConsumers.hold({ proceed: restore.task, abort }),
    superseded,
    undone: abort,
  });
  restore.arrows('Are the positions restored at home?', {
    restored: publishProducers.task,
    'restored-alone': publishAlone.task,
    held: restore.hold({ proceed: publishProducers.task, abort }),
    superseded,
  });
  publishProducers.arrows('Are the producers told to return?', {
    published: awaitProducers.task,
    'not-needed': awaitProducers.task,
    held: publishProducers.hold({ proceed: awaitProducers.task, abort }),
    superseded,
    undone: abort,
  });
  awaitProducers.arrows('Have the producers returned?', {
    adopted: fence.task,
    stragglers: fence.task,
    waiting: awaitProducers.later(),
    held: awaitProducers.hold({ proceed: fence.task, abort }),
    superseded,
    undone: abort,
  });
  fence.arrows('Have the consumers reached the fence?', {
    drained: publishHome.task,
    'cut-over': publishHome.task,
    'keep-both': publishHome.task,
    draining: fence.later(),
    held: fence.hold({ proceed: publishHome.task, abort }),
    superseded,
    undone: abort,
  });
  publishAlone.arrows('Are the clients told to go home without the refuge?', {
    published: awaitAlone.task,
    'not-needed': awaitAlone.task,
    held: publishAlone.hold({ proceed: awaitAlone.task, abort }),
    superseded,
    undone: abort,
  });
  awaitAlone.arrows('Have the clients gone home without the refuge?', {
    adopted: recover.task,
    stragglers: recover.task,
    waiting: awaitAlone.later(),
    held: awaitAlone.hold({ proceed: recover.task, abort }),
    superseded,
    undone: abort,
  });
  recover.arrows('Is what was written at the refuge read at home?', {
    drained: publishHome.task,
    'cut-over': publishHome.task,
    // What was copied is read: producers that wait for that may write, and consumers go on reading both.
    'keep-both': publishWrite.task,
    draining: recover.later(),
    held: recover.hold({ proceed: publishHome.task, abort }),
    superseded,
    undone: abort,
  });
  publishWrite.arrows('Are the producers told to write at home?', {
    published: awaitWrite.task,
    'not-needed': awaitWrite.task,
    held: publishWrite.hold({ proceed: awaitWrite.task, abort }),
    superseded,
    undone: abort,
  });
  awaitWrite.arrows('Do the producers write at home?', {
    adopted: recover.task,
    stragglers: recover.task,
    waiting: awaitWrite.later(),
    held: awaitWrite.hold({ proceed: recover.task, abort }),
    superseded,
    undone: abort,
  });
  publishHome.arrows('Are the clients told to go home?', {
    published: awaitHome.task,
    'not-needed': awaitHome.task,
    held: publishHome.hold({ proceed: awaitHome.task, abort }),
    superseded,
    undone: abort,
  });
  awaitHome.arrows('Are the clients home?', {
    adopted: conclude.task,
    stragglers: conclude.task,
    waiting: awaitHome.later(),
    held: awaitHome.hold({ proceed: conclude.task, abort }),
    superseded,
    undone: abort,
  });
  conclude.arrows('Is the failback concluded?', {
    concluded: done,
    held: conclude.hold({ proceed: done, abort }),
    superseded,
  });
  return move.start;
}
