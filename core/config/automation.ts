/** What this configuration allows to happen without a person, and why. Printed at synth, so that nobody learns it in an outage. */
import { type PlacedSet, placedSets, vantages } from './pair.ts';
import type { PairConfig } from './schema.ts';

/** One sentence about the vantages, then one per client set. */
export function describeAutomation(config: PairConfig): readonly string[] {
  const all = vantages(config);
  return [
    `pair ${config.pair} is probed from ${all.length} ${all.length === 1 ? 'vantage' : 'vantages'}: ${all.join(', ')}`,
    ...placedSets(config).map(
      (placed) =>
        `client set ${placed.name} (home ${placed.home}, refuge ${placed.refuge}, controlled from ${placed.controlRegion}, mode ${placed.set.mode}): ${automationOf(config, placed)}`,
    ),
  ];
}

function automationOf(config: PairConfig, placed: PlacedSet): string {
  switch (placed.set.mode) {
    case 'automatic':
      return inModeAutomatic(config, placed);
    case 'approve':
      return `every move that a rule starts asks for approval; in mode automatic: ${inModeAutomatic(config, placed)}`;
    case 'off':
    case 'observe':
      return `rules judge and move nobody; in mode automatic: ${inModeAutomatic(config, placed)}`;
  }
}

/** An automatic move needs CONFIRMED_DOWN from two vantages, one of them outside home's region. */
function inModeAutomatic(config: PairConfig, placed: PlacedSet): string {
  const all = vantages(config);
  const outside = all.filter((region) => region !== placed.homeRegion);
  if (all.length === 1)
    return config.probe.acceptSingleVantage
      ? 'a single vantage may start automatic moves, because acceptSingleVantage is true: it cannot tell a lost cluster from its own lost network'
      : 'a single vantage cannot tell a lost cluster from its own lost network: every automatic move asks for approval first (add a witness region, or set probe.acceptSingleVantage)';
  if (outside.length >= 2) return 'automatic moves are possible, also when the whole home region is lost';
  return 'automatic moves are possible while both vantages answer; when the whole home region is silent it cannot be told from a cut, and the move asks for approval first (add a witness region)';
}
