export interface Version {
  readonly major: number;
  readonly minor: number;
}
export function parseVersion(text: string): Version | undefined;
export function isAtLeast(found: Version, needed: Version): boolean;
export function versionPrinted(output: string): Version | undefined;
/** Each problem is one sentence (found, needed, to do), or undefined. */
export function nodeProblem(version?: string): string | undefined;
export function platformProblem(platform?: string): string | undefined;
export function diskProblem(folder: string, neededMb: number): string | undefined;
export function pathFolders(path?: string): string[];
