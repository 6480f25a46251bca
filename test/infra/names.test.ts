import { readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { FUNCTIONS, type FunctionName, HELD_SETS_METRIC } from '../../core/contracts/environment.ts';
import { MOVES } from '../../core/contracts/primitives.ts';
import { STEP_KINDS } from '../../core/contracts/workflow.ts';
import { CONFIG_FILE } from '../../infra/constructs/code.ts';
import { GRANTED_PORTS, portsOf } from '../../infra/constructs/permissions.ts';
import { ALARMS, alarmName } from '../../infra/monitoring/alarms.ts';
import { configOf, definitionOf, synthesize } from '../support/synthesized.ts';

const names = Object.keys(FUNCTIONS) as FunctionName[];
const stack = synthesize(configOf('two-regions-witness')).get('eu-west-1')!;
const headingsOf = (file: string, level: string): readonly string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith(`${level} `))
    .map((line) => line.slice(level.length + 1));
/** Folders of lambdas/ that are no functions. */
const SUPPORT = ['adapters', 'gather', 'shared'];

describe('one name each', () => {
  test('folders of lambdas/ are the functions', () => {
    const folders = readdirSync('lambdas').filter(
      (name) => statSync(`lambdas/${name}`).isDirectory() && !SUPPORT.includes(name),
    );
    expect(folders.toSorted()).toEqual(names.toSorted());
  });

  test('every folder has its use case and its handler', () => {
    expect(
      names
        .map((name) => readdirSync(`lambdas/${name}`))
        .map((files, i) => (files.includes(`${names[i]}.ts`) && files.includes('handler.ts') ? 'complete' : names[i])),
    ).toEqual(names.map(() => 'complete'));
  });

  test('headings of docs/functions.md are the functions', () => {
    expect(headingsOf('docs/functions.md', '##')).toEqual(names);
  });

  test('Task states of all machines are the steps', () => {
    const tasks = MOVES.flatMap((machine) =>
      Object.entries(definitionOf(stack, machine).States)
        .filter(([, { Type }]) => Type === 'Task')
        .map(([name]) => name),
    );
    const words = new Set(
      tasks.map((name) =>
        name
          .replace(/ \(.*\)$/, '')
          .toLowerCase()
          .replaceAll(' ', '-'),
      ),
    );
    expect([...words].toSorted()).toEqual(Object.keys(STEP_KINDS).toSorted());
  });

  test('steps are the functions that a workflow triggers', () => {
    expect(names.filter((name) => FUNCTIONS[name].trigger === 'workflow').toSorted()).toEqual(
      Object.keys(STEP_KINDS).toSorted(),
    );
  });

  test('the config is written under the name by which functions look for it', async () => {
    expect(readFileSync('lambdas/adapters/config.ts', 'utf8')).toContain(`'${CONFIG_FILE}'`);
  });
});

/** Ports a use case names in its `Pick<Ports, ...>`, so far as they lead out of the process. */
function portsAskedFor(name: FunctionName): readonly string[] {
  const sources = readdirSync(`lambdas/${name}`)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(`lambdas/${name}/${file}`, 'utf8'));
  const picks = sources.flatMap((source) =>
    [...source.matchAll(/Pick<\s*Ports,([^>]*)>/g)].map(([, union]) => union ?? ''),
  );
  const asked = new Set(picks.flatMap((union) => [...union.matchAll(/'(\w+)'/g)].map(([, port]) => port ?? '')));
  return GRANTED_PORTS.filter((port) => asked.has(port));
}

describe('permissions', () => {
  test.each(names)('%s is granted the ports its use case asks for, and no other', (name) => {
    const lease = FUNCTIONS[name].trigger === 'schedule' ? ['observations'] : [];
    expect([...portsOf(name)].toSorted()).toEqual([...new Set([...portsAskedFor(name), ...lease])].toSorted());
  });
});

describe('alarms', () => {
  const shared = { table: 'mm2-failover-shared', downTogether: 0.5 };
  const limited = synthesize({ ...configOf('two-regions-witness'), shared }).get('eu-west-1')!;

  test('that many pairs look down together rings only where it is limited', () => {
    const names = stack.ofType('AWS::CloudWatch::Alarm').map(({ Properties }) => String(Properties['AlarmName']));
    expect(names).not.toContain(alarmName('orders', 'pairs-down-together'));
  });

  test('every alarm id has a chapter of the same name in the runbook, and no chapter is about nothing', () => {
    expect(headingsOf('docs/runbook.md', '##').filter((heading) => /^[a-z-]+$/.test(heading))).toEqual(
      Object.keys(ALARMS),
    );
  });

  test.each(Object.keys(ALARMS))(
    'the chapter %s says what it means, what to check, what to do and when not to',
    (id) => {
      const chapter = readFileSync('docs/runbook.md', 'utf8').split(`\n## ${id}\n`)[1]?.split('\n## ')[0] ?? '';
      expect([...chapter.matchAll(/^\*\*(\w[\w ]*)\.\*\*/gm)].map(([, word]) => word)).toEqual([
        'Means',
        'Check',
        'Do',
        'When not',
      ]);
    },
  );

  test.each(Object.keys(ALARMS) as (keyof typeof ALARMS)[])(
    '%s exists in a controller and tells people when it rings',
    (id) => {
      const ringing = limited
        .ofType('AWS::CloudWatch::Alarm')
        .filter(({ Properties }) => String(Properties['AlarmName']).startsWith(alarmName('orders', id)));
      expect(ringing.length).toBeGreaterThan(0);
      expect(ringing.filter(({ Properties }) => (Properties['AlarmActions'] as unknown[]).length !== 1)).toEqual([]);
    },
  );

  test('silence of the prober and of assess rings, silence of anything else does not', () => {
    const breaching = stack
      .ofType('AWS::CloudWatch::Alarm')
      .filter(({ Properties }) => Properties['TreatMissingData'] === 'breaching')
      .map(({ Properties }) => Properties['AlarmName']);
    expect(breaching).toEqual(['mm2-failover-orders-prober-silent', 'mm2-failover-orders-assess-silent']);
  });

  test('the gauge behind set-held is put by reconcile', () => {
    const sources = readdirSync('lambdas/reconcile')
      .map((file) => readFileSync(`lambdas/reconcile/${file}`, 'utf8'))
      .join('\n');
    expect(sources.includes('HELD_SETS_METRIC') || sources.includes(`'${HELD_SETS_METRIC}'`)).toBe(true);
  });
});
