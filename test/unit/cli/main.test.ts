import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { helpText, COMMANDS } from '../../../bin/cli/commands.ts';
import { EXIT, main } from '../../../bin/cli/main.ts';
import { OPERATE_COMMANDS, OperateCommand, type OperateAnswer } from '../../../core/contracts/operate.ts';
import type { AskedPlace } from '../../../bin/cli/unasked.ts';
import { commandLines, takeUpLine } from '../../../core/move/answers.ts';
import { documentOf } from '../../support/builders/readiness-document.ts';

const folder = mkdtempSync(join(tmpdir(), 'mm2-failover-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));
const CONFIG = join(folder, 'orders.yaml');
writeFileSync(
  CONFIG,
  `
schema: 1
pair: orders
clusters:
  K1: { region: eu-west-1, bootstrapServers: ['k1:9092'], auth: k1 }
  K2: { region: eu-central-1, bootstrapServers: ['k2:9092'], auth: k2 }
clientSets:
  clients-k1: { home: K1, topics: [orders], groups: [{ id: billing }] }
  clients-k2: { home: K2, topics: [orders], groups: [{ id: billing }] }
`,
);

const done: OperateAnswer = { kind: 'done', sentence: 'so be it' };
async function cli(
  line: readonly string[],
  at: { env?: Record<string, string>; user?: string | undefined; answer?: (region: string) => OperateAnswer } = {},
) {
  const asked: { place: AskedPlace; payload: unknown }[] = [];
  const out: string[] = [];
  const err: string[] = [];
  const code = await main(line, {
    env: { ...('user' in at ? {} : { USER: 'ana' }), ...at.env },
    user: () => at.user,
    version: () => '1.2.3',
    ask: async (place, payload) => (asked.push({ place, payload }), (at.answer ?? (() => done))(place.region)),
    print: (text) => void out.push(text),
    complain: (text) => void err.push(text),
    paint: (_style, text) => text,
  });
  return { code, asked, out: out.join('\n'), err: err.join('\n') };
}

test('a command becomes a payload, with the user as the one who asks', async () => {
  const { code, asked, out } = await cli([
    'approve',
    '--pair',
    'orders',
    '--set',
    'clients-k1',
    '--epoch',
    '3',
    '--region',
    'eu-central-1',
  ]);
  expect(code).toBe(EXIT.done);
  expect(asked).toEqual([
    {
      place: { pair: 'orders', region: 'eu-central-1', regionFrom: '--region' },
      payload: { command: 'approve', pair: 'orders', clientSet: 'clients-k1', epoch: 3, by: 'ana' },
    },
  ]);
  expect(out).toBe('so be it');
});
test('numbers and switches keep their kind', async () => {
  const { asked } = await cli([
    'start',
    '--set',
    'clients-k1',
    '--reason',
    'on fire',
    '--force',
    '--expected-epoch',
    '2',
    '--config',
    CONFIG,
  ]);
  expect(asked[0]?.payload).toEqual({
    command: 'start',
    clientSet: 'clients-k1',
    reason: 'on fire',
    force: true,
    expectedEpoch: 2,
    by: 'ana',
  });
});

test.each<readonly [string, Parameters<typeof cli>[1], string]>([
  ['LOGNAME, where USER is not set', { user: 'uma', env: { LOGNAME: 'leo' } }, 'leo'],
  ['the system, where neither is set', { user: 'uma' }, 'uma'],
  ['the system, where USER is empty', { user: 'uma', env: { USER: '' } }, 'uma'],
  ['nobody', { user: undefined }, 'unnamed'],
])('who asks comes from %s', async (_story, at, by) => {
  const { asked } = await cli(['approve', '--pair', 'orders', '--region', 'eu-central-1'], at);
  expect(asked[0]?.payload).toMatchObject({ by });
});

describe('lines that people are given to paste', () => {
  const PLACE = { pair: 'orders', clientSet: 'clients-k1', region: 'eu-central-1' };
  const question = { epoch: 3, stage: 'Pin positions' };
  const claim = { published: false };
  test.each(
    [
      ...commandLines({ ...question, question: 'approval' }, { ...PLACE, claim }),
      ...commandLines({ ...question, question: 'hold' }, { ...PLACE, claim }),
      takeUpLine({ ...PLACE, epoch: 3 }),
    ].map((line) => [line]),
  )('%s', async (line) => {
    const [npx, name, ...words] = (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));
    const { asked } = await cli(words, { env: {} });
    expect([npx, name]).toEqual(['npx', 'mm2-failover']);
    expect(asked.map(({ place }) => place)).toEqual([
      { pair: 'orders', region: 'eu-central-1', regionFrom: '--region' },
    ]);
    expect(OperateCommand.safeParse(asked[0]?.payload).success).toBe(true);
  });
});

describe('everything that is wrong is told at once', () => {
  test('options that are missing, the pair and the region', async () => {
    const { code, err, asked } = await cli(['start']);
    expect([code, asked]).toEqual([EXIT.invalid, []]);
    expect(err.split('\n')).toEqual([
      '"start" needs --reason (why, in 3 to 500 characters; kept in the records)',
      'which pair? give --pair, or --config with the YAML of the pair',
      'which region? give --config with the YAML of the pair, or --region, or set AWS_REGION',
      'More: npx mm2-failover help',
    ]);
  });

  test('values of several options', async () => {
    const { err } = await cli([
      'pause',
      '--minutes',
      'ten',
      '--reason',
      'x',
      '--pair',
      'orders',
      '--region',
      'eu-west-1',
    ]);
    expect(err.split('\n').slice(0, -1)).toEqual([
      '--reason has 1 character; why, in 3 to 500 characters; kept in the records',
      '--minutes is "ten"; give a number',
    ]);
  });

  test.each<readonly [string, string]>([
    ['too short', 'no'],
    ['too long', 'x'.repeat(501)],
  ])('a reason that is %s is not sent', async (_story, reason) => {
    const line = ['start', '--set', 'clients-k1', '--config', CONFIG, '--reason', reason];
    const { code, asked, err } = await cli(line);
    expect([code, asked]).toEqual([EXIT.invalid, []]);
    expect(err).toContain(`--reason has ${reason.length} characters; why, in 3 to 500 characters`);
  });

  test.each<readonly [string, readonly string[], Record<string, string>, string]>([
    ['without a configuration', ['--pair', 'orders', '--region', 'eu west'], {}, '--region is "eu west"'],
    ['with one', ['--config', CONFIG, '--region', 'eu west'], {}, '--region is "eu west"'],
    ['of the environment', ['--pair', 'orders'], { AWS_REGION: 'europe' }, 'AWS_REGION is "europe"'],
  ])('a region that is none, %s, is not asked', async (_story, line, env, what) => {
    const { code, asked, err } = await cli(['status', ...line], { env });
    expect([code, asked]).toEqual([EXIT.invalid, []]);
    expect(err).toBe(`${what}; give an AWS region such as "eu-west-1"`);
  });
});

describe('where to ask', () => {
  const regions = async (line: readonly string[], env: Record<string, string> = {}) =>
    (await cli(line, { env })).asked.map(({ place }) => place.region);
  test('a set is asked for in the region of its refuge', async () =>
    expect(await regions(['resume', '--set', 'clients-k1', '--config', CONFIG])).toEqual(['eu-central-1']));
  test('the other set in the other region', async () =>
    expect(await regions(['resume', '--set', 'clients-k2', '--config', CONFIG])).toEqual(['eu-west-1']));
  test('a cluster where its sets are controlled', async () =>
    expect(await regions(['start', '--cluster', 'K2', '--reason', 'test', '--config', CONFIG])).toEqual(['eu-west-1']));
  test('a pause of a cluster everywhere: its sets leave it, or would go there', async () =>
    expect(
      await regions(['pause', '--cluster', 'K2', '--reason', 'works', '--minutes', '5', '--config', CONFIG]),
    ).toEqual(['eu-central-1', 'eu-west-1']));
  test('a pause of every pair in each region of the pair', async () =>
    expect(await regions(['pause', '--all', '--reason', 'works', '--minutes', '5', '--config', CONFIG])).toEqual([
      'eu-west-1',
      'eu-central-1',
    ]));
  test('status without a set asks every controller', async () =>
    expect(await regions(['status', '--config', CONFIG])).toEqual(['eu-central-1', 'eu-west-1']));
  test('the configuration may come from the environment', async () =>
    expect(await regions(['status', '--set', 'clients-k2'], { MM2F_CONFIG: CONFIG })).toEqual(['eu-west-1']));
  test('--region overrides', async () =>
    expect(await regions(['status', '--config', CONFIG, '--region', 'eu-north-1'])).toEqual(['eu-north-1']));
  test('without a configuration the environment names the region', async () =>
    expect(await regions(['status', '--pair', 'orders'], { AWS_REGION: 'eu-west-1' })).toEqual(['eu-west-1']));
});

describe('what is wrong is said in words, with exit code 2 and nobody asked', () => {
  test.each<readonly [string, readonly string[], string]>([
    [
      'an unknown command',
      ['stauts'],
      'there is no command "stauts" (did you mean "status"?); there are: status, start',
    ],
    ['a word that is near nothing', ['frobnicate'], 'there is no command "frobnicate"; there are: status, start'],
    ['help about an unknown command', ['help', 'aprove'], 'no command "aprove" (did you mean "approve"?); there are:'],
    ['a switch instead of a command', ['--verbose'], 'there is no command "--verbose"; there are: status, start'],
    [
      'an unknown option',
      ['status', '--sett', 'x'],
      '"status" has no option "--sett" (did you mean "--set"?); "status" takes: --set --pair --config --region --json --help',
    ],
    [
      'an option of another command',
      ['status', '--minutes', '5'],
      '"status" has no option "--minutes"; "status" takes',
    ],
    [
      'a value that is none of the allowed',
      ['mode', '--mode', 'aprove', '--reason', 'test', '--config', CONFIG],
      '--mode is "aprove" (did you mean "approve"?); allowed: off, observe, approve, automatic',
    ],
    ['a move that is none', ['start', '--move', 'sideways'], '--move is "sideways"; allowed: failover, switchover'],
    [
      'what a command cannot do without',
      ['pause', '--config', CONFIG],
      '"pause" needs --reason (why, in 3 to 500 characters; kept in the records) and --minutes (how long the pause lasts',
    ],
    ['a word too many', ['status', 'now'], 'Unexpected argument'],
    ['no number', ['approve', '--epoch', 'three'], '--epoch is "three"; give a number'],
    ['no pair', ['status'], 'which pair?'],
    ['no region', ['status', '--pair', 'orders'], 'which region?'],
    [
      'an unknown set',
      ['status', '--set', 'nobody', '--config', CONFIG],
      '--set is "nobody"; allowed: clients-k1 (home K1), clients-k2 (home K2)',
    ],
    [
      'an unknown cluster',
      ['start', '--cluster', 'K9', '--reason', 'test', '--config', CONFIG],
      '--cluster is "K9" (did you mean "K1"?); allowed: K1, K2',
    ],
    [
      'an unknown cluster to pause',
      ['pause', '--cluster', 'west', '--reason', 'works', '--minutes', '5', '--config', CONFIG],
      '--cluster is "west"; allowed: K1, K2',
    ],
    ['another pair', ['status', '--pair', 'other', '--config', CONFIG], '--pair is "other"'],
    [
      'a change without a set',
      ['resume', '--config', CONFIG],
      'say which client set: --set clients-k1 or --set clients-k2',
    ],
    ['no such file', ['status', '--config', join(folder, 'none.yaml')], 'does not exist'],
  ])('%s', async (_story, line, part) => {
    const { code, asked, err } = await cli(line);
    expect([code, asked]).toEqual([EXIT.invalid, []]);
    expect(err).toContain(part);
  });
});

test('start --dry-run is a dry run', async () => {
  const line = ['start', '--dry-run', '--set', 'clients-k1', '--reason', 'rehearsal', '--config', CONFIG];
  const { asked } = await cli(line);
  expect(asked.map(({ payload }) => payload)).toEqual([
    { command: 'dry-run', clientSet: 'clients-k1', reason: 'rehearsal', by: 'ana' },
  ]);
});
test('refresh --dry-run stays a refresh', async () => {
  const line = ['refresh', '--dry-run', '--set', 'clients-k1', '--reason', 'a fourth broker', '--config', CONFIG];
  const { asked } = await cli(line);
  expect(asked.map(({ payload }) => payload)).toEqual([
    { command: 'refresh', clientSet: 'clients-k1', reason: 'a fourth broker', dryRun: true, by: 'ana' },
  ]);
});
test('refresh --first-start lets consumers start without a position', async () => {
  const line = ['refresh', '--first-start', '--set', 'clients-k1', '--reason', 'refunds go live', '--config', CONFIG];
  expect((await cli(line)).asked.map(({ payload }) => payload)).toEqual([
    { command: 'refresh', clientSet: 'clients-k1', reason: 'refunds go live', firstStart: true, by: 'ana' },
  ]);
});
test('--version names it', async () => {
  const { code, out } = await cli(['--version']);
  expect([code, out]).toEqual([EXIT.done, 'mm2-failover 1.2.3']);
});
test.each([
  [['help', 'undo'], '  --reason              needed: why, in 3 to 500 characters; kept in the records'],
  [['help', 'pause'], '  --minutes             needed: how long the pause lasts, at most a week'],
  [['help', 'abort'], '  --epoch               answer only the question of this epoch'],
])('%j says what is needed', async (line, text) => expect((await cli(line)).out).toContain(text));

test.each([
  ['refused', 1],
  ['invalid', 2],
  ['nothing', 4],
] as const)('an answer "%s" ends with %i and goes to stderr', async (kind, expected) => {
  const { code, err, out } = await cli(['resume', '--pair', 'orders', '--region', 'eu-central-1'], {
    answer: () => ({ kind, sentence: 'not so' }),
  });
  expect([code, err, out]).toEqual([expected, 'not so', '']);
});
test('one silent region does not hide the other, and is not forgotten', async () => {
  const { code, out, err } = await cli(['history', '--config', CONFIG], {
    answer: (region) => {
      if (region === 'eu-west-1') throw new Error('eu-west-1 is out of reach');
      return { kind: 'done', sentence: '', decisions: [] };
    },
  });
  expect([code, out, err]).toEqual([EXIT.notAsked, 'no decisions yet', 'eu-west-1 is out of reach']);
});
test.each([
  [
    'a guard',
    ['G2-healthy: cluster:K2 is UNKNOWN'],
    ['  What each guard looks at, and what lifts it: docs/judgement.md'],
  ],
  ['no guard', ['somebody: said so'], []],
] as const)('reasons that name %s', async (_story, reasons, hint) => {
  const { out } = await cli(['dry-run', '--reason', 'test', '--pair', 'orders', '--region', 'eu-central-1'], {
    answer: () => ({ kind: 'done', sentence: 'dry run', reasons: [...reasons] }),
  });
  expect(out.split('\n')).toEqual(['dry run', ...reasons.map((reason) => `  - ${reason}`), ...hint]);
});
test('--json prints the answer as it is', async () => {
  const { out } = await cli(['status', '--pair', 'orders', '--region', 'eu-central-1', '--json']);
  expect(JSON.parse(out)).toEqual(done);
});
test('status in words names what waits, what to type, and who is behind', async () => {
  const set = {
    clientSet: 'clients-k1',
    home: 'K1',
    refuge: 'K2',
    phase: 'draining',
    epoch: 1,
    revision: 2,
    mode: 'automatic',
    modeSetBy: 'configuration',
    open: {
      epoch: 1,
      move: 'failover',
      trigger: 'automatic',
      requestedBy: 'assess',
      reason: 'K1 CONFIRMED_DOWN',
      approval: 'not-needed',
      published: true,
      execution: 'arn',
      claimedAt: '2026-11-22T10:00:00.000Z',
    },
    question: {
      question: 'hold',
      epoch: 1,
      stage: 'Measure drain',
      askedAt: '2026-11-22T10:00:00.000Z',
      sentence: 'stalled',
      reasons: ['orders-0'],
      commands: ['npx mm2-failover resume'],
    },
    pauses: [{ what: 'cluster K1', owner: 'ana', reason: 'works', until: '2026-11-22T11:00:00.000Z' }],
    pauseUnknown: 'whether every pair is paused is not known, which counts as a pause: no answer',
    rehearsed: '2026-11-20T10:00:00.000Z by ana (dry-run)',
    verdicts: [],
    tail: {
      epoch: 1,
      left: { lower: '2', upper: '7' },
      taken: '0',
      partitions: ['billing orders-0: left 2 to 7'],
      leftOut: 3,
      sentence: 'tail when K1 was left: 2 to 7 offset(s)',
    },
    regions: [{ region: 'eu-central-1', holds: 'revision 2 (draining)' }],
    clients: [
      { role: 'producer', clientId: 'p1', revision: 2, active: true, heard: 'now' },
      { role: 'consumer', clientId: 'c1', revision: 1, active: true, heard: 'then' },
    ],
  };
  const { out } = await cli(['status', '--pair', 'orders', '--region', 'eu-central-1'], {
    answer: () => ({ kind: 'done', sentence: '', sets: [set] }),
  });
  expect(out).toBe(`clients-k1  draining  (home K1, refuge K2)  epoch 1, revision 2, mode automatic by configuration
  cluster K1 is paused by ana until 2026-11-22T11:00:00.000Z: works
  whether every pair is paused is not known, which counts as a pause: no answer
  last rehearsed 2026-11-20T10:00:00.000Z by ana (dry-run)
  failover of epoch 1, asked for by assess (automatic): K1 CONFIRMED_DOWN
    since 2026-11-22T10:00:00.000Z, published, only forward, approval not-needed
    waits for a person at "Measure drain": stalled
      - orders-0
      npx mm2-failover resume
  tail of epoch 1  tail when K1 was left: 2 to 7 offset(s)
    billing orders-0: left 2 to 7
    and 3 partition(s) more
  eu-central-1     holds revision 2 (draining)
  clients          1 of 2 obey revision 2
    consumer c1: revision 1, heard then
`);
});

test('status tells readiness: what was found, what repairs it, what a move would cost, how old it all is', async () => {
  const set = {
    clientSet: 'clients-k1',
    home: 'K1',
    refuge: 'K2',
    phase: 'home',
    epoch: 0,
    revision: 1,
    mode: 'automatic',
    modeSetBy: 'configuration',
    pauses: [],
    verdicts: [],
    readiness: documentOf(),
    regions: [],
    clients: [],
  };
  const { out } = await cli(['status', '--pair', 'orders', '--region', 'eu-central-1'], {
    answer: () => ({ kind: 'done', sentence: '', sets: [set] }),
  });
  expect(out).toContain(`  readiness        3 finding(s)
    blocks  G2-topics at K2: topic "payments" does not exist at K2
            kafka-topics.sh --create --topic payments
    unknown acls at K1: ACLs of K1 could not be read: not allowed
            allow it
    and 1 more; repair these first
    expected loss: at most 120 records
    expected duplicates: unknown
    expected time: 96 s
    age of what this is judged from: look at the flow 4 s, oldest seed none
`);
});

test('of a set that is away readiness is not judged, and status says where to ask about the way home', async () => {
  const verdict = { kind: 'AWAY', since: 'then', judgedAt: 'now', sentence: 'clients-k1 is in phase "refuge"' };
  const set = {
    clientSet: 'clients-k1',
    home: 'K1',
    refuge: 'K2',
    phase: 'refuge',
    epoch: 1,
    revision: 3,
    mode: 'automatic',
    modeSetBy: 'configuration',
    pauses: [],
    verdicts: [{ subject: 'set:clients-k1', ...verdict }],
    readiness: documentOf({ findings: [], leftOut: 0, sentence: verdict.sentence }),
    regions: [],
    clients: [],
  };
  const { out } = await cli(['status', '--pair', 'orders', '--region', 'eu-central-1'], {
    answer: () => ({ kind: 'done', sentence: '', sets: [set] }),
  });
  expect(out).toContain(`  readiness        not judged while away: clients-k1 is in phase "refuge"
    what a way home would need: npx mm2-failover dry-run --set clients-k1 --move failback --reason "..."
  clients          none heard of`);
});

test('history says of each record what it is: a move, a setting, a routing value', async () => {
  const entry = { at: 'now', clientSet: 'clients-k1', epochSeen: 3, trigger: 'manual', requestedBy: 'ana' };
  const decisions = [
    { ...entry, about: 'move', move: 'failover', kind: 'claim', sentence: 'it moves', reasons: ['G1: down'] },
    { ...entry, about: 'setting', kind: 'pause', sentence: 'ana asked for "pause": works', reasons: ['works'] },
    { ...entry, about: 'routing', kind: 'first-home', sentence: 'the first value', reasons: [] },
  ] satisfies OperateAnswer['decisions'];
  const { out } = await cli(['history', '--pair', 'orders', '--region', 'eu-central-1'], {
    answer: () => ({ kind: 'done', sentence: '', decisions }),
  });
  expect(out.split('\n').filter((line) => line.startsWith('now'))).toEqual([
    'now  clients-k1  claim (failover, manual by ana, epoch 3)',
    'now  clients-k1  pause (setting, manual by ana, epoch 3)',
    'now  clients-k1  first-home (routing, manual by ana, epoch 3)',
  ]);
});

test('help lists every command of operate', () => {
  for (const command of OPERATE_COMMANDS) expect(helpText(undefined)).toContain(`  ${command}`);
});
test.each(OPERATE_COMMANDS)('"%s" has help of its own, and its example is understood', async (command) => {
  const { out } = await cli([command, '--help']);
  expect(out).toContain(`mm2-failover ${command}: ${COMMANDS[command].does}`);
  const words = (COMMANDS[command].example.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));
  const { asked } = await cli([...words, '--region', 'eu-central-1']);
  expect(OperateCommand.safeParse(asked[0]?.payload).success).toBe(true);
});
