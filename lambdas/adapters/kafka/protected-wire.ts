/** What the metadata does not tell of protected topics and groups: the setting that refuses writes, and who coordinates. */
import type { Log } from '../../ports.ts';
import type { Deadline } from './deadline.ts';
import { KafkaAnswer, sentenceOf } from './errors.ts';
import { failIf, type Link } from './internals.ts';
import { describeTopics } from './settings.ts';
import type { CoordinatorAnswer } from './wire.ts';

const COORDINATOR_NOT_AVAILABLE = 15;

/** Whether each group has a coordinator. Groups that we may not describe are left out. */
export async function coordinatorsOf(link: Link, groups: readonly string[]): Promise<ReadonlyMap<string, boolean>> {
  const ask = (groupId: string) => link.call<CoordinatorAnswer>('GroupCoordinator', { groupId, coordinatorType: 0 });
  const answers = await Promise.all(groups.map(async (group) => [group, (await ask(group)).errorCode] as const));
  return new Map(
    answers
      .filter(([, code]) => code === 0 || code === COORDINATOR_NOT_AVAILABLE)
      .map(([group, code]) => [group, code === 0]),
  );
}

const SETTING = 'min.insync.replicas';
/** A setting that people change a few times a year is not asked for at every look. */
const REMEMBER_MS = 300_000;

/** min.insync.replicas of topics, remembered for a while, a refusal too; what cannot be read now counts as it was read last. */
export class MinInSync {
  readonly #log: Log;
  readonly #nowMs: () => number;
  #values: ReadonlyMap<string, number> = new Map();
  #readAtMs: number | undefined;

  constructor(log: Log, nowMs: () => number = Date.now) {
    this.#log = log;
    this.#nowMs = nowMs;
  }

  /** Topics that may not be described are absent. Never throws. */
  async of(link: Link, topics: readonly string[], deadline: Deadline): Promise<ReadonlyMap<string, number>> {
    const nowMs = this.#nowMs();
    if (this.#readAtMs !== undefined && nowMs - this.#readAtMs < REMEMBER_MS) return this.#values;
    try {
      this.#values = await deadline.bound(`reading ${SETTING}`, describe(link, topics));
      this.#readAtMs = nowMs;
    } catch (error) {
      if (error instanceof KafkaAnswer) this.#readAtMs = nowMs;
      this.#log.warn(`${SETTING} cannot be read; what was read last counts`, { error: sentenceOf(error) });
    }
    return this.#values;
  }
}

async function describe(link: Link, topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const described = await describeTopics(link, topics, [SETTING]);
  const readable = described.filter(({ errorCode }) => errorCode === 0);
  if (readable.length === 0) failIf(described[0]?.errorCode ?? 0, `reading ${SETTING}`);
  return new Map(
    readable.flatMap(({ resourceName, configEntries }) => {
      const value = Number(configEntries.find(({ configName }) => configName === SETTING)?.configValue);
      return Number.isInteger(value) && value > 0 ? [[resourceName, value] as const] : [];
    }),
  );
}
