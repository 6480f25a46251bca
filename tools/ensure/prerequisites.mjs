// What the machine itself must bring. Every check answers with undefined or ONE sentence: found, needed, to do.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, realpathSync, statSync, statfsSync } from 'node:fs';
import { delimiter, join, sep } from 'node:path';

/** @typedef {{ major: number, minor: number }} Version */

/** Reads the first `1.2`-like number; Java 8's "1.8.0" counts as 8. @returns {Version | undefined} */
export function parseVersion(text) {
  const found = /(\d+)(?:\.(\d+))?/.exec(text);
  if (found === null) return undefined;
  const [major, minor] = [Number(found[1]), Number(found[2] ?? 0)];
  return major === 1 && text.includes('1.8') ? { major: 8, minor: 0 } : { major, minor };
}

/** @param {Version} found @param {Version} needed */
export function isAtLeast(found, needed) {
  return found.major > needed.major || (found.major === needed.major && found.minor >= needed.minor);
}

/** The version that `java -version` or the like prints, quoted or not. */
export function versionPrinted(output) {
  return parseVersion(/version "?([\d._]+)/.exec(output)?.[1] ?? output);
}

export function nodeProblem(version = process.versions.node) {
  if (isAtLeast(parseVersion(version), { major: 20, minor: 0 })) return undefined;
  return `Node ${version} found, Node 20 or newer is needed to install: install it and run the command again.`;
}

export function platformProblem(platform = process.platform) {
  if (platform === 'linux') return undefined;
  if (platform === 'darwin') return undefined; // should work; the README says that it is untested
  return `Platform ${platform} found, Linux is needed (macOS should work): use Linux, or WSL 2 on Windows.`;
}

/** @param {string} folder @param {number} neededMb */
export function diskProblem(folder, neededMb) {
  const { bavail, bsize } = statfsSync(folder);
  const freeMb = Math.floor((bavail * bsize) / 1_000_000);
  if (freeMb >= neededMb) return undefined;
  return `${freeMb} MB of free disk found at ${folder}, ${neededMb} MB are needed: free some, or clone to another disk.`;
}

/** The file that a command name means on PATH, leaving out this clone's node_modules. */
export function findOnPath(command) {
  for (const folder of pathFolders()) {
    const file = join(folder, command);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

/** npm puts node_modules/.bin first: its Node must not run the `npm ci` that replaces it. */
export function pathFolders(path = process.env['PATH'] ?? '') {
  return path.split(delimiter).filter((folder) => folder !== '' && !folder.includes(join('node_modules', '.bin')));
}

/** Changes when the command is another file than before; cheap enough for every start. */
export function fingerprint(command) {
  const file = findOnPath(command);
  if (file === undefined) return 'absent';
  const real = realpathSync(file);
  return [file, real, String(statSync(real).mtimeMs)].join(sep + sep);
}

export function javaProblem() {
  const needed =
    'Java 17 or newer is needed for the local Kafka brokers: install a JDK or JRE 17+, put `java` on PATH.';
  if (findOnPath('java') === undefined) return `No java found on PATH. ${needed}`;
  const { stdout, stderr, error } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const version = error ? undefined : versionPrinted(`${stderr}${stdout}`);
  if (version === undefined) return `java on PATH does not tell its version. ${needed}`;
  return isAtLeast(version, { major: 17, minor: 0 }) ? undefined : `Java ${version.major} found. ${needed}`;
}

export function mavenProblem() {
  if (findOnPath('mvn') !== undefined) return undefined;
  return 'No mvn found on PATH, Maven 3.6 or newer is needed once, to fetch the Kafka jars: install Maven.';
}

const pythons = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];
const pythonProbe = 'import sys; print("%d.%d" % sys.version_info[:2]); import venv, ensurepip, ssl';

/** @returns {{ kind: 'found', command: string } | { kind: 'problem', sentence: string }} */
export function findPython() {
  const needed = 'Python 3.10 or newer with venv is needed for the AWS emulator';
  const seen = [];
  for (const command of pythons.filter((name) => findOnPath(name) !== undefined)) {
    const { stdout, status } = spawnSync(command, ['-c', pythonProbe], { encoding: 'utf8' });
    const version = parseVersion(stdout ?? '');
    if (version === undefined) continue; // a launcher without a Python behind it
    const name = `${command} ${stdout.trim()}`;
    if (!isAtLeast(version, { major: 3, minor: 10 })) seen.push(name);
    else if (status === 0) return { kind: 'found', command };
    else seen.push(`${name} without venv`);
  }
  const found = seen.length === 0 ? 'No python3 found on PATH' : `Found ${seen.join(', ')}`;
  return { kind: 'problem', sentence: `${found}. ${needed}: install it (on Debian: python3-venv).` };
}
