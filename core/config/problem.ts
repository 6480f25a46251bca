/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** Where in the file: `clientSets.clients-k1.home`. */
  readonly path: string;
  readonly message: string;
}
