/** The drill's own eyes on both clusters: the readers of the deployed functions, from this process. */
import type { PairConfig } from '../../core/config/schema.ts';
import { kafkaPorts } from '../../lambdas/adapters/kafka/index.ts';
import type { KafkaPorts } from '../../lambdas/adapters/kafka/index.ts';
import type { World } from '../support/world/world.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Closed with the world. */
export function readersOf(world: World, config: PairConfig): KafkaPorts {
  const ports = kafkaPorts(config, (arn) => Promise.reject(new Error(`the drill has no secret ${arn}`)), silent);
  world.owner.beforeStop(() => ports.closeAll());
  return ports;
}
