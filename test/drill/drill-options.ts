/** What a person may ask of a drill; options.ts reads it. */
export interface DrillOptions {
  readonly trigger: 'automatic' | 'manual' | 'alarm';
  readonly fail: 'K1' | 'K2';
  readonly policy: 'availability' | 'per-key';
  readonly naive: boolean;
  /** How often the cluster is lost and its clients come home again. */
  readonly rounds: number;
  /** Six partitions, two more groups of Java consumers, and on each side a transactional producer. */
  readonly wide: boolean;
  /** MirrorMaker 2 copies in transactions, both ways. */
  readonly exactlyOnce: boolean;
  /** Every step of both moves is killed and stopped once. */
  readonly interrupt: boolean;
  /** The set's clients are killed and started again when home is lost and as each routing value appears. */
  readonly killClients: boolean;
  /** Scenarios of the fault matrix to play instead of the story; `all` stands for every one. */
  readonly scenarios: readonly string[];
  readonly step: boolean;
  readonly keep: boolean;
  /** Folder for report.json and index.html, relative to the clone. */
  readonly report: string;
  readonly help: boolean;
}
