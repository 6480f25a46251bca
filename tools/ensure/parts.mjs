// The three things that are installed, each as { name, size, isInstalled(), install() }. An install goes to a folder of
// its own, is renamed when it is whole, and only then counts (npm: a stamp is written only after it ended well).
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPython } from './prerequisites.mjs';
import { run } from './run.mjs';

const sha256 = (data) => createHash('sha256').update(data).digest('hex');
const read = (file) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

/** Removes what killed installs of this folder left behind, and gives a fresh name beside it. */
function freshBeside(target) {
  const [parent, base] = [join(target, '..'), target.split('/').at(-1)];
  mkdirSync(parent, { recursive: true });
  for (const name of readdirSync(parent))
    if (name.startsWith(`${base}.part-`)) rmSync(join(parent, name), { recursive: true, force: true });
  return `${target}.part-${String(process.pid)}`;
}

function putInPlace(part, target) {
  rmSync(target, { recursive: true, force: true });
  renameSync(part, target);
}

/** Does npm's own record of what it installed agree with the lock file? Platform packages may be absent. */
export function agrees(lockJson, installedJson) {
  const [locked, installed] = [JSON.parse(lockJson).packages, JSON.parse(installedJson).packages];
  return Object.entries(locked)
    .filter(([path]) => path !== '')
    .every(([path, want]) =>
      installed[path] === undefined ? want.optional === true : installed[path].version === want.version,
    );
}

export function nodeModules(root, logs) {
  const [lock, stamp] = [join(root, 'package-lock.json'), join(root, 'node_modules', '.mm2-failover-installed')];
  const key = () => `${sha256(readFileSync(lock))} ${process.platform}-${process.arch}`;
  return {
    name: 'node modules',
    size: 'about 700 packages, 620 MB on disk, with the Node 24 that Lambda uses',
    diskMb: 900,
    isInstalled: () => {
      if (read(stamp) === key()) return existsSync(join(root, 'node_modules', '.bin', 'node'));
      const installed = read(join(root, 'node_modules', '.package-lock.json'));
      if (installed === undefined || !existsSync(join(root, 'node_modules', '.bin', 'node'))) return false;
      if (!agrees(readFileSync(lock, 'utf8'), installed)) return false;
      writeFileSync(stamp, key()); // somebody ran npm by hand, and it fits
      return true;
    },
    install: async () => {
      const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
      rmSync(stamp, { force: true });
      await run({ name: 'npm ci', command: 'npm', args, cwd: root, log: join(logs, 'npm-ci.log') });
      writeFileSync(stamp, key());
    },
  };
}

export const kafkaVersion = '4.3.1';
const copyDependencies = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

export function kafkaJars(root, logs) {
  const target = join(root, '.cache', `kafka-${kafkaVersion}`);
  const expected = read(join(root, 'tools', 'kafka', 'jars.sha256')) ?? '';
  return {
    name: `Kafka ${kafkaVersion}`,
    size: '94 jars from Maven, 55 MB',
    diskMb: 250,
    isInstalled: () => read(join(target, 'installed')) === sha256(expected),
    install: async () => {
      const part = freshBeside(target);
      const [pom, repository] = [join(root, 'tools', 'kafka', 'pom.xml'), join(part, 'repository')];
      const args = ['-B', '-C', '-ntp', '-f', pom, `-Dmaven.repo.local=${repository}`, copyDependencies];
      args.push(`-DoutputDirectory=${join(part, 'libs')}`, '-DincludeScope=runtime');
      mkdirSync(part, { recursive: true });
      await run({ name: 'mvn', command: 'mvn', args, cwd: part, log: join(logs, 'kafka-jars.log') });
      verifyJars(join(part, 'libs'), expected);
      rmSync(repository, { recursive: true, force: true });
      writeFileSync(join(part, 'installed'), sha256(expected));
      putInPlace(part, target);
    },
  };
}

/** Maven checks what it downloads against the repository; this checks it against what this project was tested with. */
export function verifyJars(folder, expected) {
  for (const line of expected.trim().split('\n')) {
    const [digest, name] = line.split(/\s+/);
    const file = join(folder, name);
    if (!existsSync(file)) throw new Error(`${name} is missing among the Kafka jars: run the command again.`);
    if (sha256(readFileSync(file)) !== digest)
      throw new Error(`${name} differs from tools/kafka/jars.sha256: its download was damaged or replaced; run again.`);
  }
}

export function emulator(root, logs) {
  const target = join(root, '.cache', 'ministack-venv');
  const requirements = join(root, 'tools', 'emulator', 'requirements.txt');
  const key = () => sha256(readFileSync(requirements));
  return {
    name: 'AWS emulator',
    size: '17 Python packages, 90 MB',
    diskMb: 250,
    isInstalled: () => read(join(target, 'installed')) === key() && existsSync(join(target, 'bin', 'python')),
    install: async () => {
      const python = findPython();
      if (python.kind === 'problem') throw new Error(python.sentence);
      const part = freshBeside(target);
      const step = (name, command, args) =>
        run({ name, command, args, cwd: root, log: join(logs, `emulator-${name.replaceAll(' ', '-')}.log`) });
      await step('python venv', python.command, ['-m', 'venv', part]);
      const pip = ['-m', 'pip', '--disable-pip-version-check', '--no-input'];
      await step('pip install', join(part, 'bin', 'python'), [...pip, 'install', '--no-deps', '-r', requirements]);
      await step('pip check', join(part, 'bin', 'python'), [...pip, 'check']);
      writeFileSync(join(part, 'installed'), key());
      putInPlace(part, target);
    },
  };
}
