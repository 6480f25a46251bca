/** Names under which verdicts are stored. */
export const clusterSubject = (cluster: string): string => `cluster:${cluster}`;
export const flowSubject = (source: string, target: string): string => `flow:${source}->${target}`;
export const oldSideSubject = (clientSet: string): string => `old-side:${clientSet}`;
export const tailSubject = (clientSet: string): string => `tail:${clientSet}`;
export const setSubject = (clientSet: string): string => `set:${clientSet}`;
