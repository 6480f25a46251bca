/** `npm run drill:matrix [-- --wide]`: a drill for each combination. Exit code 0 only if all pass, 2 for a wrong option. */
import { MATRIX_HELP, matrixRuns, readMatrixOptions } from './matrix-runs.ts';
import { playSeries } from './series.ts';
import { BadOption } from './typed.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readMatrixOptions(args);
    if (options.help) {
      console.log(MATRIX_HELP);
      return 0;
    }
    const { runs, folder, each } = matrixRuns(options);
    console.log(
      `${runs.length} drills, about ${each} each on two cores. Ctrl-C ends the running one and prints the table so far.`,
    );
    return await playSeries(runs, folder);
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    console.error(error.message);
    return 2;
  }
}
