/** What the lab tells a person: how to talk to everything that runs. Every command can be pasted as it stands. */
import { relative } from 'node:path';

export interface LabFacts {
  readonly root: string;
  /** Logs of everything. */
  readonly folder: string;
  readonly environmentFile: string;
  readonly config: string;
  readonly endpoint: string;
  readonly functionLogs: string;
  readonly kafkaLibs: string;
  readonly pair: string;
  readonly clusters: readonly {
    readonly alias: string;
    readonly region: string;
    readonly servers: string;
    readonly pids: readonly number[];
    readonly clientSet: string;
    /** Region whose tables and workflows move that set. */
    readonly controlRegion: string;
  }[];
  readonly group: string;
  readonly topic: string;
  readonly trigger: 'automatic' | 'manual' | 'alarm';
  readonly policy: 'availability' | 'per-key';
}

/** For `source`: quoted, so that a path with a blank survives. */
export function environmentFile(environment: Readonly<Record<string, string>>): string {
  const lines = Object.entries(environment).map(([key, value]) => `export ${key}='${value.replaceAll("'", "'\\''")}'`);
  return `# For a shell that talks to the lab. Nothing in it reaches a real AWS account.\n${lines.join('\n')}\n`;
}

export function labText(facts: LabFacts): string {
  const { clusters, pair } = facts;
  const [k1, k2] = clusters;
  if (k1 === undefined || k2 === undefined) throw new Error(`a lab has two clusters, this one ${clusters.length}`);
  const near = (path: string): string => relative(facts.root, path) || '.';
  const java = `java -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp '${facts.kafkaLibs}/*'`;
  return [
    '',
    `The lab is up. In another terminal, in ${facts.root}:`,
    '',
    `  source ${near(facts.environmentFile)}`,
    '',
    `sets endpoint (${facts.endpoint}), dummy keys, region and MM2F_CONFIG for the commands below.`,
    '',
    ...policyText(facts),
    '',
    'Our command line: look',
    '  npm run -s cli -- status',
    `  npm run -s cli -- dry-run --set ${k1.clientSet} --reason rehearsal`,
    `  npm run -s cli -- history --set ${k1.clientSet} --limit 5`,
    '  npm run -s cli -- help',
    '',
    `Our command line: move ${k1.alias}'s clients by hand while all is well, and home again`,
    `  npm run -s cli -- start --set ${k1.clientSet} --move switchover --reason "new disks"`,
    `  npm run -s cli -- undo --set ${k1.clientSet} --reason "called off"   # of a switchover alone, and until its consumers are told to go`,
    `  npm run -s cli -- start --set ${k1.clientSet} --move failback --reason "disks are in"`,
    '',
    `Our command line: answer what asks; after ${k1.alias} was killed and came back the way home asks`,
    `  npm run -s cli -- approve --set ${k1.clientSet}`,
    `  npm run -s cli -- reject --set ${k1.clientSet}`,
    '',
    'Our command line: hold back what moves by itself',
    '  npm run -s cli -- pause --reason "works in the building" --minutes 10',
    '  npm run -s cli -- unpause',
    `  npm run -s cli -- mode --set ${k1.clientSet} --mode observe --reason "only looking"   # back: --mode ${facts.trigger === 'manual' ? 'approve' : 'automatic'}`,
    `  npm run -s cli -- acknowledge-cooldown --set ${k1.clientSet}   # after an automatic failover: allow the next one at once`,
    '',
    'AWS CLI (any version; the endpoint comes from the environment)',
    `  aws ssm get-parameter --name /mm2-failover/${pair}/${k1.clientSet}/routing --query Parameter.Value --output text`,
    `  aws stepfunctions list-executions --state-machine-arn arn:aws:states:${k1.controlRegion}:000000000000:stateMachine:mm2-failover-${pair}-failover`,
    `  aws dynamodb scan --table-name mm2-failover-${pair}-control --select COUNT`,
    '',
    `Kafka's own tools (${k1.alias}: ${k1.servers}, ${k2.alias}: ${k2.servers})`,
    `  ${java} org.apache.kafka.tools.TopicCommand --bootstrap-server ${k2.servers} --list`,
    `  ${java} org.apache.kafka.tools.consumer.group.ConsumerGroupCommand --bootstrap-server ${k2.servers} --describe --group ${facts.group}`,
    `  ${java} org.apache.kafka.tools.consumer.ConsoleConsumer --bootstrap-server ${k1.servers} --topic ${facts.topic} --max-messages 5`,
    '',
    'Break something',
    ...clusters.map(
      (c) =>
        `  kill -9 ${c.pids.join(' ')}   # ${c.alias}: its clients then ${facts.trigger === 'manual' ? 'wait for your approve' : 'move to the other cluster by themselves'}`,
    ),
    '',
    'Here, in this terminal, type and press Enter:',
    ...LAB_HELP.map((text) => `  ${text}`),
    '',
    `Logs: ${near(facts.folder)} (brokers in ${clusters.map((c) => c.alias).join(' and ')}, flows in mirror, clients in workload), functions: ${near(facts.functionLogs)}`,
    `Config: ${near(facts.config)}. The clients note every record they send and process: about half a gigabyte an hour.`,
    'Ctrl-C ends everything, which takes a few seconds.',
    '',
  ].join('\n');
}

/** What the options of this lab change, so that nobody waits for what does not come. */
const policyText = ({ policy, trigger }: Pick<LabFacts, 'policy' | 'trigger'>): readonly string[] => [
  policy === 'availability'
    ? 'Policy availability: moved producers write at once, while their consumers still finish the mirrored topic.'
    : 'Policy per-key: moved producers wait until their consumers have finished the mirrored topic, so that each key keeps its order.',
  `  the other one: npm run lab -- --policy ${policy === 'availability' ? 'per-key' : 'availability'}`,
  trigger === 'manual'
    ? 'Trigger manual: a confirmed outage asks, and approve or reject answers it.'
    : 'Trigger automatic: a confirmed outage moves the clients by itself.',
  `  the other one: npm run lab -- --trigger ${trigger === 'manual' ? 'automatic' : 'manual'}`,
];

export const LAB_HELP: readonly string[] = [
  'kill K1 | kill K2        SIGKILL to the brokers',
  'start K1 | start K2      start them again, with their logs',
  'slow | fast              consumers of K1 take their time, so that a lag grows | keep up',
  'burst                    every producer sends 300 records at once',
  'pause K1->K2             hold a flow back, so that a tail grows',
  'resume K1->K2            let it go on',
  'help                     this list',
];

export type LabCommand =
  | { readonly kind: 'kill' | 'start'; readonly cluster: 'K1' | 'K2' }
  | { readonly kind: 'pause' | 'resume'; readonly flow: 'K1->K2' | 'K2->K1' }
  | { readonly kind: 'slow' | 'fast' | 'burst' | 'help' | 'nothing' }
  | { readonly kind: 'unknown'; readonly sentence: string };

/** What somebody typed; upper and lower case are the same. */
export function readLabCommand(line: string): LabCommand {
  const [verb = '', what = '', ...rest] = line.trim().split(/\s+/);
  const name = verb.toLowerCase();
  const object = what.toUpperCase();
  if (rest.length > 0) return unknown(line);
  if (name === '') return { kind: 'nothing' };
  if ((name === 'kill' || name === 'start') && (object === 'K1' || object === 'K2'))
    return { kind: name, cluster: object };
  if ((name === 'pause' || name === 'resume') && (object === 'K1->K2' || object === 'K2->K1'))
    return { kind: name, flow: object };
  if ((name === 'slow' || name === 'fast' || name === 'burst' || name === 'help') && object === '')
    return { kind: name };
  return unknown(line);
}

const unknown = (line: string): LabCommand => ({
  kind: 'unknown',
  sentence: `"${line.trim()}" is not known here; type help`,
});
