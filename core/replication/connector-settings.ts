/**
 * Settings of connectors as dedicated MirrorMaker 2 keeps them on the target (`mm2-configs.<source>.internal`): key
 * `connector-<name>`, value `{"properties": {...}}`. The properties hold credentials, so only what is named here leaves.
 */
import { decode, decodeUtf8, Undecodable, type Decoded } from './bytes.ts';

export const SHOWN_SETTINGS = [
  'replication.policy.class',
  'replication.policy.separator',
  'replication.policy.internal.topic.separator.enabled',
  'offset-syncs.topic.location',
  'sync.group.offsets.enabled',
  'groups',
  'groups.exclude',
  'source.consumer.isolation.level',
  'consumer.isolation.level',
] as const;

export interface ConnectorSettings {
  readonly connector: string;
  readonly settings: Readonly<Record<string, string>>;
}

const PREFIX = 'connector-';
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every other record of that topic (tasks, commits, target states, session keys) has another key. */
export const decodeConnectorSettings = (
  key: Uint8Array | null,
  value: Uint8Array | null,
): Decoded<ConnectorSettings, string> => decode(key, value, connectorOf, settingsOf);

function connectorOf(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes, 'key');
  if (!text.startsWith(PREFIX) || text.length === PREFIX.length)
    throw new Undecodable('other-key', `key "${text.slice(0, 80)}" is not of a connector's settings`);
  return text.slice(PREFIX.length);
}

function settingsOf(connector: string, bytes: Uint8Array): ConnectorSettings {
  const properties = propertiesOf(decodeUtf8(bytes, 'value'));
  const settings = SHOWN_SETTINGS.flatMap((name) => {
    const value = properties[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  return { connector, settings: Object.fromEntries(settings) };
}

/** Never quotes the text: credentials may be in it. */
function propertiesOf(text: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Undecodable('not-json', 'settings of a connector are not JSON');
  }
  const properties = isObject(parsed) ? parsed['properties'] : undefined;
  if (!isObject(properties)) throw new Undecodable('unexpected-shape', 'settings of a connector have no properties');
  return properties;
}
