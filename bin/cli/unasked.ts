/** Why a controller could not be asked, in words that name what was set, where it came from, and what to do. */

/** Where a controller is asked, and what said so. */
export interface AskedPlace {
  readonly pair: string;
  readonly region: string;
  /** What named the region: an option, an environment variable or a file. */
  readonly regionFrom: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Whatever the client of the AWS SDK may throw. */
interface Thrown {
  readonly name?: string;
  readonly message?: string;
  readonly code?: unknown;
  /** Of a connection that was refused. */
  readonly address?: unknown;
  readonly port?: unknown;
  readonly errors?: readonly Thrown[];
}

const EXPIRED = ['ExpiredTokenException', 'ExpiredToken', 'UnrecognizedClientException', 'InvalidSignatureException'];
const FORBIDDEN = ['AccessDeniedException', 'AccessDenied'];
const NOT_FOUND = ['ENOTFOUND', 'EAI_AGAIN'];
const UNREACHED = ['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'EPIPE'];

/** One sentence, or two: what is the matter, and what to do. Never throws. */
export function whyUnasked(error: unknown, place: AskedPlace, env: Environment): string {
  if (!(error instanceof Error)) return String(error);
  const thrown: Thrown = error;
  const { name = '', message = '' } = thrown;
  const code = codeOf(thrown);
  const region = `${place.region} (from ${place.regionFrom})`;
  if (name === 'ResourceNotFoundException')
    return `there is no such function in ${region}; is the stack deployed there, and the pair "${place.pair}" spelt right?`;
  if (name === 'CredentialsProviderError') return noCredentials(message, env);
  if (EXPIRED.includes(name))
    return `AWS does not take these credentials (${name}: ${message}), from ${credentialsFrom(env)}; sign in again`;
  if (FORBIDDEN.includes(name))
    return `these credentials (from ${credentialsFrom(env)}) may not do it: ${message}; they need lambda:InvokeFunction on it`;
  if (NOT_FOUND.includes(code)) return `${endpointOf(place, env)} has no address (${code}): ${whatToDo(place, env)}`;
  if (UNREACHED.includes(code)) return `nobody answers at ${endpointOf(place, env)} (${code}): ${whatToDo(place, env)}`;
  if (name === 'TimeoutError' || name === 'AbortError')
    return `${endpointOf(place, env)} did not answer in time: ${whatToDo(place, env)}`;
  // A refused connection may arrive as an error without a message.
  return message === '' ? code || name : `${code || name}: ${message}`;
}

/** An attempt at several addresses of one name fails with one error each. */
function codeOf({ code, errors }: Thrown): string {
  if (typeof code === 'string') return code;
  return errors?.map(codeOf).find((one) => one !== '') ?? '';
}

const ENDPOINTS = ['AWS_ENDPOINT_URL_LAMBDA', 'AWS_ENDPOINT_URL'] as const;
const endpointVariable = (env: Environment): (typeof ENDPOINTS)[number] | undefined =>
  ENDPOINTS.find((variable) => (env[variable] ?? '') !== '');

function endpointOf({ region }: AskedPlace, env: Environment): string {
  const variable = endpointVariable(env);
  return variable === undefined ? `AWS Lambda of ${region}` : `${env[variable]} (from ${variable})`;
}

function whatToDo({ region, regionFrom }: AskedPlace, env: Environment): string {
  const variable = endpointVariable(env);
  return variable === undefined
    ? `is the region "${region}" (from ${regionFrom}) spelt right, and does this machine reach AWS?`
    : `start what should listen there (the lab?), or unset ${variable} to ask AWS itself`;
}

function credentialsFrom(env: Environment): string {
  if ((env['AWS_ACCESS_KEY_ID'] ?? '') !== '') return 'AWS_ACCESS_KEY_ID';
  const profile = env['AWS_PROFILE'] ?? '';
  return profile === '' ? 'the default profile or role' : `profile "${profile}" (AWS_PROFILE)`;
}

const noCredentials = (message: string, env: Environment): string =>
  `there are no AWS credentials: AWS_ACCESS_KEY_ID is not set, and ${credentialsFrom(env)} gives none (${message}); sign in as for every AWS tool (aws sso login, aws configure), or source the lab's lab.env`;
