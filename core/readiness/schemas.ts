/**
 * Schemas: nobody mirrors them. Records in a remote topic carry home's ids, so an id must mean the same schema in the
 * refuge's registry; and whoever writes at the refuge needs the subjects there.
 */
import type { Finding, Reading, RegistryLook, SubjectLook } from '../contracts/readiness.ts';
import { copySchema, setCompatibility } from './commands.ts';
import type { LookCheck, Preparation, Side } from './preparation.ts';
import { ifBothRead, informs, warns } from './preparation.ts';

type WithRegistry = Side & { readonly registry: string };
const hasRegistry = (side: Side): side is WithRegistry => side.registry !== undefined;

export const checkSchemas: LookCheck = ({ home, refuge, look }) => {
  if (!hasRegistry(home) && !hasRegistry(refuge)) return [];
  if (!hasRegistry(home)) return [oneSided(home, refuge)];
  if (!hasRegistry(refuge)) return [oneSided(refuge, home)];
  if (home.registry === refuge.registry) return [shared(home, refuge)];
  const both = [
    [home.alias, look.home.registry ?? NOT_LOOKED] as const,
    [refuge.alias, look.refuge.registry ?? NOT_LOOKED] as const,
  ] as const;
  return ifBothRead('schema-registry', 'schema registry', ...both, (here, there) =>
    Object.entries(here.subjects).flatMap(([subject, atHome]) => {
      const atRefuge = there.subjects[subject] ?? null;
      if (atHome === null) return onlyThere(home, refuge, subject, atRefuge);
      return [
        ...idFindings(home, refuge, subject, atHome, there),
        ...(atRefuge === null
          ? [missingSubject(home, refuge, subject, atHome)]
          : [
              ...versionFindings(home, refuge, subject, atHome, atRefuge),
              ...levelFindings(home, refuge, subject, atHome, atRefuge),
            ]),
      ];
    }),
  );
};

const NOT_LOOKED: Reading<RegistryLook> = {
  kind: 'unread',
  because: 'the configuration names it, but nobody has looked at it yet',
};

const oneSided = (without: Side, withOne: Preparation['home']): Finding =>
  informs('schema-registry', {
    cluster: without.alias,
    subject: 'schema registry',
    sentence: `the configuration names a schema registry for ${withOne.alias} and none for ${without.alias}: schemas are not compared`,
    fix: `name clusters.${without.alias}.schemaRegistry in the configuration, if its clients use one`,
  });

const shared = (home: WithRegistry, refuge: Side): Finding =>
  informs('schema-registry', {
    cluster: home.alias,
    subject: 'schema registry',
    sentence: `${home.alias} and ${refuge.alias} use one registry (${home.registry}): ids agree, and if it is lost with ${home.alias} no client works`,
    fix: 'see that this registry does not depend on either cluster alone',
  });

const onlyThere = (home: Side, refuge: Side, subject: string, atRefuge: SubjectLook | null): readonly Finding[] =>
  atRefuge === null
    ? []
    : [
        informs('schema-subjects', {
          cluster: home.alias,
          subject,
          sentence: `subject "${subject}" exists at ${refuge.alias} and not at ${home.alias}`,
          fix: `register it at ${home.alias} too, if clients there are to write such records`,
        }),
      ];

const missingSubject = (home: WithRegistry, refuge: WithRegistry, subject: string, atHome: SubjectLook): Finding =>
  warns('schema-subjects', {
    cluster: refuge.alias,
    subject,
    sentence: `subject "${subject}" is missing at ${refuge.alias}: producers that do not register schemas themselves are refused there`,
    fix: copySchema(home.registry, refuge.registry, subject, atHome.versions.at(-1)?.version ?? 1, true),
  });

/** Consumers at the refuge look up home's ids in the refuge's registry. */
const idFindings = (
  home: WithRegistry,
  refuge: WithRegistry,
  subject: string,
  atHome: SubjectLook,
  there: RegistryLook,
): readonly Finding[] =>
  atHome.versions.flatMap(({ version, id, schema }) => {
    const meant = there.ids[String(id)];
    if (meant === schema) return [];
    const wrong =
      meant === undefined || meant === null
        ? `nothing at ${refuge.alias}: consumers of the remote topic cannot read such records`
        : `another schema at ${refuge.alias}: consumers of the remote topic misread such records`;
    const fix =
      meant === undefined || meant === null
        ? copySchema(home.registry, refuge.registry, subject, version, true)
        : `let consumers of the remote topic use ${home.registry}, or import the schemas of ${home.alias} into an empty registry at ${refuge.alias} (mode IMPORT keeps ids)`;
    return [
      warns('schema-ids', {
        cluster: refuge.alias,
        subject: `${subject} id ${id}`,
        sentence: `id ${id} (version ${version} of "${subject}" at ${home.alias}) means ${wrong}`,
        fix,
      }),
    ];
  });

const versionFindings = (
  home: WithRegistry,
  refuge: WithRegistry,
  subject: string,
  atHome: SubjectLook,
  atRefuge: SubjectLook,
): readonly Finding[] => {
  const known = new Set(atRefuge.versions.map(({ schema }) => schema));
  const missing = atHome.versions.filter(({ schema }) => !known.has(schema));
  const newest = missing.at(-1);
  if (newest === undefined) return [];
  return [
    warns('schema-versions', {
      cluster: refuge.alias,
      subject,
      sentence: `"${subject}" at ${refuge.alias} lacks ${missing.length === 1 ? 'the schema of version' : 'the schemas of versions'} ${missing.map(({ version }) => version).join(', ')} of ${home.alias}`,
      fix: copySchema(home.registry, refuge.registry, subject, newest.version, false),
    }),
  ];
};

const levelFindings = (
  home: Side,
  refuge: WithRegistry,
  subject: string,
  atHome: SubjectLook,
  atRefuge: SubjectLook,
): readonly Finding[] =>
  atHome.compatibility === atRefuge.compatibility
    ? []
    : [
        warns('schema-compatibility', {
          cluster: refuge.alias,
          subject,
          sentence: `"${subject}" is checked for ${atHome.compatibility} at ${home.alias} and for ${atRefuge.compatibility} at ${refuge.alias}: a schema may be taken here and refused there`,
          fix: setCompatibility(refuge.registry, subject, atHome.compatibility),
        }),
      ];
