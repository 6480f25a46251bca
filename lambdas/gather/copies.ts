/** How a flow writes its copies, told by the newest heartbeat that it copied: that one is always there, and young. */
import type { Copies } from '../../core/contracts/readiness.ts';
import type { ClusterReader } from '../ports.ts';

/** @param copiedHeartbeats topic of one partition, as MirrorMaker 2 makes it */
export async function newestCopy(target: ClusterReader, copiedHeartbeats: string): Promise<Copies> {
  const timestampMs = await target.newestRecordMs(copiedHeartbeats);
  if (timestampMs === null) return 'none';
  const newest = (await target.readLog(copiedHeartbeats, 0, { timestampMs })).at(-1);
  if (newest === undefined) return 'none';
  return newest.transactional === true ? 'transactional' : 'plain';
}
