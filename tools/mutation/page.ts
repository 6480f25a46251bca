/** docs/mutation.md: how mutation testing is done here, and every mutant that is left out by hand. */
import { disabledIn } from './disabled.ts';
import { PARTS } from './parts.ts';
import { SENTENCE_REASON } from './sentences.ts';

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;

export function mutationPage(root: string): string {
  const disabled = PARTS.flatMap(({ folder }) => disabledIn(root, folder));
  return [
    '# Mutation testing',
    '',
    '<!-- Made by `npm run docs` from tools/mutation and the code; a test compares. -->',
    '',
    'The judgement is broken on purpose, one place at a time (a *mutant*: `>` becomes `>=`, a condition becomes `true`, a list becomes empty), and its tests must fail for each. What nobody notices is either a fact that no test states, or code that does nothing.',
    '',
    '```',
    'npm run mutation                                # every part',
    'npm run mutation -- core/drain                  # one part',
    'npm run mutation -- core/health/window.ts       # one file; core/health/window.ts:60-90 takes lines of it',
    '```',
    '',
    'It names each mutant that survived, with its place, and the score; the exit code is 0 only at 100 %. Reports lie in `.cache/mutation`, one page per part. It is no part of `npm test`.',
    '',
    '| option | |',
    '|---|---|',
    '| `--incremental` | judge only mutants that changed, or whose tests did, since the last run with this option. For looking while you work: a changed builder is not noticed, nor a new test for what acts while modules load |',
    '| `--workers <n>` | so many test runners at once; default 1 |',
    '',
    '## How it is done',
    '',
    '- [Stryker](https://stryker-mutator.io) makes the mutants, all of its mutators are on. Each mutant meets the tests that reach its place, those of code that runs while modules load meet all tests of the part.',
    '- A part answers for itself: only the tests beside it count, so that what a folder promises is told where a reader looks for it.',
    ...PARTS.map(({ folder, tests }) => `  - ${code(folder)}: ${tests.map(code).join(', ')}`),
    '- `tools/mutation/runner.ts` runs these tests inside one process, with the words of jest (`jest-circus`, `expect`), in place of one start of jest per mutant: modules are loaded once, and again only for mutants that act while they load. The tests are pure, so nothing needs to be kept apart. Quick tests come first: most mutants never meet a property.',
    '- Properties draw the same cases each time: a score does not depend on chance.',
    '- Before anything is measured, a control is run on code whose mutants are known (`test/mutation/control.ts`): one that must die, one that must survive, one that no test reaches, one that acts while modules load, two that are left out. If one of them is told wrong, nothing is measured.',
    '',
    '## What is left out',
    '',
    `**Plain sentences for people**, wholesale: a text of two or more words that carries no values, where it would be emptied (${code(SENTENCE_REASON)} in the report). Only a test that repeats it word for word would notice, and such a test proves nothing. Titles and explanations of rows are in [judgement.md](judgement.md), which is compared with the code. Texts of one word (ids, kinds, keys), separators, empty texts, and all templates that carry values are not left out.`,
    '',
    '**Single mutants**, by a comment in the code, one line and one mutator at a time with its reason. A mutant is left out only if no input tells it from the code; where code turned out to do nothing, the code went.',
    '',
    ...(disabled.length === 0
      ? ['None.', '']
      : [
          '| file | mutator | code | why no test can tell |',
          '|---|---|---|---|',
          ...disabled.map(
            ({ file, mutators, code: line, reason }) => `| ${code(file)} | ${mutators} | ${code(line)} | ${reason} |`,
          ),
          '',
        ]),
  ].join('\n');
}
