/** Commands that repair a finding, ready to paste. `admin.properties` is the caller's file with credentials. */
import type { Side } from './preparation.ts';

const bootstrap = ({ servers, secured }: Side): string =>
  `--bootstrap-server ${servers}${secured ? ' --command-config admin.properties' : ''}`;

/** Names and values of the shell's own characters are quoted; Kafka wants lists in brackets. */
export const shell = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
const listed = (value: string): string => (value.includes(',') ? `[${value}]` : value);

export const setTopicSetting = (side: Side, topic: string, setting: string, value: string): string =>
  `kafka-configs.sh ${bootstrap(side)} --alter --entity-type topics --entity-name ${shell(topic)} --add-config ${shell(`${setting}=${listed(value)}`)}`;

/** Brokers read it when they start: nobody can set it while they run. */
export const keepPositionsFor = ({ alias }: Side, minutes: number): string =>
  `set offsets.retention.minutes=${minutes} in the configuration of every broker of ${alias} (server.properties; on MSK the cluster's configuration) and restart them one by one: it cannot be changed while they run`;

export const createTopic = (side: Side, topic: string, partitions: number): string =>
  `kafka-topics.sh ${bootstrap(side)} --create --topic ${shell(topic)} --partitions ${partitions}`;

export const enlargeTopic = (side: Side, topic: string, partitions: number): string =>
  `kafka-topics.sh ${bootstrap(side)} --alter --topic ${shell(topic)} --partitions ${partitions}`;

export const addAcl = (
  side: Side,
  { principal, operation, resource, name }: Record<'principal' | 'operation' | 'resource' | 'name', string>,
): string =>
  `kafka-acls.sh ${bootstrap(side)} --add --allow-principal ${shell(principal)} --operation ${operation} --${resource} ${shell(name)}`;

const JSON_TYPE = '-H "Content-Type: application/vnd.schemaregistry.v1+json"';
const subjectPath = (subject: string): string => `/subjects/${encodeURIComponent(subject)}/versions`;

/** Registers home's version at the refuge; under the same id too, where the registry can import. */
export const copySchema = (from: string, to: string, subject: string, version: number, keepId: boolean): string => {
  const fields = keepId ? '{id, version, schema, schemaType, references}' : '{schema, schemaType, references}';
  const copy = `curl -fsS ${shell(`${from}${subjectPath(subject)}/${version}`)} | jq -c '${fields} | with_entries(select(.value != null))' | curl -fsS -X POST ${JSON_TYPE} -d @- ${shell(`${to}${subjectPath(subject)}`)}`;
  const mode = (name: string) =>
    `curl -fsS -X PUT ${JSON_TYPE} -d '{"mode":"${name}"}' ${shell(`${to}/mode/${encodeURIComponent(subject)}`)}`;
  return keepId ? `${mode('IMPORT')} && ${copy} && ${mode('READWRITE')}` : copy;
};

export const setCompatibility = (registry: string, subject: string, level: string): string =>
  `curl -fsS -X PUT ${JSON_TYPE} -d '{"compatibility":"${level}"}' ${shell(`${registry}/config/${encodeURIComponent(subject)}`)}`;
