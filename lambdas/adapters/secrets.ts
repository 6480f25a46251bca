/** Secrets Manager, read by ARN, remembered for a short while so that a rotated secret is picked up. */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { causeOf, patience, within } from './calls.ts';

/** Fields of a secret by its ARN, for example {"username","password"}. @throws SecretUnavailable */
export interface SecretReader {
  (secretArn: string): Promise<Fields>;
  /** What was read opened no door: it may have been rotated, and is read anew when it is next asked for. */
  refused(secretArn: string): void;
}
type Fields = Readonly<Record<string, string>>;

export class SecretUnavailable extends Error {
  override readonly name = 'SecretUnavailable';
}

const DEADLINE_MS = 3_000;
/** Every probe would otherwise pay for a call. A rotation that nobody refuses takes effect within this. */
const REMEMBER_MS = 300_000;
/** Brokers that refuse one secret refuse it many times at once, and rotated brokers do so until the secret is put right. */
const REREAD_MS = 5_000;

/** The client is made at the first read: pairs without secrets never pay for it. A secret lives in the ARN's region. */
export function secretsManager(nowMs: () => number = Date.now): SecretReader {
  const clients = new Map<string, SecretsManagerClient>();
  const remembered = new Map<string, { readonly fields: Fields; readonly readAtMs: number; untilMs: number }>();
  const read = async (secretArn: string): Promise<Fields> => {
    const present = remembered.get(secretArn);
    if (present !== undefined && nowMs() < present.untilMs) return present.fields;
    const fields = fieldsOf(secretArn, await fetchSecret(clientFor(clients, secretArn), secretArn));
    const readAtMs = nowMs();
    remembered.set(secretArn, { fields, readAtMs, untilMs: readAtMs + REMEMBER_MS });
    return fields;
  };
  const refused = (secretArn: string): void => {
    const present = remembered.get(secretArn);
    if (present !== undefined) present.untilMs = Math.min(present.untilMs, present.readAtMs + REREAD_MS);
  };
  return Object.assign(read, { refused });
}

const SecretFields = z.record(z.string(), z.string());

/** The message never quotes the secret itself. */
function fieldsOf(secretArn: string, text: string): Fields {
  try {
    return SecretFields.parse(JSON.parse(text));
  } catch {
    throw new SecretUnavailable(
      `secret ${secretArn} is no JSON object of strings; store it like {"username":"...","password":"..."}`,
    );
  }
}

/** arn:aws:secretsmanager:<region>:... */
function clientFor(clients: Map<string, SecretsManagerClient>, secretArn: string): SecretsManagerClient {
  const region = secretArn.split(':')[3] ?? '';
  const client =
    clients.get(region) ?? new SecretsManagerClient({ ...(region === '' ? {} : { region }), ...patience(DEADLINE_MS) });
  clients.set(region, client);
  return client;
}

async function fetchSecret(client: SecretsManagerClient, secretArn: string): Promise<string> {
  let text: string | undefined;
  try {
    ({ SecretString: text } = await client.send(
      new GetSecretValueCommand({ SecretId: secretArn }),
      within(DEADLINE_MS),
    ));
  } catch (error) {
    throw new SecretUnavailable(
      `secret ${secretArn} cannot be read (${causeOf(error)}); check the ARN, the function's role and its network`,
      { cause: error },
    );
  }
  if (text === undefined)
    throw new SecretUnavailable(`secret ${secretArn} holds bytes, not text; store it as a string`);
  return text;
}
