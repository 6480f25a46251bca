/** Bounded waiting. Nothing in this library waits on a cluster without a bound. */

/** Waits `ms`, or less if the signal fires first. Never rejects. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });

/** True if `work` settled (either way) within `ms`. The work itself goes on; its rejection is swallowed. */
export const settledWithin = async (work: Promise<unknown>, ms: number): Promise<boolean> => {
  const bound = new AbortController();
  const settled = work.then(
    () => true,
    () => true,
  );
  const answer = await Promise.race([settled, pause(ms, bound.signal).then(() => false)]);
  bound.abort();
  return answer;
};

/** Rejects as soon as the signal fires; the abandoned work's own end is swallowed. */
export const unlessAborted = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  work.catch(() => undefined);
  if (signal.aborted) throw new Error('stopped');
  let abandon = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abandon = () => reject(new Error('stopped'));
    signal.addEventListener('abort', abandon, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abandon);
  }
};

/** `value` moved by up to a fifth either way, so that many clients do not act in the same instant. */
export const jittered = (value: number, random: () => number): number => value * (0.8 + 0.4 * random());
