import { describe, expect, test } from '@jest/globals';
import {
  diskProblem,
  isAtLeast,
  nodeProblem,
  parseVersion,
  pathFolders,
  platformProblem,
  versionPrinted,
} from '../../../tools/ensure/prerequisites.mjs';

describe('a tool tells its version in its own way', () => {
  test.each([
    ['a JDK of today', 'openjdk version "17.0.15" 2025-04-15', { major: 17, minor: 0 }],
    ['a JDK without a minor number', 'java version "25" 2025-09-16', { major: 25, minor: 0 }],
    ['Java 8, which calls itself 1.8', 'java version "1.8.0_402"', { major: 8, minor: 0 }],
  ])('%s', (_story, output, version) => {
    expect(versionPrinted(output)).toEqual(version);
  });

  test('text without a number is no version', () => {
    expect(parseVersion('command not found')).toBeUndefined();
  });
});

describe('a version is enough', () => {
  test.each([
    ['the very version asked for', '3.10', true],
    ['a later minor', '3.11', true],
    ['a later major with a smaller minor', '4.0', true],
    ['an earlier minor, though its digits sort later as text', '3.9', false],
    ['an earlier major with a greater minor', '2.70', false],
  ])('%s', (_story, found, enough) => {
    expect(isAtLeast(parseVersion(found)!, { major: 3, minor: 10 })).toBe(enough);
  });
});

describe('a refusal names what was found, what is needed, what to do', () => {
  test('Node too old', () => {
    expect(nodeProblem('18.20.4')).toBe(
      'Node 18.20.4 found, Node 20 or newer is needed to install: install it and run the command again.',
    );
  });
  test('Node 20 is enough', () => {
    expect(nodeProblem('20.0.0')).toBeUndefined();
  });
  test('Windows', () => {
    expect(platformProblem('win32')).toMatch(/^Platform win32 found, Linux is needed .*WSL/);
  });
  test('a disk that cannot hold it', () => {
    expect(diskProblem('/', 1e12)).toMatch(/^\d+ MB of free disk found at \/, 1000000000000 MB are needed: free some/);
  });
  test('a disk that can', () => {
    expect(diskProblem('/', 0)).toBeUndefined();
  });
});

test('the Node of this clone is not used to replace itself', () => {
  expect(pathFolders('/clone/node_modules/.bin:/usr/bin::/home/x/node_modules/.bin:/bin')).toEqual([
    '/usr/bin',
    '/bin',
  ]);
});
