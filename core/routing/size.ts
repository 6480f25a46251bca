/** A routing value above 4 KB would be refused in the middle of a move; it is refused at synth instead. */
import { placedSets, type PlacedSet } from '../config/pair.ts';
import type { PairConfig } from '../config/schema.ts';
import { MAX_ROUTING_BYTES, plainParameters, type Routing } from '../contracts/routing.ts';
import { PHASES } from '../contracts/primitives.ts';
import { planRouting } from './plan.ts';

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** Size as it is stored: UTF-8 of the JSON text. */
export const routingBytes = (routing: Routing): number => bytesOf(JSON.stringify(routing));

/** What is wrong with the size of this value, in one sentence; undefined when it fits. */
export function routingSizeProblem(routing: Routing): string | undefined {
  const bytes = routingBytes(routing);
  return bytes <= MAX_ROUTING_BYTES
    ? plainSizeProblem(routing)
    : `the routing value of "${routing.clientSet}" takes ${bytes} bytes in phase ${routing.phase}; allowed: ${MAX_ROUTING_BYTES}. Split the client set, or list fewer bootstrap servers.`;
}

/** The plain values beside it have the same limit: a list of remote topics may be longer than the routing that implies it. */
function plainSizeProblem(routing: Routing): string | undefined {
  const tooLarge = Object.entries(plainParameters(routing)).find(([, value]) => bytesOf(value) > MAX_ROUTING_BYTES);
  return tooLarge === undefined
    ? undefined
    : `the plain parameter ${tooLarge[0]} takes ${bytesOf(tooLarge[1])} bytes in phase ${routing.phase}; allowed: ${MAX_ROUTING_BYTES}. Split the client set, or list fewer topics.`;
}

/** Every client set whose largest possible value would not fit: longest cause, largest numbers, every phase. */
export const routingSizeProblems = (
  config: PairConfig,
): readonly { readonly path: string; readonly message: string }[] =>
  placedSets(config).flatMap((placed) => {
    const message = largestValues(config, placed)
      .map(routingSizeProblem)
      .find((problem) => problem !== undefined);
    return message === undefined ? [] : [{ path: `clientSets.${placed.name}`, message }];
  });

const largestValues = (config: PairConfig, placed: PlacedSet): readonly Routing[] =>
  PHASES.flatMap((phase) =>
    (['consumers', 'producers'] as const).map((target) =>
      planRouting({
        config,
        placed,
        phase,
        target,
        keepBoth: true,
        epoch: 9_999_999,
        revision: 9_999_999,
        // Characters that JSON escapes to six bytes each: the worst a reason can be.
        cause: '\u0001'.repeat(200),
        issuedAt: '2026-11-22T10:00:00.000Z',
      }),
    ),
  );
