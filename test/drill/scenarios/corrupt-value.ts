/** Somebody spoils the routing parameter of a set, in every region and again and again: clients go on, and `reconcile` says it anew. */
import { DeleteParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { placedSet } from '../../../core/config/pair.ts';
import { routingParameter } from '../../../core/contracts/routing.ts';
import { ssmRoutingStore } from '../../../lambdas/adapters/ssm/routing-store.ts';
import { setOf } from '../pair.ts';
import { producedAfter } from '../looks.ts';
import { NOTHING } from './faults.ts';
import type { Scene, StagedScenario } from './scenario.ts';

const HOME = 'K1';
const SET = setOf(HOME);

export const SPOILT: StagedScenario = {
  id: 'M34',
  title: "the routing parameter of K1's clients is overwritten with what is none, four times, then deleted",
  world: 'plain',
  verdicts: [],
  outcome: NOTHING,
  fault: async (scene) => {
    const before = (await scene.state(SET))!.routing!;
    const elsewhere = {
      ...before,
      revision: before.revision + 100,
      producers: { ...before.producers, cluster: 'K2' },
      consumers: { ...before.consumers, cluster: 'K2' },
    };
    const spoilt = [
      '{{ not JSON',
      'K2:9092',
      JSON.stringify(elsewhere).slice(0, 250),
      JSON.stringify({ ...elsewhere, revision: 'newest' }),
    ];
    for (const text of spoilt)
      await worksUnder(scene, 'is not valid and is ignored', (ssm, Name) =>
        ssm.send(new PutParameterCommand({ Name, Value: text, Overwrite: true })),
      );
    await worksUnder(scene, 'there is no routing value', (ssm, Name) =>
      ssm.send(new DeleteParametersCommand({ Names: [Name] })),
    );
    await scene.until('reconcile has written the value again in every region', () => restored(scene));
  },
  heal: async () => undefined,
};

const regionsOf = ({ config }: Scene): readonly string[] => placedSet(config, SET)!.clientRegions;

/** Each client of the set says that it has met it, and the set goes on at home. */
async function worksUnder(
  scene: Scene,
  problem: string,
  spoil: (ssm: SSMClient, name: string) => Promise<unknown>,
): Promise<void> {
  const { workload, until, config } = scene;
  const sinceMs = Date.now();
  const clouds = regionsOf(scene).map((region) => new SSMClient({ region }));
  await until(`every client of ${SET} tells that ${problem}`, async () => {
    // Again each time: `reconcile` may have come before the clients.
    await Promise.all(clouds.map((ssm) => spoil(ssm, routingParameter(config.pair, SET))));
    const { notes, adopted } = workload.read();
    const clients = new Set(adopted.filter(({ set }) => set === SET).map(({ client }) => client));
    for (const { client, text, atMs } of notes) if (atMs >= sinceMs && text.includes(problem)) clients.delete(client);
    return clients.size === 0 ? true : undefined;
  });
  const toldMs = Date.now();
  await until(`${SET} works on at ${HOME}`, () => producedAfter(scene, SET, HOME, toldMs, 300));
}

async function restored(scene: Scene): Promise<true | undefined> {
  const { routing } = (await scene.state(SET))!;
  const store = ssmRoutingStore(scene.config.pair);
  const readings = await Promise.all(regionsOf(scene).map((region) => store.read(region, SET)));
  return readings.every((one) => one.kind === 'present' && one.text === JSON.stringify(routing)) ? true : undefined;
}
