/** `npm test`: static checks, every jest suite, and one whole drill. Prints how long each part took and a closing count. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundleFunctions } from '../tools/bundle.ts';

interface Part {
  readonly name: string;
  readonly command: readonly string[];
  /** jest writes its figures here. */
  readonly figures?: string;
}

const ROOT = join(import.meta.dirname, '..');
const FIGURES = join(ROOT, '.cache', 'test-figures');
const NODE = process.execPath;
const JEST = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
  '--silent=false',
];

const jest = (name: string, folders: readonly string[], ...flags: string[]): Part => {
  const figures = join(FIGURES, `${name.replaceAll(/\W+/g, '-')}.json`);
  return { name, figures, command: [NODE, ...JEST, ...folders, ...flags, '--json', `--outputFile=${figures}`] };
};

const PARTS: readonly Part[] = [
  { name: 'types', command: [NODE, 'node_modules/typescript/bin/tsc', '--noEmit'] },
  { name: 'lint', command: [NODE, 'node_modules/eslint/bin/eslint.js', '.'] },
  { name: 'format', command: [NODE, 'node_modules/prettier/bin/prettier.cjs', '--check', '.'] },
  {
    name: 'architecture',
    command: [
      NODE,
      'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
      '--config',
      '.dependency-cruiser.cjs',
      'bin',
      'core',
      'lambdas',
      'client',
      'infra',
      'test',
      'tools',
    ],
  },
  jest('unit, infra, workflow', ['test/unit', 'test/infra', 'test/workflow'], '--maxWorkers=2'),
  jest('contracts, on real brokers and the emulator', ['test/contracts'], '--runInBand'),
  { name: 'drill', command: [NODE, '--disable-warning=ExperimentalWarning', 'test/drill/main.ts'] },
];

interface Outcome {
  readonly passed: number;
  readonly failed: number;
}

/** Ctrl-C ends the part at work, and with it the whole. */
let stoppedBy: 'SIGINT' | 'SIGTERM' | undefined;

/** jest that has written its figures has nothing left to do: what keeps it alive was left open by a test, most often a failed one. */
const TO_END_MS = 60_000;

const run = ({ command, figures }: Part): Promise<number> =>
  new Promise((resolve) => {
    const [program = NODE, ...args] = command;
    const child = spawn(program, args, { cwd: ROOT, stdio: 'inherit' });
    const watch = setInterval(() => {
      if (figures === undefined || !existsSync(figures)) return;
      clearInterval(watch);
      end = setTimeout(() => {
        console.error('jest has figures and does not end: a test has left something open. It is killed.');
        child.kill('SIGKILL');
      }, TO_END_MS);
    }, 1000);
    let end: NodeJS.Timeout | undefined;
    const pass = (signal: 'SIGINT' | 'SIGTERM') => {
      stoppedBy = signal;
      child.kill(signal);
    };
    process.on('SIGINT', pass).on('SIGTERM', pass);
    child.on('exit', (code) => {
      process.off('SIGINT', pass).off('SIGTERM', pass);
      clearInterval(watch);
      clearTimeout(end);
      resolve(code ?? 1);
    });
  });

async function runPart(part: Part): Promise<Outcome> {
  console.log(`\n== ${part.name}`);
  const begun = performance.now();
  const code = await run(part);
  console.log(
    `== ${part.name}: ${code === 0 ? 'passed' : 'FAILED'} in ${((performance.now() - begun) / 1000).toFixed(0)} s`,
  );
  return part.figures === undefined
    ? { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 }
    : figuresOf(part.figures, code);
}

/** A suite that could not even start counts as one failure. */
function figuresOf(path: string, code: number): Outcome {
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(readFileSync(path, 'utf8')) as Record<
      string,
      number
    >;
    const failed = Math.max(numFailedTests ?? 0, numFailedTestSuites ?? 0, code === 0 ? 0 : 1);
    return { passed: numPassedTests ?? 0, failed };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

rmSync(FIGURES, { recursive: true, force: true });
mkdirSync(FIGURES, { recursive: true });
await bundleFunctions();
const total = { passed: 0, failed: 0 };
for (const part of PARTS) {
  if (stoppedBy !== undefined) break;
  const { passed, failed } = await runPart(part);
  total.passed += passed;
  total.failed += failed;
}
console.log(`\nTests: ${total.passed} passed, ${total.failed} failed${stoppedBy ? `, stopped by ${stoppedBy}` : ''}`);
process.exitCode = stoppedBy || total.failed > 0 ? 1 : 0;
