/** Names clients that are alive and still obey an older revision long after a newer one was published. */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { Routing } from '../../core/contracts/routing.ts';
import { remembered, StragglerMemory } from '../../core/contracts/stage-data.ts';
import type { Adoption } from '../../core/contracts/tables.ts';
import { clientsBehind } from '../../core/routing/adoption.ts';
import { noteStage } from '../shared/stage-record.ts';
import { tellBus, type Told } from '../shared/tell.ts';
import type { Finding, ReconcilePorts } from './chore.ts';

const STAGE = 'Stragglers';

export async function nameStragglers(
  ports: ReconcilePorts,
  config: PairConfig,
  placed: PlacedSet,
): Promise<readonly Finding[]> {
  const routing = (await ports.control.readSet(placed.name))?.routing;
  // Before the first move there is one value only, and nobody can be behind it.
  if (routing === undefined || routing.epoch === 0) return [];
  const nowMs = ports.clock.nowMs();
  if (nowMs - Date.parse(routing.issuedAt) < config.moves.adoptionSeconds * 1000) return [];
  const behind = clientsBehind(await ports.control.adoptions(placed.name), {
    revision: routing.revision,
    nowMs,
    clientSilentSeconds: config.moves.clientSilentSeconds,
  });
  ports.metrics.put('Stragglers', behind.length, 'Count', { pair: config.pair, clientSet: placed.name });
  if (behind.length === 0) return [];

  const key = { clientSet: placed.name, epoch: routing.epoch, stage: STAGE };
  const announced =
    remembered(StragglerMemory, (await ports.control.stage(placed.name, routing.epoch, STAGE))?.data)?.announced ?? [];
  const nameOf = (client: Adoption) => `${client.role} ${client.clientId} ${routing.revision}`;
  const news = behind.filter((client) => !announced.includes(nameOf(client)));
  const untold = new Set(news.map(nameOf));
  for (const client of news) {
    // A bus that hangs costs seconds per event: the others are told of in the next turn.
    if ((await announce(ports, client, routing, nowMs)) === 'not-told') break;
    untold.delete(nameOf(client));
  }
  const known = behind.map(nameOf).filter((name) => !untold.has(name));
  if (news.length > untold.size) await noteStage(ports, key, { data: { announced: known } satisfies StragglerMemory });
  return news.map((client) => ({ kind: 'problem', sentence: sentenceOf(client, routing) }));
}

const sentenceOf = (client: Adoption, routing: Routing): string =>
  `${client.role} ${client.clientId} is alive but still obeys revision ${client.revision}; revision ${routing.revision} was published at ${routing.issuedAt}`;

const announce = (ports: ReconcilePorts, client: Adoption, routing: Routing, nowMs: number): Promise<Told> =>
  tellBus(ports, {
    name: 'ClientStraggling',
    detail: {
      pair: client.pair,
      clientSet: client.clientSet,
      role: client.role,
      clientId: client.clientId,
      epoch: client.epoch,
      revision: client.revision,
      observedAtMs: nowMs,
      sentence: sentenceOf(client, routing),
    },
  });
