export function agrees(lockJson: string, installedJson: string): boolean;
/** @throws Error naming the jar that is missing or differs. */
export function verifyJars(folder: string, expected: string): void;
