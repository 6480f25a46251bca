/** Secrets Manager, read by ARN, remembered for a short while so that a rotated secret is picked up. */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { causeOf, patience, within } from './calls.ts';

/** Text of a secret by ARN. @throws SecretUnavailable */
export type SecretReader = (secretArn: string) => Promise<string>;

export class SecretUnavailable extends Error {
  override readonly name = 'SecretUnavailable';
}

const DEADLINE_MS = 3_000;
/** A rotation takes effect within this; every probe would otherwise pay for a call. */
const REMEMBER_MS = 300_000;

/** The client is made at the first read: pairs without secrets never pay for it. A secret lives in the ARN's region. */
export function secretsManager(nowMs: () => number = Date.now): SecretReader {
  const clients = new Map<string, SecretsManagerClient>();
  const remembered = new Map<string, { readonly text: string; readonly untilMs: number }>();
  return async (secretArn) => {
    const present = remembered.get(secretArn);
    if (present !== undefined && nowMs() < present.untilMs) return present.text;
    const text = await fetchSecret(clientFor(clients, secretArn), secretArn);
    remembered.set(secretArn, { text, untilMs: nowMs() + REMEMBER_MS });
    return text;
  };
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
