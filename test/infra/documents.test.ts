/** What documents name exists: scripts, files, chapters, commands, options, inputs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readArguments } from '../../bin/cli/arguments.ts';
import { COMMANDS } from '../../bin/cli/commands.ts';
import { OPERATE_COMMANDS, OperateCommand } from '../../core/contracts/operate.ts';
import { WorkflowInput } from '../../core/contracts/workflow.ts';
import { FUNCTION_MEMORY_MB } from '../../infra/constructs/function.ts';
import { readOptions } from '../drill/options.ts';

const below = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'client/README.md', ...below('docs')].filter(
  (path) => path.endsWith('.md'),
);
const textOf = (path: string): string => readFileSync(path, 'utf8');
const all = DOCUMENTS.map(textOf).join('\n');
const found = (pattern: RegExp, text = all): readonly string[] => [
  ...new Set([...text.matchAll(pattern)].map(([, name]) => name ?? '')),
];

/** GitHub's: lower case, what is no letter, digit, blank or hyphen falls away, blanks become hyphens. */
const anchorsIn = (path: string): readonly string[] =>
  found(/^#{1,6} (.+)$/gm, textOf(path)).map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

test('the memory that the offset syncs are compared with is what a function has', () => {
  expect(textOf('docs/architecture.md')).toContain(`A function has ${FUNCTION_MEMORY_MB} MB;`);
});

describe.each(DOCUMENTS)('%s', (path) => {
  test('each relative link leads to a file, and to a heading of it', () => {
    const links = found(/\]\(((?!https?:)[^)\s]+)\)/g, textOf(path));
    const broken = links.filter((link) => {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : normalize(join(dirname(path), file));
      return !existsSync(target) || (anchor !== undefined && !anchorsIn(target).includes(anchor));
    });
    expect(broken).toEqual([]);
  });

  test('speaks of the project alone', () => {
    expect(textOf(path)).not.toMatch(/\/(work|home|root|tmp)\/|\.\.\/shared|\bissue \d|localhost:\d/);
  });
});

describe('commands that documents tell people to type', () => {
  test('each npm script exists', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
    const named = found(/npm run (?:-s )?([a-z][\w:-]*)/g);
    expect(named).toContain('drill');
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  test('each CLI command is one of operate', () => {
    const named = found(/(?:npx mm2-failover|`mm2-failover) ([a-z-]+)/g);
    expect(named).toContain('approve');
    expect(named.filter((name) => !['help', ...OPERATE_COMMANDS].includes(name as never))).toEqual([]);
  });

  test('the README shows every command of the CLI', () => {
    const shown = found(/npx mm2-failover ([a-z-]+)/g, textOf('README.md'));
    expect(Object.keys(COMMANDS).filter((name) => !shown.includes(name))).toEqual([]);
  });

  test('each CLI line is understood by the CLI', () => {
    // A bare name is a mention, no line to type.
    const lines = found(/`(?:npx )?mm2-failover ([a-z-]+ --[^`]+)`/g).filter((line) => !line.startsWith('help'));
    const wordsOf = (line: string) =>
      (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', '').replace(/^<.*>$/, 'x'));
    const misread = lines.filter(
      (line) => readArguments(wordsOf(line), { env: {}, user: () => undefined }).kind !== 'command',
    );
    expect(lines.length).toBeGreaterThan(10);
    expect(misread).toEqual([]);
  });

  test('each line of the drill is understood by the drill', () => {
    const lines = found(/`npm run drill -- (--[^`]+)`/g);
    expect(lines).toContain('--naive');
    for (const line of lines) expect(() => readOptions(line.split(' '))).not.toThrow();
  });
});

describe('inputs that the README shows', () => {
  const readme = textOf('README.md');

  test('those of the Test button are taken by operate', () => {
    const inputs = found(/^(\{ "command".*\})$/gm, readme);
    expect(inputs.length).toBeGreaterThan(5);
    expect(inputs.filter((input) => !OperateCommand.safeParse(JSON.parse(input)).success)).toEqual([]);
  });

  test('that of the workflow is taken by the workflow', () => {
    const [input = ''] = found(/^\s*(\{ "pair".*\})$/gm, readme);
    expect(WorkflowInput.safeParse(JSON.parse(input)).success).toBe(true);
  });
});
