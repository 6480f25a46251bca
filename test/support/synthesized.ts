/** The really synthesized app, as plain templates: no AWS, no bundles, a second per config. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readConfigFile } from '../../bin/config-file.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { Move } from '../../core/contracts/primitives.ts';
import { FUNCTIONS } from '../../core/contracts/environment.ts';
import { makeSharedStacks, makeStacks } from '../../infra/app.ts';

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
}
export interface SynthesizedStack {
  readonly name: string;
  readonly region: string;
  readonly resources: Readonly<Record<string, Resource>>;
  /** Resources of one type. */
  ofType(type: string): readonly (Resource & { readonly id: string })[];
}

export function configOf(example: string): PairConfig {
  const reading = readConfigFile(`examples/${example}.yaml`);
  if (reading.kind !== 'valid') throw new Error(reading.problems.join('; '));
  return reading.config;
}

/** Makes a folder, hands it over, deletes it. */
export function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'mm2-failover-synth-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Bundles that only stand in for real ones: infrastructure is judged without code. */
export function placeholderBundles(folder: string): string {
  for (const name of Object.keys(FUNCTIONS))
    writeFileSync(join(folder, `${name}.mjs`), 'export const handler = async () => ({});\n');
  return folder;
}

const cdkContext = (): Record<string, unknown> =>
  (JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: Record<string, unknown> }).context;

/** By region. `validated`: with CloudFormation's own rules and cdk-nag, which throw what they find (three seconds more). `shared`: the stacks above the pairs instead. */
export function synthesize(
  config: PairConfig,
  options: { readonly validated?: true; readonly shared?: true } = {},
): ReadonlyMap<string, SynthesizedStack> {
  return inFolder((bundles) =>
    inFolder((outdir) => {
      const app = new App({ outdir, context: cdkContext() });
      if (options.validated) Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
      if (options.shared) makeSharedStacks(app, config);
      else makeStacks(app, config, placeholderBundles(bundles));
      const assembly = app.synth({ skipValidation: options.validated !== true });
      return new Map(
        assembly.stacks.map((stack) => [
          stack.environment.region,
          stackOf(stack.stackName, stack.environment.region, stack.template as Template),
        ]),
      );
    }),
  );
}

interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
}

const stackOf = (name: string, region: string, { Resources }: Template): SynthesizedStack => ({
  name,
  region,
  resources: Resources,
  ofType: (type) =>
    Object.entries(Resources).flatMap(([id, resource]) => (resource.Type === type ? [{ ...resource, id }] : [])),
});

/** The definition of a machine with references replaced: functions by `function:<FunctionName>`. */
export function definitionOf(stack: SynthesizedStack, machine: Move): Definition {
  const found = stack
    .ofType('AWS::StepFunctions::StateMachine')
    .find(({ Properties }) => String(Properties['StateMachineName']).endsWith(`-${machine}`));
  if (found === undefined) throw new Error(`${stack.name} has no ${machine} machine`);
  return JSON.parse(flat(stack, found.Properties['DefinitionString'])) as Definition;
}

export interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly TimeoutSeconds?: number;
  readonly Next?: string;
  readonly Default?: string;
  readonly End?: boolean;
  readonly Choices?: readonly { readonly Variable: string; readonly StringEquals: string; readonly Next: string }[];
  readonly Catch?: readonly {
    readonly ErrorEquals: readonly string[];
    readonly Next: string;
    readonly ResultPath?: string;
  }[];
  readonly Retry?: readonly Readonly<Record<string, unknown>>[];
}
export interface Definition {
  readonly StartAt: string;
  readonly TimeoutSeconds: number;
  readonly States: Readonly<Record<string, State>>;
}

/** Text of an intrinsic function, with stand-ins for what only a deployment knows. */
export function flat(stack: SynthesizedStack, value: unknown): string {
  if (typeof value === 'string') return value;
  const [[kind, of]] = Object.entries(value as Record<string, unknown>) as [[string, unknown]];
  if (kind === 'Fn::Join') return (of as [string, unknown[]])[1].map((part) => flat(stack, part)).join('');
  if (kind === 'Ref')
    return of === 'AWS::Partition' ? 'aws' : of === 'AWS::AccountId' ? '000000000000' : nameOf(stack, String(of));
  if (kind === 'Fn::GetAtt') return arnOf(stack, (of as [string, string])[0]);
  throw new Error(`no stand-in for ${kind}`);
}

function arnOf(stack: SynthesizedStack, id: string): string {
  const resource = stack.resources[id];
  if (resource?.Type === 'AWS::Lambda::Function')
    return `arn:aws:lambda:${stack.region}:000000000000:function:${nameOf(stack, id)}`;
  return `arn:aws:${id}`;
}

const nameOf = (stack: SynthesizedStack, id: string): string => {
  const named = Object.entries(stack.resources[id]?.Properties ?? {}).find(([key]) =>
    /^(Function|Table|Topic|Queue)?Name$/.test(key),
  );
  return typeof named?.[1] === 'string' ? named[1] : id;
};
