export function explainFailure(ended: {
  readonly name: string;
  readonly output: string;
  readonly code: number | null;
  readonly log: string;
}): string;
