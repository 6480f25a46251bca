/** Climbs the ladder of a cluster, rung by rung. Every climb starts from nothing: a connection kept warm could hide a dead cluster. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { names } from '../../../core/config/pair.ts';
import type { ClusterConfig } from '../../../core/config/schema.ts';
import type { ClusterObservation } from '../../../core/contracts/observations.ts';
import type { Log } from '../../ports.ts';
import { commitCanary, readCanary, writeCanary, type CanaryWrite } from './canary.ts';
import { credentialsOf, serversOf, usesSasl, usesTls, type Credentials, type SecretResolver } from './connection.ts';
import { Deadline } from './deadline.ts';
import { connect, enter, Sockets, type Door, type Means } from './doors.ts';
import { BadSetup, classifyError, isPassing, sentenceOf } from './errors.ts';
import { answerOf, type Link } from './internals.ts';
import { INSIDE_A_RUNG, Ladder, RungBroke } from './ladder.ts';
import {
  answerAbout,
  layoutFrom,
  LEADER_NOT_AVAILABLE,
  visibleLayout,
  type Layout,
  type MetadataAnswer,
} from './layout.ts';
import { Names, systemResolver, type Resolver } from './names.ts';
import { lookAt, missingBrokers, type ProtectedSet } from './protected.ts';
import { coordinatorsOf, type MinInSync } from './protected-wire.ts';
import type { Address } from './socket.ts';

export type Climb = Omit<ClusterObservation, 'pair' | 'vantage' | 'atMs'>;
type Seen = { -readonly [K in Exclude<keyof Climb, 'cluster' | 'rungs'>]?: Exclude<Climb[K], undefined> };

export interface ClimbOptions {
  readonly cluster: string;
  readonly config: ClusterConfig;
  readonly vantage: string;
  readonly rungTimeoutSeconds: number;
  readonly protectedSets: readonly ProtectedSet[];
  readonly minInSync: MinInSync;
  readonly secretOf: SecretResolver;
  /** The system's unless told. */
  readonly resolver?: Resolver;
  readonly log: Log;
}

/** Never throws, and leaves no socket behind, whatever happens on the way. */
export async function climb(options: ClimbOptions): Promise<Climb> {
  const { cluster, config, log, secretOf } = options;
  const sockets = new Sockets();
  const credentials = credentialsOf(config, secretOf);
  const means = meansOf(options, credentials, sockets);
  const seen: Seen = {};
  try {
    const entrance = await enter(serversOf(config), means);
    const ladder = new Ladder(means.rungMs, entrance.rungs);
    if (entrance.kind === 'open') await climbUpper(options, entrance.door, ladder, means, seen);
    const last = ladder.results.at(-1);
    if (last?.kind === 'broke') credentials.failed(last.errorClass);
    return { cluster, rungs: [...ladder.results], ...seen };
  } catch (error) {
    // What a ladder did not take is a fault of this code: it must never look like one of theirs.
    log.error('the probe itself failed', { cluster, error });
    const rung = {
      kind: 'broke',
      rung: 'metadata',
      tookMs: 0,
      errorClass: 'prober-fault-runtime',
      error: sentenceOf(error).slice(0, 500),
    } as const;
    return { cluster, rungs: [rung], ...seen };
  } finally {
    sockets.close();
  }
}

async function climbUpper(options: ClimbOptions, door: Door, ladder: Ladder, means: Means, seen: Seen): Promise<void> {
  const { cluster, vantage } = options;
  const text = `${vantage} ${randomUUID()}`;
  let looking = Promise.resolve();
  try {
    const { answer, layout } = await ladder.rung('metadata', () => metadata(door.link, options, seen));
    looking = lookAtProtected(options, door, answer, seen);
    await ladder.between('dns', () => means.names.resolve(layout.brokers.map(({ host }) => host)));
    const links = new Links(door, means);
    const { written } = await ladder.rung('canary-write', async () => {
      const write = await writeCanary(layout, (nodeId) => links.toBroker(layout, nodeId), text, means.rungMs);
      seen.canary = shareOf(write);
      seen.idleBrokers = write.idleBrokers;
      if (write.failures.length > 0) throw write.failures[0];
      return write;
    });
    await ladder.rung('canary-read', () => readCanary(cluster, written, text));
    await ladder.rung('group-commit', (deadline) =>
      persist(deadline, () =>
        commitCanary(door.link, (coordinator) => links.to(coordinator), names.canaryGroup(vantage), written[0]!),
      ),
    );
  } catch (error) {
    if (!(error instanceof RungBroke)) throw error;
  } finally {
    await looking;
  }
}

/** Beside the ladder and within one rung's time. What it cannot learn stays absent: it is no rung, so it cannot break. */
async function lookAtProtected(
  { protectedSets: sets, minInSync, rungTimeoutSeconds, log, cluster }: ClimbOptions,
  { link }: Door,
  answer: MetadataAnswer,
  seen: Seen,
): Promise<void> {
  const layout = visibleLayout(answer);
  seen.missingBrokers = missingBrokers(layout);
  const topics = sets.flatMap((set) => set.topics).filter((topic) => layout.topics.has(topic));
  if (topics.length === 0) return;
  const deadline = new Deadline(rungTimeoutSeconds * 1000);
  const groups = sets.flatMap((set) => set.groups);
  const [least, coordinated] = await Promise.all([
    minInSync.of(link, topics, deadline),
    deadline.bound('asking for coordinators', coordinatorsOf(link, groups)).catch((error: unknown) => {
      log.warn('coordinators of protected groups are not known', { cluster, error: sentenceOf(error) });
      return new Map<string, boolean>();
    }),
  ]);
  const looks = sets.flatMap((set) => {
    const look = lookAt(set, { layout, minInSync: least, coordinated });
    return look === undefined ? [] : [[set.name, look] as const];
  });
  seen.protected = Object.fromEntries(looks);
}

/** A coordinator that is just moving or loading is no finding; one that is still gone shortly before the deadline is. */
async function persist<T>(deadline: Deadline, work: () => Promise<T>): Promise<T> {
  const reserveMs = deadline.leftMs() / 4;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error) || deadline.leftMs() < reserveMs) throw error;
      await pause(25);
    }
  }
}

/** Only the canary topic is judged here: that a protected topic may not be seen is no fault of the cluster. */
async function metadata(
  link: Link,
  { protectedSets }: ClimbOptions,
  seen: Seen,
): Promise<{ readonly answer: MetadataAnswer; readonly layout: Layout }> {
  const answer = await link.call<MetadataAnswer>('Metadata', {
    topics: [...new Set([names.canaryTopic, ...protectedSets.flatMap((set) => set.topics)])],
    allowAutoTopicCreation: false,
  });
  seen.clusterId = answer.clusterId;
  seen.brokers = answer.brokers.length;
  seen.controller = answer.controllerId >= 0;
  return { answer, layout: layoutFrom(answerAbout(answer, (topic) => topic === names.canaryTopic)) };
}

const shareOf = ({ partitions, failures }: CanaryWrite) => ({ partitions, failed: failures.length });

/** The listed class of whatever kept a secret from us is ours, never the cluster's. */
function meansOf(
  { config, resolver = systemResolver, rungTimeoutSeconds, log }: ClimbOptions,
  credentials: Credentials,
  sockets: Sockets,
): Means {
  const rungMs = rungTimeoutSeconds * 1000;
  let resolved: ReturnType<Credentials['read']> | undefined;
  const resolve = async () => {
    try {
      return await new Deadline(rungMs * INSIDE_A_RUNG).bound('reading the credentials', credentials.read());
    } catch (error) {
      if (classifyError(error).startsWith('prober-fault-config')) throw error;
      throw new BadSetup(`the credentials cannot be read: ${sentenceOf(error)}`);
    }
  };
  return {
    usesTls: usesTls(config.security),
    usesSasl: usesSasl(config.security),
    security: () => (resolved ??= resolve()),
    rungMs,
    names: new Names(resolver, rungMs * INSIDE_A_RUNG),
    sockets,
    log,
  };
}

/** One connection per broker and climb. */
class Links {
  readonly #means: Means;
  readonly #links = new Map<string, Promise<Link>>();

  constructor(door: Door, means: Means) {
    this.#means = means;
    this.#links.set(`${door.host}:${door.port}`, Promise.resolve(door.link));
  }

  to(address: Address): Promise<Link> {
    const key = `${address.host}:${address.port}`;
    const link = this.#links.get(key) ?? connect(address, this.#means, new Deadline(this.#means.rungMs));
    this.#links.set(key, link);
    return link;
  }

  async toBroker(layout: Layout, nodeId: number): Promise<Link> {
    const broker = layout.brokers.find((known) => known.nodeId === nodeId);
    if (broker === undefined) throw answerOf(LEADER_NOT_AVAILABLE, `broker ${nodeId}`);
    return this.to(broker);
  }
}
