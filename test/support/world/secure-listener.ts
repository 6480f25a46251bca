/** A TLS + SCRAM listener beside the plain one: certificate by keytool, credentials by Kafka's own tool. */
import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:tls';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { java, kafkaMain } from './jvm.ts';
import kafkajs from 'kafkajs';
import type { BrokerPlace, ClusterOptions, KafkaCluster } from './kafka-cluster.ts';

const run = promisify(execFile);
export const PASSWORD = 'changeit';

export interface Certificate {
  /** PKCS12 with key and certificate, opened by PASSWORD. */
  readonly keystore: string;
  /** The certificate signs itself, so it is its own authority. */
  readonly pem: string;
}

/** A self-signed certificate for "localhost". @param days e.g. ['-10d', 5] = valid from ten days ago for five days */
export async function certificate(
  folder: string,
  name: string,
  [start, days]: readonly [string, number] = ['-1d', 30],
): Promise<Certificate> {
  const keystore = join(folder, `${name}.p12`);
  const store = ['-keystore', keystore, '-storetype', 'PKCS12', '-storepass', PASSWORD, '-alias', name];
  const validity = ['-startdate', start, '-validity', String(days)];
  await run('keytool', [
    '-genkeypair',
    ...store,
    '-keyalg',
    'RSA',
    '-keysize',
    '2048',
    '-dname',
    'CN=localhost',
    '-ext',
    'SAN=dns:localhost',
    ...validity,
  ]);
  const pem = join(folder, `${name}.pem`);
  await run('keytool', ['-exportcert', '-rfc', ...store, '-file', pem]);
  return { keystore, pem: await readFile(pem, 'utf8') };
}

/** Settings that add `SASL_SSL://localhost:port` to a broker. */
export const secureSettings =
  (port: number, { keystore }: Certificate): NonNullable<ClusterOptions['settings']> =>
  (place: BrokerPlace) => ({
    listeners: `PLAINTEXT://127.0.0.1:${place.port},SASL_SSL://127.0.0.1:${port},CONTROLLER://127.0.0.1:${place.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${place.port},SASL_SSL://localhost:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    ...storeSettings(keystore),
  });

/** Broker settings that let a relation's listener speak SASL_SSL with SCRAM. */
export function scramOver(relation: string, { keystore }: Certificate): Readonly<Record<string, string>> {
  return {
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    ...forListener(relation, {
      'scram-sha-512.sasl.jaas.config': 'org.apache.kafka.common.security.scram.ScramLoginModule required;',
      ...storeSettings(keystore),
    }),
  };
}

/** Broker settings that let a relation's listener speak SASL_SSL with tokens of IAM, judged by IamLogin.java. */
export const iamOver = (relation: string, { keystore }: Certificate): Readonly<Record<string, string>> => ({
  'sasl.enabled.mechanisms': 'OAUTHBEARER',
  ...forListener(relation, {
    'oauthbearer.sasl.jaas.config': 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;',
    'oauthbearer.sasl.server.callback.handler.class': 'IamLogin',
    ...storeSettings(keystore),
  }),
});

/** Broker settings that let a relation's listener speak SSL with clients that show a certificate. @param authorities PEM file of those who may sign it */
export const mutualTls = (
  relation: string,
  { keystore }: Certificate,
  authorities: string,
): Readonly<Record<string, string>> =>
  forListener(relation, {
    ...storeSettings(keystore),
    'ssl.client.auth': 'required',
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': authorities,
  });

const forListener = (relation: string, settings: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [`listener.name.${relation.toLowerCase()}.${name}`, value]),
  );

const storeSettings = (keystore: string) => ({
  'ssl.keystore.type': 'PKCS12',
  'ssl.keystore.location': keystore,
  'ssl.keystore.password': PASSWORD,
  'ssl.key.password': PASSWORD,
});

/** The running brokers show another certificate to whoever connects from now on. It must be for the same names. */
export async function showCertificate(cluster: KafkaCluster, relation: string, shown: Certificate): Promise<void> {
  const entries = Object.entries(forListener(relation, storeSettings(shown.keystore)));
  const configEntries = entries.map(([name, value]) => ({ name, value }));
  await cluster.admin(async (admin) => {
    const { brokers } = await admin.describeCluster();
    const resources = brokers.map(({ nodeId }) => ({
      type: kafkajs.ConfigResourceTypes.BROKER,
      name: String(nodeId),
      configEntries,
    }));
    await admin.alterConfigs({ validateOnly: false, resources });
  });
}

/** Or gives the user another password. Connections that are open stay so. */
export const addScramUser = (bootstrapServer: string, user: string, password: string): Promise<void> =>
  alterUser(bootstrapServer, user, ['--add-config', `SCRAM-SHA-512=[password=${password}]`]);

export const removeScramUser = (bootstrapServer: string, user: string): Promise<void> =>
  alterUser(bootstrapServer, user, ['--delete-config', 'SCRAM-SHA-512']);

async function alterUser(bootstrapServer: string, user: string, change: readonly string[]): Promise<void> {
  const entity = ['--entity-type', 'users', '--entity-name', user];
  const args = ['--bootstrap-server', bootstrapServer, '--alter', ...entity, ...change];
  await run(java, kafkaMain('kafka.admin.ConfigCommand', args, 128));
}

/** A TLS server that is no Kafka; enough to fail a handshake on. */
export async function tlsServer({ keystore }: Certificate): Promise<Server> {
  const server = createServer({ pfx: await readFile(keystore), passphrase: PASSWORD }).listen(0, '127.0.0.1');
  server.on('tlsClientError', () => undefined);
  await new Promise((resolve) => server.once('listening', resolve));
  return server;
}
