/**
 * Runs unit tests of pure code for Stryker inside its worker process, as the jest runner would, without jest's start for every mutant:
 * modules are loaded once, and a mutant is switched on in them. Those that act while modules load get modules of their own.
 */
import { globSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { InstrumenterContext, StrykerOptions } from '@stryker-mutator/api/core';
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import { DryRunStatus, MutantRunStatus, TestStatus } from '@stryker-mutator/api/test-runner';
import type {
  DryRunResult,
  MutantRunOptions,
  MutantRunResult,
  TestResult,
  TestRunner,
} from '@stryker-mutator/api/test-runner';
import * as fc from 'fast-check';
import { getState, resetState } from 'jest-circus';

/** Patterns of test files below the project; `testFiles` of Stryker itself would make it forget which mutants act at load. */
interface InProcessOptions {
  readonly inProcess: { readonly tests: readonly string[] };
}

export const strykerValidationSchema = {
  type: 'object',
  properties: { inProcess: { type: 'object', properties: { tests: { type: 'array', items: { type: 'string' } } } } },
};

type Block = ReturnType<typeof getState>['rootDescribeBlock'];

interface LoadedTest {
  readonly id: string;
  readonly file: string;
  readonly run: () => unknown;
}

const GLOBALS = pathToFileURL(resolve(import.meta.dirname, 'globals.ts')).href;

/** Of processor time, so that a busy machine changes nothing. */
const LONG_MS = 50;

/** The namespace in which instrumented code looks for the mutant that is on. Code keeps a reference to it: it is never replaced. */
const stryker: InstrumenterContext = ((globalThis as { __stryker__?: InstrumenterContext }).__stryker__ ??= {});

class InProcessRunner implements TestRunner {
  static readonly inject = tokens(commonTokens.options);
  readonly #patterns: readonly string[];
  #tests: readonly LoadedTest[] | undefined;
  /** Tests that take long, properties above all: they come last, and most mutants never meet them. */
  readonly #long = new Set<string>();
  #generation = 0;

  constructor(options: StrykerOptions) {
    this.#patterns = (options as StrykerOptions & InProcessOptions).inProcess.tests;
  }

  capabilities(): { reloadEnvironment: boolean } {
    return { reloadEnvironment: true };
  }

  async init(): Promise<void> {
    // A score must not depend on chance: properties draw the same cases each time.
    fc.configureGlobal({ seed: 20261122 });
    // What some hundreds of cases do not notice belongs into a test of its own.
    process.env['MM2F_PROPERTY_RUNS'] = '300';
    const project = pathToFileURL(`${process.cwd()}/`).href;
    registerHooks({
      resolve: (specifier, context, next) => {
        if (specifier === '@jest/globals') return { url: GLOBALS, shortCircuit: true };
        const found = next(specifier, context);
        const isOurs = found.url.startsWith(project) && !found.url.includes('/node_modules/');
        return isOurs ? { ...found, url: `${found.url.split('?')[0]}?generation=${this.#generation}` } : found;
      },
    });
  }

  async dryRun(): Promise<DryRunResult> {
    const tests: TestResult[] = [];
    for (const { id, file, run } of await this.#loaded(true)) {
      stryker.currentTestId = id;
      const begun = performance.now();
      const failure = await this.#failureOf({ id, run });
      const told = { id, name: id, fileName: resolve(file), timeSpentMs: performance.now() - begun };
      tests.push(
        failure === undefined
          ? { ...told, status: TestStatus.Success }
          : { ...told, status: TestStatus.Failed, failureMessage: failure },
      );
    }
    delete stryker.currentTestId;
    return {
      status: DryRunStatus.Complete,
      tests,
      mutantCoverage: stryker.mutantCoverage ?? { static: {}, perTest: {} },
    };
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, mutantActivation, testFilter, hitLimit, reloadEnvironment } = options;
    stryker.hitCount = 0;
    if (hitLimit === undefined) delete stryker.hitLimit;
    else stryker.hitLimit = hitLimit;
    try {
      if (mutantActivation === 'static') stryker.activeMutant = activeMutant.id;
      const tests = await this.#loaded(reloadEnvironment);
      stryker.activeMutant = activeMutant.id;
      return await this.#firstKill(testFilter ? tests.filter(({ id }) => testFilter.includes(id)) : tests);
    } catch (error) {
      // Code that does not even load with the mutant: each test notices.
      this.#tests = undefined;
      return {
        status: MutantRunStatus.Killed,
        killedBy: testFilter ?? [],
        failureMessage: String(error),
        nrOfTests: 0,
      };
    } finally {
      delete stryker.activeMutant;
    }
  }

  async #firstKill(tests: readonly LoadedTest[]): Promise<MutantRunResult> {
    const isLong = ({ id }: LoadedTest): boolean => this.#long.has(id);
    let nrOfTests = 0;
    for (const test of [...tests.filter((one) => !isLong(one)), ...tests.filter(isLong)]) {
      const failureMessage = await this.#failureOf(test);
      nrOfTests += 1;
      if (stryker.hitLimit !== undefined && (stryker.hitCount ?? 0) > stryker.hitLimit)
        return {
          status: MutantRunStatus.Timeout,
          reason: 'the mutant was met far more often than the code it replaces',
        };
      if (failureMessage !== undefined)
        return { status: MutantRunStatus.Killed, killedBy: [test.id], failureMessage, nrOfTests };
    }
    return { status: MutantRunStatus.Survived, nrOfTests };
  }

  async #failureOf({ id, run }: Pick<LoadedTest, 'id' | 'run'>): Promise<string | undefined> {
    const begun = process.cpuUsage();
    const failure = await failureOf(run);
    const { user, system } = process.cpuUsage(begun);
    if ((user + system) / 1000 > LONG_MS) this.#long.add(id);
    return failure;
  }

  async #loaded(anew: boolean): Promise<readonly LoadedTest[]> {
    if (this.#tests && !anew) return this.#tests;
    this.#generation += 1;
    const tests: LoadedTest[] = [];
    for (const file of globSync([...this.#patterns]).toSorted()) {
      resetState();
      await import(pathToFileURL(resolve(file)).href);
      tests.push(...testsIn(getState().rootDescribeBlock, file, file));
    }
    return (this.#tests = distinct(tests));
  }
}

/** Depth first, in the order they are written. */
function testsIn(block: Block, file: string, above: string): readonly LoadedTest[] {
  if (block.hooks.length > 0) throw new Error(`${file} uses hooks (beforeEach ...), which this runner does not know`);
  return block.children.flatMap((child) => {
    const id = `${above} ${child.name}`;
    if (child.type === 'describeBlock') return testsIn(child, file, id);
    if (child.mode) throw new Error(`"${id}" is marked ${child.mode}`);
    return [{ id, file, run: child.fn as () => unknown }];
  });
}

/** Two tests of one name are two tests. */
const distinct = (tests: readonly LoadedTest[]): readonly LoadedTest[] => {
  const seen = new Map<string, number>();
  return tests.map((test) => {
    const count = (seen.get(test.id) ?? 0) + 1;
    seen.set(test.id, count);
    return count === 1 ? test : { ...test, id: `${test.id} #${count}` };
  });
};

async function failureOf(run: () => unknown): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'in-process', InProcessRunner)];
