import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { HUNG_MS, waitFor } from './conditions.ts';
import { emulatorLauncher, emulatorPython, lambdaNodeFolder } from './paths.ts';
import { freePort } from './ports.ts';
import type { OwnedProcess, ProcessOwner } from './processes.ts';

/** The account that the emulator's resources live in. */
export const emulatedAccount = '000000000000';

export interface ClientSettings {
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface EmulatorOptions {
  readonly owner: ProcessOwner;
  /** For its log and those of the functions. */
  readonly folder: string;
  /** Where its scratch folder is made; the system's folder for temporary files unless told. */
  readonly temporary?: string;
}

/** MiniStack: the AWS services that the project is deployed on locally. One process serves all regions. */
export class Emulator {
  /** Such as `http://127.0.0.1:21034`. The address and not a name: the CDK CLI would prefix a name with the bucket. */
  readonly endpoint: string;
  /** What functions print: `<region>/<function>.log` below it. */
  readonly functionLogs: string;
  readonly process: OwnedProcess;
  readonly #scratch: string;

  private constructor(endpoint: string, scratch: string, functionLogs: string, process: OwnedProcess) {
    this.#scratch = scratch;
    this.endpoint = endpoint;
    this.functionLogs = functionLogs;
    this.process = process;
  }

  /** Starts it and waits until it answers. About 0.5 s. */
  static async start({ owner, folder, temporary = tmpdir() }: EmulatorOptions): Promise<Emulator> {
    const port = await freePort();
    // Outside the clone: from inside it, functions would find the clone's node_modules and its "type": "module".
    const scratch = mkdtempSync(join(temporary, 'mm2-failover-'));
    owner.removeAtEnd(scratch); // it never removes the folders of its functions itself
    for (const name of ['tmp', 's3', 'state', 'home']) mkdirSync(join(scratch, name));
    // Its worker for functions is CommonJS; a package.json above that says otherwise would stop them all without a word.
    writeFileSync(join(scratch, 'package.json'), '{"type":"commonjs"}');
    const functionLogs = join(folder, 'functions');
    const process = owner.spawn({
      name: 'AWS emulator',
      command: emulatorPython,
      args: [emulatorLauncher],
      log: join(folder, 'emulator.log'),
      cwd: scratch,
      env: emulatorEnvironment(port, scratch, functionLogs),
    });
    const endpoint = `http://127.0.0.1:${port}`;
    const answers = async (): Promise<true | undefined> =>
      (await fetch(`${endpoint}/_ministack/health`)).ok ? true : undefined;
    await waitFor('AWS emulator answers', answers, {
      timeoutMs: HUNG_MS,
      everyMs: 50,
      hopeless: () => process.ended(),
    });
    return new Emulator(endpoint, scratch, functionLogs, process);
  }

  /** For SDK clients: `new SSMClient(emulator.client('eu-central-1'))`. */
  client(region: string): ClientSettings {
    return { region, endpoint: this.endpoint, credentials: { accessKeyId: emulatedAccount, secretAccessKey: 'local' } };
  }

  /**
   * The processes of functions in all regions: pid to function name. SIGKILL is what a crash in the middle of an invocation
   * looks like: the caller gets an error, the next invocation starts a new process. A stopped one (SIGSTOP) takes the next
   * invocation, and does nothing until SIGCONT. Never end the emulator itself for that: its state would go.
   */
  functionProcesses(): ReadonlyMap<number, string> {
    const listed = execFileSync('ps', ['-ww', '-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n');
    const folder = join(this.#scratch, 'tmp', 'ministack-lambda-');
    const found = listed.flatMap((line) => {
      // The rest of the folder's name is random and without a dash.
      const name = /^([\w-]+)-\w+\/_worker/.exec(line.split(folder)[1] ?? '')?.[1];
      return name === undefined ? [] : [[Number.parseInt(line, 10), name] as const];
    });
    return new Map(found);
  }

  /** For command line tools. Nothing of a real AWS profile on this machine can reach them. */
  environment(region: string): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_ACCESS_KEY_ID: emulatedAccount,
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
  }
}

/** The whole environment: it hands its own on to every function, so nothing of this shell may be in it. */
function emulatorEnvironment(port: number, scratch: string, functionLogs: string): Record<string, string> {
  return {
    PATH: [lambdaNodeFolder, '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter), // it runs the first `node` for functions
    HOME: join(scratch, 'home'),
    LANG: 'C.UTF-8',
    TMPDIR: join(scratch, 'tmp'),
    S3_DATA_DIR: join(scratch, 's3'),
    STATE_DIR: join(scratch, 'state'),
    BIND_HOST: '127.0.0.1', // its default is every interface
    MINISTACK_HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    LAMBDA_EXECUTOR: 'local',
    LAMBDA_WARM_TTL_SECONDS: '60',
    SFTP_ENABLED: '0',
    FUNCTION_LOG_DIR: functionLogs,
    NODE_COMPILE_CACHE: join(scratch, 'compiled'), // a third of a cold start
  };
}
