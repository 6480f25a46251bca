/** Two client sets live at K1; a person moves one of them and brings it home again, and the other goes on as if nothing were. */
import type { Message } from 'kafkajs';
import { HUNG_MS, waitFor } from '../../support/world/conditions.ts';
import type { KafkaCluster } from '../../support/world/kafka-cluster.ts';
import { beginLife, castOf } from '../acts.ts';
import { judgePlanned } from '../checker/planned.ts';
import { gatherRun } from '../evidence.ts';
import { clusterOf, otherOf } from '../stage.ts';
import type { Setup, Stage } from '../stage.ts';
import { brokenPromises, onStage } from './on-stage.ts';
import type { OwnScenario } from './scenario.ts';
import { thereAndBack } from './switchover.ts';

/** The set that stays: plain clients, which follow nothing. */
const STAYS = { set: 'quotes', topic: 'rates', group: 'quotes' } as const;

const twoSets = (home: string): Setup => ({
  config: (plain) => ({
    ...plain,
    clientSets: {
      ...plain.clientSets,
      [STAYS.set]: { home, topics: [STAYS.topic], groups: [{ id: STAYS.group, mode: 'shared' }] },
    },
  }),
  prepare: async ({ k1, k2 }) => {
    const topic = { topic: STAYS.topic, numPartitions: 3, replicationFactor: 1 };
    await Promise.all([k1, k2].map((cluster) => cluster.createTopics([topic])));
  },
});

export const ONE_OF_TWO: OwnScenario = {
  id: 'PS1',
  title: 'a planned move of one of two client sets of K1, and home again: the other one stays',
  world: 'own',
  turns: true,
  play: (say, home) => {
    const options = { trigger: 'manual', policy: 'availability', fail: home } as const;
    return onStage({ ...options, setup: twoSets(home) }, say, async (stage) => {
      const bystanders = await Bystanders.start(clusterOf(stage.world, home));
      try {
        const cast = castOf(stage, say);
        const { round, ...marks } = await thereAndBack(cast, await beginLife(cast));
        const stayed = await bystanders.finish();
        const run = await gatherRun(stage, options, { ...marks, rounds: [round] });
        const planned = judgePlanned(run, { leftMs: round.killedMs, returnedMs: round.restartedMs });
        return {
          problems: [...brokenPromises(run), ...planned.problems, ...stayed.problems, ...(await moved(stage))],
          seen: [...planned.seen, ...stayed.seen],
        };
      } finally {
        await bystanders.close();
      }
    });
  },
};

/** What was done to the set that stays: nothing but its first routing value, and nobody of its group at the refuge. */
async function moved(stage: Stage): Promise<readonly string[]> {
  const state = await stage.cloud.controlOf(STAYS.set).readSet(STAYS.set);
  const refuge = otherOf(stage.home);
  const { activity = 'absent' } = (await stage.kafka.reader(refuge).groups([STAYS.group])).get(STAYS.group) ?? {};
  return [
    ...(state?.phase === 'home' && state.revision === 1 && state.epoch === 0
      ? []
      : [
          `${STAYS.set} is at revision ${state?.revision ?? 'none'}, epoch ${state?.epoch ?? 'none'}, ${state?.phase ?? ''}`,
        ]),
    ...(['absent', 'empty'].includes(activity) ? [] : [`${STAYS.group} is ${activity} at ${refuge}`]),
  ];
}

/** A plain producer and a plain consumer of kafkajs; each value is a number of its own. */
class Bystanders {
  readonly #alias;
  readonly #producer;
  readonly #consumer;
  #timer: NodeJS.Timeout | undefined;
  readonly #processed = new Map<string, number>();
  #sent = 0;
  #acknowledged = 0;
  readonly #failed: string[] = [];

  private constructor(cluster: KafkaCluster) {
    this.#alias = cluster.alias;
    this.#producer = cluster.kafka().producer();
    this.#consumer = cluster.kafka().consumer({ groupId: STAYS.group });
  }

  static async start(cluster: KafkaCluster): Promise<Bystanders> {
    const bystanders = new Bystanders(cluster);
    await bystanders.#producer.connect();
    await bystanders.#consumer.connect();
    await bystanders.#consumer.subscribe({ topics: [STAYS.topic], fromBeginning: true });
    await bystanders.#consumer.run({
      eachMessage: async ({ message }) => bystanders.#note(message.value?.toString() ?? ''),
    });
    bystanders.#timer = setInterval(() => void bystanders.#send(), 50);
    return bystanders;
  }

  /** Stops writing, waits until everything is processed. */
  async finish(): Promise<{ readonly problems: readonly string[]; readonly seen: readonly string[] }> {
    clearInterval(this.#timer);
    await waitFor('the set that stays has processed everything', async () => this.#isDone() || undefined, {
      timeoutMs: HUNG_MS,
    });
    const again = [...this.#processed.values()].filter((times) => times > 1).length;
    return {
      problems: [...this.#failed, ...(again === 0 ? [] : [`${STAYS.set} processed ${again} records again`])],
      seen: [`${STAYS.set} stayed: ${this.#acknowledged} written and processed at ${this.#alias}, ${again} again`],
    };
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([this.#producer.disconnect(), this.#consumer.disconnect()]);
  }

  #isDone(): boolean {
    return (
      this.#acknowledged > 0 &&
      this.#acknowledged + this.#failed.length === this.#sent &&
      this.#processed.size >= this.#acknowledged
    );
  }

  async #send(): Promise<void> {
    const message: Message = { value: String((this.#sent += 1)) };
    try {
      await this.#producer.send({ topic: STAYS.topic, messages: [message] });
      this.#acknowledged += 1;
    } catch (error) {
      this.#failed.push(`${STAYS.set} could not write record ${message.value?.toString()}: ${String(error)}`);
    }
  }

  #note(value: string): void {
    this.#processed.set(value, (this.#processed.get(value) ?? 0) + 1);
  }
}
