/** The command line without its process: everything it touches is handed in. */
import type { OperateAnswer } from '../../core/contracts/operate.ts';
import { readArguments, type Asked, type Surroundings } from './arguments.ts';
import { helpText } from './commands.ts';
import { placesFor } from './places.ts';
import { answerLines, type Paint } from './print.ts';
import type { AskedPlace } from './unasked.ts';

export interface Outside extends Surroundings {
  readonly version: () => string;
  readonly ask: (place: AskedPlace, payload: unknown) => Promise<OperateAnswer>;
  readonly print: (line: string) => void;
  readonly complain: (line: string) => void;
  readonly paint: Paint;
}

export const EXIT = { done: 0, refused: 1, invalid: 2, notAsked: 3, nothing: 4 } as const;

/** Answers the exit code. */
export async function main(args: readonly string[], outside: Outside): Promise<number> {
  const read = readArguments(args, outside);
  if (read.kind === 'help') {
    outside.print(helpText(read.about));
    return EXIT.done;
  }
  if (read.kind === 'version') {
    outside.print(`mm2-failover ${outside.version()}`);
    return EXIT.done;
  }
  if (read.kind === 'usage') {
    const places = read.asked && placesFor(read.asked, outside.env);
    const where = places?.kind === 'usage' ? [places.sentence] : [];
    return complain(outside, [read.sentence, ...where, 'More: npx mm2-failover help'].join('\n'));
  }
  const places = placesFor(read, outside.env);
  if (places.kind === 'usage') return complain(outside, places.sentence);
  const { pair, regionFrom } = places;
  const outcomes = await Promise.all(
    places.regions.map((region) => askOne(outside, read, { pair, region, regionFrom })),
  );
  return Math.max(...show(outside, read, outcomes));
}

function complain(outside: Outside, sentence: string): number {
  outside.complain(sentence);
  return EXIT.invalid;
}

type Outcome =
  { readonly region: string; readonly answer: OperateAnswer } | { readonly region: string; readonly error: string };

async function askOne(outside: Outside, { payload }: Asked, place: AskedPlace): Promise<Outcome> {
  try {
    return { region: place.region, answer: await outside.ask(place, payload) };
  } catch (error) {
    return { region: place.region, error: error instanceof Error ? error.message : String(error) };
  }
}

/** One region's silence does not hide what the other one says. */
function show(outside: Outside, { json }: Asked, outcomes: readonly Outcome[]): readonly number[] {
  if (json) outside.print(JSON.stringify(outcomes.length === 1 ? outcomes.map(bare)[0] : outcomes, null, 2));
  return outcomes.map((outcome) => {
    if ('error' in outcome) {
      if (!json) outside.complain(outcome.error);
      return EXIT.notAsked;
    }
    const { answer } = outcome;
    const tell = answer.kind === 'done' ? outside.print : outside.complain;
    if (!json) for (const line of answerLines(answer, outside.paint)) tell(line);
    return EXIT[answer.kind];
  });
}

const bare = (outcome: Outcome): unknown => ('answer' in outcome ? outcome.answer : { error: outcome.error });
