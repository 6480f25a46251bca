/** The end of a move whose place was taken: on record, told, and nobody is asked about it any more. */
import type { Claim } from '../../core/contracts/tables.ts';
import { tellBus } from '../shared/tell.ts';
import type { Desk } from './desk.ts';

/** After the write that ended it. May run twice: the decision is one, the news may come twice. */
export async function endSuperseded(desk: Desk, by: Claim): Promise<void> {
  const { ports, config, asked, here } = desk;
  const { supersedes } = by;
  if (supersedes === undefined) return;
  const clientSet = asked.placed.name;
  const { epoch, execution, move = 'failback' } = supersedes;
  const atMs = ports.clock.nowMs();
  const { home, refuge } = asked.placed;
  const [lost, other] = by.input.refugeLost ? [refuge, home] : [home, refuge];
  const sentence = `the ${move} of "${clientSet}" (epoch ${epoch}) is superseded: ${lost} is lost, epoch ${by.epoch} takes the clients to ${other}`;
  await ports.control.putDecision({
    id: `${clientSet}-${epoch}-superseded`,
    pair: config.pair,
    clientSet,
    atMs,
    epochSeen: epoch,
    move,
    trigger: by.trigger,
    requestedBy: by.requestedBy,
    kind: 'superseded',
    sentence,
    reasons: [by.reason],
    guards: [],
    inputs: { execution, by: by.execution },
    configVersion: here.configVersion,
  });
  await endItsQuestion(desk, epoch, sentence);
  await tellBus(ports, {
    name: 'MoveFinished',
    detail: { pair: config.pair, clientSet, epoch, move, observedAtMs: atMs, sentence, outcome: 'superseded' },
  });
}

/** It waits for a person who must not be asked any more; any answer leads it to the fence. */
async function endItsQuestion({ ports, asked }: Desk, epoch: number, note: string): Promise<void> {
  const question = await ports.control.question(asked.placed.name);
  if (question?.epoch !== epoch) return;
  const kind = question.question === 'approval' ? 'reject' : 'abort';
  await ports.workflows.answer(question.taskToken, { kind, by: 'mm2-failover', note });
  await ports.control.clearQuestion(asked.placed.name, question.taskToken);
}
