/** From a config to stacks: one per region, each deployable alone. */
import type { App } from 'aws-cdk-lib';
import { clusterRegions, names, vantages } from '../core/config/pair.ts';
import type { PairConfig } from '../core/config/schema.ts';
import { configVersion, stageCode } from './constructs/code.ts';
import { ControllerStack } from './stacks/controller-stack.ts';
import { SharedStack } from './stacks/shared-stack.ts';
import { WitnessStack } from './stacks/witness-stack.ts';

/** `bundles`: folder that `npm run build` fills. Throws with what to do when it is not filled. */
export function makeStacks(app: App, config: PairConfig, bundles: string): void {
  const code = stageCode(bundles, app.outdir, config);
  const controllers = new Set(clusterRegions(config));
  for (const region of vantages(config)) {
    const props = { config, configVersion: configVersion(config), region, code };
    const id = names.stack(config.pair, region);
    if (controllers.has(region)) new ControllerStack(app, id, props);
    else new WitnessStack(app, id, props);
  }
}

/** The tables above the pairs, where this pair has controllers; once for all pairs. Throws where the config names none. */
export function makeSharedStacks(app: App, config: PairConfig): void {
  const { shared } = config;
  if (shared === undefined)
    throw new Error(`the configuration of pair "${config.pair}" names no shared table; set shared.table first`);
  for (const region of clusterRegions(config))
    new SharedStack(app, names.sharedStack(shared.table, region), { table: shared.table, region });
}
