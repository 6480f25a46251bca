/** Jest runs the same TypeScript that Node runs: types are stripped, nothing is compiled. */
import { stripTypeScriptTypes } from 'node:module';

export default { process: (source) => ({ code: stripTypeScriptTypes(source) }) };
