#!/usr/bin/env node
// `node tools/ensure.mjs node|world`: makes sure that what the following command needs is there. Plain JavaScript: it
// runs on the machine's own Node before node_modules exists. Everything goes into this clone, everything is pinned.
//   node   node modules
//   world  node modules, the Kafka jars, the AWS emulator; and a Java that can run the brokers
// It says what it installs on stderr, and nothing when all is there: what the following command prints stays its own.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tryLock } from './ensure/lock.mjs';
import { emulator, kafkaJars, nodeModules } from './ensure/parts.mjs';
import {
  diskProblem,
  findPython,
  fingerprint,
  javaProblem,
  mavenProblem,
  nodeProblem,
  platformProblem,
} from './ensure/prerequisites.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const cache = join(root, '.cache');
const logs = join(cache, 'install-logs');
const scopes = { node: [nodeModules], world: [nodeModules, kafkaJars, emulator] };

class Refusal extends Error {}

/** Java is needed at each run, so a changed one is looked at again; a started JVM costs 0.1 s, a fingerprint nothing. */
function javaProblemIfChanged() {
  const [file, now] = [join(cache, 'java-seen'), fingerprint('java')];
  if (existsSync(file) && readFileSync(file, 'utf8') === now) return undefined;
  const problem = javaProblem();
  if (problem === undefined) writeFileSync(file, now);
  return problem;
}

function refuseOn(problems) {
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length > 0) throw new Refusal(found.join('\n'));
}

function checkMachine(scope, missing) {
  const names = missing.map((part) => part.name);
  const diskMb = missing.reduce((sum, part) => sum + part.diskMb, 0);
  const python = names.includes('AWS emulator') ? findPython() : { kind: 'found' };
  refuseOn([
    nodeProblem(),
    platformProblem(),
    scope === 'world' ? javaProblemIfChanged() : undefined,
    names.some((name) => name.startsWith('Kafka')) ? mavenProblem() : undefined,
    python.kind === 'problem' ? python.sentence : undefined,
    diskMb > 0 ? diskProblem(root, diskMb) : undefined,
  ]);
}

async function waitForLock() {
  let told = false;
  for (;;) {
    const outcome = tryLock(join(cache, 'install.lock'), 'installing');
    if (outcome.kind === 'taken') return outcome.release;
    if (!told)
      console.error(
        `Another install in this clone is running (pid ${outcome.owner?.pid ?? 'unknown'}); waiting for it.`,
      );
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

async function installPart(part) {
  const begun = Date.now();
  console.error(`  ${part.name}: installing (${part.size})`);
  await part.install();
  console.error(`  ${part.name}: installed in ${Math.round((Date.now() - begun) / 1000)} s`);
}

/** npm is bound by the processor, the other two by the network: side by side, with the other two in a row. */
async function installAll(missing) {
  const [npm, others] = [
    missing.filter((p) => p.name === 'node modules'),
    missing.filter((p) => p.name !== 'node modules'),
  ];
  const inARow = async (parts) => {
    for (const part of parts) await installPart(part);
  };
  const ended = await Promise.allSettled([inARow(npm), inARow(others)]);
  const failed = ended.filter((outcome) => outcome.status === 'rejected').map((outcome) => outcome.reason);
  if (failed.length > 0) throw new Refusal(failed.map((reason) => reason.message).join('\n'));
}

async function ensure(scope) {
  mkdirSync(logs, { recursive: true });
  const missingNow = () => scopes[scope].map((make) => make(root, logs)).filter((part) => !part.isInstalled());
  if (missingNow().length === 0) return checkMachine(scope, []);
  const release = await waitForLock();
  try {
    const missing = missingNow(); // another install may have just made it
    if (missing.length === 0) return checkMachine(scope, []);
    checkMachine(scope, missing);
    const list = missing.map((part) => `${part.name} (${part.size})`).join(', ');
    console.error(
      `First run: downloads ${list}. About ${missing.length > 1 ? 'one to two minutes' : 'half a minute to one minute'}, into this folder only.`,
    );
    await installAll(missing);
  } finally {
    release();
  }
}

const scope = process.argv[2] ?? '';
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
])
  process.on(signal, () => process.exit(code));
try {
  if (!Object.hasOwn(scopes, scope))
    throw new Refusal(`What to make sure of? Got "${scope}", use: node tools/ensure.mjs node | world`);
  await ensure(scope);
} catch (problem) {
  console.error(problem instanceof Refusal ? problem.message : problem);
  process.exitCode = 1;
}
