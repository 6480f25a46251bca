/** Makes a fake fail on demand: the call never happened, or it happened and the answer was lost. */

export type FaultMoment = 'before' | 'after';

export interface Faults<T> {
  /** The next call of `method` throws: `before` it does anything, or `after` it was applied (the answer is lost). */
  failNext(method: keyof T & string, moment?: FaultMoment, error?: Error): void;
  /** From now on every call of `method` throws before doing anything, until `heal`. */
  failAlways(method: keyof T & string, error?: Error): void;
  heal(): void;
  /** Names of all methods called so far, oldest first. */
  readonly calls: readonly string[];
  /** Runs before each call, e.g. to let the world change, or to throw at the n-th write. */
  beforeEach(hook: (method: string) => void | Promise<void>): void;
}

interface Fault {
  readonly method: string;
  readonly moment: FaultMoment;
  readonly error: Error;
  readonly always: boolean;
}

/** The same port, with `faults` beside it. Only methods that answer with a promise can fail. */
export function withFaults<T extends object>(port: T): T & { readonly faults: Faults<T> } {
  const planned: Fault[] = [];
  const calls: string[] = [];
  const hooks: ((method: string) => void | Promise<void>)[] = [];
  const faults: Faults<T> = {
    calls,
    failNext: (method, moment = 'before', error = new Error(`fault injected: ${method}`)) =>
      void planned.push({ method, moment, error, always: false }),
    failAlways: (method, error = new Error(`fault injected: ${method}`)) =>
      void planned.push({ method, moment: 'before', error, always: true }),
    heal: () => void planned.splice(0),
    beforeEach: (hook) => void hooks.push(hook),
  };
  const strike = (method: string, moment: FaultMoment) => {
    const at = planned.findIndex((fault) => fault.method === method && fault.moment === moment);
    const fault = planned[at];
    if (fault === undefined) return;
    if (!fault.always) planned.splice(at, 1);
    throw fault.error;
  };
  const wrapped =
    (method: string, run: (...args: unknown[]) => unknown) =>
    async (...args: unknown[]) => {
      calls.push(method);
      for (const hook of hooks) await hook(method);
      strike(method, 'before');
      const answer = await run(...args);
      strike(method, 'after');
      return answer;
    };
  const methods = Object.entries(port).map(([name, member]) => [
    name,
    isAsync(member) ? wrapped(name, member) : (member as unknown),
  ]);
  return { ...(Object.fromEntries(methods) as T), faults };
}

const isAsync = (member: unknown): member is (...args: unknown[]) => unknown =>
  typeof member === 'function' && member.constructor.name === 'AsyncFunction';
