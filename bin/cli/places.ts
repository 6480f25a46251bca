/** Which regions' controllers a command has to ask. */
import { clusterRegions, placedSet, placedSets, type PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import { readConfigFile } from '../config-file.ts';
import { Region } from '../../core/contracts/primitives.ts';
import { meant } from '../../core/contracts/near.ts';
import type { Asked } from './arguments.ts';

export type Places =
  | {
      readonly kind: 'places';
      readonly pair: string;
      readonly regions: readonly string[];
      /** What named them, for people. */
      readonly regionFrom: string;
    }
  | { readonly kind: 'usage'; readonly sentence: string };

/** With a configuration: where the sets in question are controlled. Without: --region, or the environment's region. */
export function placesFor(asked: Asked, env: Readonly<Record<string, string | undefined>>): Places {
  const places = namedPlaces(asked, env);
  if (places.kind === 'usage') return places;
  const wrong = places.regions.find((region) => !Region.safeParse(region).success);
  return wrong === undefined
    ? places
    : { kind: 'usage', sentence: `${places.regionFrom} is "${wrong}"; give an AWS region such as "eu-west-1"` };
}

function namedPlaces(asked: Asked, env: Readonly<Record<string, string | undefined>>): Places {
  if (asked.config === undefined) return withoutConfig(asked, env);
  const file = readConfigFile(asked.config);
  if (file.kind === 'unusable') return { kind: 'usage', sentence: file.problems.join('\n') };
  const { config } = file;
  if (asked.pair !== undefined && asked.pair !== config.pair)
    return { kind: 'usage', sentence: `--pair is "${asked.pair}", but ${asked.config} configures "${config.pair}"` };
  if (asked.region !== undefined)
    return { kind: 'places', pair: config.pair, regions: [asked.region], regionFrom: '--region' };
  // The table above the pairs is one per region, also where this pair controls nothing.
  if (asked.payload['all'] === true)
    return { kind: 'places', pair: config.pair, regions: clusterRegions(config), regionFrom: asked.config };
  const sets = setsOf(asked, placedSets(config), (name) => placedSet(config, name));
  if (sets.length === 0) return { kind: 'usage', sentence: nobodyThere(asked, config) };
  // Whoever controls it otherwise may be lost with the refuge.
  const lost = asked.payload['refugeLost'] === true;
  const regions = [...new Set(sets.map(({ controlRegion, homeRegion }) => (lost ? homeRegion : controlRegion)))];
  // What changes something goes to one controller; only looking and pausing speak of all of them at once.
  if (regions.length > 1 && !['status', 'history', 'pause', 'unpause'].includes(asked.payload.command))
    return {
      kind: 'usage',
      sentence: `say which client set: --set ${sets.map(({ name }) => name).join(' or --set ')}`,
    };
  return { kind: 'places', pair: config.pair, regions, regionFrom: asked.config };
}

/** The value that was typed, and what there is of its kind. */
function nobodyThere({ clientSet, cluster = '' }: Asked, config: PairConfig): string {
  const sets = placedSets(config);
  if (clientSet !== undefined) {
    const allowed = sets.map(({ name, home }) => `${name} (home ${home})`);
    return `--set is "${clientSet}"${meant(clientSet, Object.keys(config.clientSets))}; allowed: ${allowed.join(', ')}`;
  }
  const clusters = Object.keys(config.clusters);
  return clusters.includes(cluster)
    ? `--cluster is "${cluster}", which is home of no client set; allowed: ${[...new Set(sets.map(({ home }) => home))].join(', ')}`
    : `--cluster is "${cluster}"${meant(cluster, clusters)}; allowed: ${clusters.join(', ')}`;
}

function setsOf(
  asked: Asked,
  all: readonly PlacedSet[],
  find: (name: string) => PlacedSet | undefined,
): readonly PlacedSet[] {
  if (asked.clientSet !== undefined) return [find(asked.clientSet) ?? []].flat();
  // A paused cluster is neither left nor gone to: every controller has to know.
  const isPause = asked.payload.command === 'pause' || asked.payload.command === 'unpause';
  if (asked.cluster !== undefined && isPause)
    return all.filter(({ home, refuge }) => home === asked.cluster || refuge === asked.cluster);
  return asked.cluster === undefined ? all : all.filter(({ home }) => home === asked.cluster);
}

function withoutConfig(asked: Asked, env: Readonly<Record<string, string | undefined>>): Places {
  const named = (
    [
      ['--region', asked.region],
      ['AWS_REGION', env['AWS_REGION']],
      ['AWS_DEFAULT_REGION', env['AWS_DEFAULT_REGION']],
    ] as const
  ).find(([, region]) => region !== undefined && region !== '');
  const [regionFrom, region] = named ?? [];
  if (asked.pair !== undefined && regionFrom !== undefined && region !== undefined)
    return { kind: 'places', pair: asked.pair, regions: [region], regionFrom };
  const questions = [
    ...(asked.pair === undefined ? ['which pair? give --pair, or --config with the YAML of the pair'] : []),
    ...(region === undefined
      ? ['which region? give --config with the YAML of the pair, or --region, or set AWS_REGION']
      : []),
  ];
  return { kind: 'usage', sentence: questions.join('\n') };
}
