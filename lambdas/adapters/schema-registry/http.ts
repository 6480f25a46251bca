/** One bounded GET of JSON, with basic auth and an authority of its own where the registry needs them. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { causeOf } from '../calls.ts';

/** The registry did not answer, refused us, or answered something else: nothing is known about its schemas. */
export class RegistryUnavailable extends Error {
  override readonly name = 'RegistryUnavailable';
}

export interface Access {
  readonly username?: string;
  readonly password?: string;
  /** PEM of the authority that signed the registry's certificate. */
  readonly ca?: string;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const DEADLINE_MS = 3_000;
const MAX_BYTES = 5 * 1024 * 1024;

/** @throws RegistryUnavailable */
export async function getJson(base: URL, path: string, access: Access, deadlineMs = DEADLINE_MS): Promise<Answer> {
  const url = new URL(`${base.pathname.replace(/\/$/, '')}${path}`, base);
  const shown = `${url.protocol}//${url.host}${url.pathname}`;
  let answer: { readonly status: number; readonly text: string };
  try {
    answer = await get(url, access, deadlineMs);
  } catch (error) {
    throw new RegistryUnavailable(`${shown}: ${causeOf(error)}`, { cause: error });
  }
  const { status, text } = answer;
  if (status === 401 || status === 403)
    throw new RegistryUnavailable(`${shown} refuses us (HTTP ${status}); check schemaRegistrySecretArn`);
  try {
    return { status, body: JSON.parse(text) as unknown };
  } catch (error) {
    throw new RegistryUnavailable(`${shown} answered HTTP ${status} with no JSON: ${text.slice(0, 80)}`, {
      cause: error,
    });
  }
}

function get(
  url: URL,
  { username, password, ca }: Access,
  deadlineMs: number,
): Promise<{ readonly status: number; readonly text: string }> {
  const options = {
    signal: AbortSignal.timeout(deadlineMs),
    headers: { accept: 'application/vnd.schemaregistry.v1+json, application/json' },
    ...(username === undefined ? {} : { auth: `${username}:${password ?? ''}` }),
  };
  return new Promise((resolve, reject) => {
    const read = (response: IncomingMessage) => {
      textOf(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
    };
    const sent =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...options, ...(ca === undefined ? {} : { ca }) }, read)
        : httpRequest(url, options, read);
    sent.once('error', reject).end();
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error(`the answer is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
