/** How every move begins (claim, approval) and how it is given up: the same arrows in both workflows. */
import type { State } from 'aws-cdk-lib/aws-stepfunctions';
import type { StepInput } from '../../core/contracts/workflow.ts';
import { approval, claimAgainStage, claimStage, ends, stage, type WorkflowContext } from './steps.ts';

type About = Pick<StepInput, 'phase' | 'target'>;

export interface Opening {
  readonly start: State;
  /** "Conclude move (aborted)": gives the claim back; after the first published routing it refuses by `held`. */
  readonly giveUp: State;
  readonly ends: ReturnType<typeof ends>;
  /** Draws the arrows once the first stage of the move exists. */
  leadTo(firstStage: State): void;
}

/** `begin`: what the first stage is about. `stay`: where the clients are when the move is given up. */
export function opening(context: WorkflowContext, begin: About, stay: About): Opening {
  const end = ends(context.scope);
  const claim = claimStage(context, begin);
  const claimAgain = claimAgainStage(context, begin);
  const giveUp = stage(context, 'conclude-move', 'Conclude move (aborted)', stay);
  return {
    start: claim.task,
    giveUp: giveUp.task,
    ends: end,
    leadTo: (firstStage) => {
      const ask = approval(context, begin, { approve: claimAgain.task, abort: giveUp.task });
      const shared = {
        claimed: firstStage,
        'approval-needed': ask,
        aborted: giveUp.task,
        'already-handled': end.alreadyHandled,
        'dry-run': end.dryRun,
        stale: end.stale,
        refused: end.refused,
        declined: end.declined,
        invalid: end.invalid,
      };
      claim.arrows('Is the move claimed?', {
        ...shared,
        unconfirmed: claim.later(),
        held: claim.hold({ proceed: firstStage, abort: giveUp.task }),
      });
      claimAgain.arrows('Is it still right after the approval?', {
        ...shared,
        unconfirmed: claimAgain.later(),
        held: claimAgain.hold({ proceed: firstStage, abort: giveUp.task }),
      });
      // Past the point of no return `proceed` means forward: steps that are true already pass through to where the move stood.
      giveUp.arrows('Is the move given up?', {
        concluded: end.aborted,
        held: giveUp.hold({ proceed: firstStage, abort: giveUp.task }),
        superseded: end.superseded,
      });
    },
  };
}
