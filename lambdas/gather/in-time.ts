/** Work that may hang or take long, for callers that must not. */
import { seconds } from '../../core/health/words.ts';

/**
 * @param work asks before each further piece: it throws once the time is over, so that nothing goes on unheard
 * @throws what `work` throws, or that the time was over
 */
export async function inTime<T>(limitMs: number, work: (goOn: () => void) => Promise<T>): Promise<T> {
  const over = new Error(`no answer within ${seconds(limitMs)}`);
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      isOver = true;
      reject(over);
    }, limitMs);
  });
  const working = work(() => {
    if (isOver) throw over;
  });
  try {
    return await Promise.race([working, limit]);
  } finally {
    clearTimeout(timer);
    // How it ends after its time is nobody's business any more.
    working.catch(() => undefined);
  }
}
