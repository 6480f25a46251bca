/** Writes the pages that are made from code: those that `generatedPages` lists. `npm run docs`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { PairConfig } from '../core/config/schema.ts';
import { FUNCTIONS, type FunctionName } from '../core/contracts/environment.ts';
import { PERMISSIONS, portsOf } from '../infra/constructs/permissions.ts';
import { judgementPage } from './judgement-page.ts';
import { mutationPage } from './mutation/page.ts';

const ROOT = join(import.meta.dirname, '..');

/** Path below the repository -> text. A test compares them with what is there. */
export const generatedPages = (): Readonly<Record<string, string>> => ({
  'docs/pair-config.schema.json': `${JSON.stringify(jsonSchema(), null, 2)}\n`,
  'docs/config.md': configPage(),
  'docs/functions.md': functionsPage(),
  'docs/judgement.md': judgementPage(),
  'docs/mutation.md': mutationPage(ROOT),
});

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: string | number;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  /** Told apart by a constant field. */
  readonly oneOf?: readonly Schema[];
  /** Told apart by the fields they have. */
  readonly anyOf?: readonly Schema[];
  readonly exclusiveMinimum?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
}

const jsonSchema = (): Schema =>
  ({
    ...(z.toJSONSchema(PairConfig, { io: 'input', target: 'draft-2020-12' }) as Schema),
    title: 'mm2-failover pair configuration',
  }) as Schema;

function configPage(): string {
  const rows = fieldsOf('', jsonSchema());
  return [
    '# Configuration of a pair',
    '',
    '<!-- Made by `npm run docs` from core/config/schema.ts; a test compares. -->',
    '',
    'One YAML file per pair, outside the clone, named at synth: `--context config=<file>`. Editors check it against [pair-config.schema.json](pair-config.schema.json)',
    'when its first line is `# yaml-language-server: $schema=<schema>`, an absolute path or one relative to the file: a copy of an example elsewhere needs its own ([README](../README.md#deploy-to-aws)). Problems are printed all at once, each with its path, the value that is there and what is allowed.',
    'While a section has problems of its own, rules between it and others cannot be judged yet; the last line then says so.',
    'Working files are in [examples/](../examples). `<name>` stands for a name that you choose, `[]` for each entry of a list.',
    '',
    '| field | value | default | meaning |',
    '|---|---|---|---|',
    ...rows.map(({ path, value, fallback, meaning }) => `| \`${path}\` | ${value} | ${fallback} | ${meaning} |`),
    '',
  ].join('\n');
}

interface Row {
  readonly path: string;
  readonly value: string;
  readonly fallback: string;
  readonly meaning: string;
}

/** Depth first, in the order of the schema: a section's own row comes before its fields. */
function fieldsOf(path: string, schema: Schema): readonly Row[] {
  const below = (suffix: string) => (path === '' ? suffix : `${path}.${suffix}`);
  const named = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [
    rowOf(below(name), field, schema.required?.includes(name) ?? false),
    ...fieldsOf(below(name), field),
  ]);
  const chosen =
    typeof schema.additionalProperties === 'object' ? fieldsOf(below('<name>'), schema.additionalProperties) : [];
  const entries = schema.items === undefined ? [] : fieldsOf(`${path}[]`, schema.items);
  const variants = variantsOf(schema).flatMap((variant) => variantRows(path, variant));
  return [...named, ...chosen, ...entries, ...variants];
}

const variantsOf = ({ oneOf = [], anyOf = [] }: Schema): readonly Schema[] => [...oneOf, ...anyOf];

/** Field whose constant tells the variants of a section apart. */
const discriminatorOf = (variant: Schema): string | undefined =>
  Object.entries(variant.properties ?? {}).find(([, field]) => field.const !== undefined)?.[0];

/** Its constant, or the field that only this variant has. */
function nameOf(variant: Schema): string {
  const discriminator = discriminatorOf(variant);
  return discriminator === undefined
    ? (variant.required?.[0] ?? '')
    : String(variant.properties?.[discriminator]?.const ?? '');
}

const variantRows = (path: string, variant: Schema): readonly Row[] =>
  fieldsOf(path.endsWith('[]') ? `${path.slice(0, -1)}${nameOf(variant)}]` : `${path}(${nameOf(variant)})`, {
    ...variant,
    properties: Object.fromEntries(
      Object.entries(variant.properties ?? {}).filter(([name]) => name !== discriminatorOf(variant)),
    ),
  });

const rowOf = (path: string, field: Schema, required: boolean): Row => ({
  path,
  value: escaped(valueOf(field)),
  fallback:
    field.default === undefined
      ? required
        ? '**required**'
        : ''
      : escaped(field.type === 'object' ? '' : `\`${JSON.stringify(field.default)}\``),
  meaning: escaped(field.description ?? ''),
});

function valueOf(field: Schema): string {
  if (field.const !== undefined) return `\`${JSON.stringify(field.const)}\``;
  if (field.enum !== undefined) return field.enum.map((option) => `\`${String(option)}\``).join(', ');
  if (field.oneOf !== undefined)
    return `\`${discriminatorOf(field.oneOf[0] ?? {}) ?? ''}\`: ${field.oneOf.map((variant) => `\`${nameOf(variant)}\``).join(', ')}`;
  if (field.anyOf !== undefined)
    return `section with ${field.anyOf.map((variant) => (variant.required ?? []).map((name) => `\`${name}\``).join(' and ')).join(', or with ')}`;
  if (field.type === 'array')
    return `list of ${valueOf(field.items ?? {})}${field.minItems === undefined ? '' : `, at least ${field.minItems}`}`;
  if (field.type === 'object') return mappingOf(field);
  if (field.type === undefined) throw new Error(`no words for ${JSON.stringify(field)}`);
  return [field.type, ...boundsOf(field)].join(', ');
}

/** Names that a person chooses lead to sections of their own, told below, or to plain values. */
function mappingOf({ properties, additionalProperties }: Schema): string {
  if (properties !== undefined || typeof additionalProperties !== 'object') return 'section';
  return additionalProperties.type === 'object' ? 'section' : `mapping (name: ${valueOf(additionalProperties)})`;
}

const boundsOf = ({ exclusiveMinimum, minimum, maximum = Number.MAX_SAFE_INTEGER }: Schema): readonly string[] => [
  ...(exclusiveMinimum === undefined ? [] : [`above ${exclusiveMinimum}`]),
  ...(minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? [] : [`at least ${minimum}`]),
  ...(maximum === Number.MAX_SAFE_INTEGER ? [] : [`at most ${maximum}`]),
];

const escaped = (text: string): string => text.replaceAll('|', '\\|');

/** The docstring at the top of a use case says what the function is for. */
const purposeOf = (name: FunctionName): string => {
  const source = readFileSync(join(ROOT, 'lambdas', name, `${name}.ts`), 'utf8');
  const comment = /^\/\*\*([\s\S]*?)\*\//.exec(source)?.[1] ?? '';
  return comment
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, '').trim())
    .filter((line) => line !== '')
    .join(' ');
};

const TRIGGERS: Readonly<Record<(typeof FUNCTIONS)[FunctionName]['trigger'], string>> = {
  schedule: 'every minute',
  ClientAdopted: 'the event ClientAdopted',
  people: 'people, by the CLI or the console',
  workflow: 'the workflows',
};

function functionsPage(): string {
  const sections = (Object.keys(FUNCTIONS) as FunctionName[]).flatMap((name) => {
    const { speaks, where, trigger } = FUNCTIONS[name];
    const granted = portsOf(name).map((port) => `\`${port}\` (${(PERMISSIONS[name][port] ?? []).join(', ')})`);
    return [
      `## ${name}`,
      '',
      purposeOf(name),
      '',
      `- Started by ${TRIGGERS[trigger]}; runs in ${where === 'every-region' ? 'every region' : 'the regions of the clusters'}, ${speaks === 'kafka' ? 'inside the VPC where the configuration names one' : 'outside a VPC'}.`,
      `- Granted: ${granted.join(', ')}.`,
      '',
    ];
  });
  return [
    '# Functions',
    '',
    '<!-- Made by `npm run docs` from the code; a test compares. -->',
    '',
    'Folder, function and heading carry one name; a Task state of a workflow is named after its step in words. Grants are told in the words of `lambdas/ports.ts`, each with its uses: `kafka` (commit) is the right to set positions of application groups, `routing` (write) the right to change what clients obey.',
    '',
    ...sections,
  ].join('\n');
}

if (import.meta.main)
  for (const [path, text] of Object.entries(generatedPages())) {
    writeFileSync(join(ROOT, path), text);
    console.log(`wrote ${path}`);
  }
