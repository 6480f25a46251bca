import { describe, expect, test } from '@jest/globals';
import { everyInterval } from '../../../lambdas/shared/loop.ts';
import { fakePorts, type FakePorts } from '../../support/fakes/ports.ts';

const ten = Date.UTC(2026, 10, 22, 10);
const rules = { name: 'probe-clusters', seconds: 10, owner: 'first' };

/** A turn that notes the second at which it began. */
const noting = (ports: FakePorts, seconds: number[]) => async () => {
  seconds.push((ports.clock.nowMs() - ten) / 1_000);
};

describe('a loop inside one invocation', () => {
  test('a minute of budget gives a turn at once and then one per interval, ending five seconds before the end', async () => {
    const ports = fakePorts({ startMs: ten, budgetMs: 60_000 });
    const seconds: number[] = [];
    const outcome = await everyInterval(ports, rules, noting(ports, seconds));
    expect(seconds).toEqual([0, 10, 20, 30, 40, 50]);
    expect(outcome).toMatchObject({ kind: 'out-of-time', turns: 6, failed: 0 });
  });

  test('an interval as long as the schedule gives one turn and no waiting', async () => {
    const ports = fakePorts({ startMs: ten, budgetMs: 75_000 });
    const outcome = await everyInterval(ports, { ...rules, seconds: 60 }, async () => undefined);
    expect(outcome).toMatchObject({ kind: 'left-to-the-schedule', turns: 1 });
    expect(ports.clock.nowMs()).toBe(ten);
  });

  test('a turn with exactly five seconds left still begins', async () => {
    const ports = fakePorts({ startMs: ten, budgetMs: 15_000 });
    const seconds: number[] = [];
    await everyInterval(ports, rules, noting(ports, seconds));
    expect(seconds).toEqual([0, 10]);
  });

  test('it leaves before its next turn when a newer invocation has taken the lease', async () => {
    const ports = fakePorts({ startMs: ten, budgetMs: 60_000 });
    const seconds: number[] = [];
    ports.clock.whilePaused(async (nowMs) => {
      if (nowMs === ten + 20_000) await ports.observations.takeLease('probe-clusters', 'second');
    });
    const outcome = await everyInterval(ports, rules, noting(ports, seconds));
    expect(seconds).toEqual([0, 10]);
    expect(outcome.kind).toBe('handed-over');
  });

  test('it takes the lease from an older invocation at once', async () => {
    const ports = fakePorts({ startMs: ten, budgetMs: 6_000 });
    await ports.observations.takeLease('probe-clusters', 'older');
    await everyInterval(ports, rules, async () => undefined);
    expect(await ports.observations.holdsLease('probe-clusters', 'first')).toBe(true);
  });

  test('a turn of 12 s in a 10 s rhythm is followed by the one at 20 s', async () => {
    const ports = fakePorts({ startMs: ten, budgetMs: 40_000 });
    const seconds: number[] = [];
    await everyInterval(ports, rules, async () => {
      seconds.push((ports.clock.nowMs() - ten) / 1_000);
      ports.clock.advance(12_000);
    });
    expect(seconds).toEqual([0, 20]);
  });

  test('a turn is not begun when the longest so far would not fit any more', async () => {
    const ports = fakePorts({ startMs: ten, budgetMs: 40_000 });
    const seconds: number[] = [];
    await everyInterval(ports, rules, async () => {
      seconds.push((ports.clock.nowMs() - ten) / 1_000);
      ports.clock.advance(seconds.length === 1 ? 15_000 : 1_000);
    });
    expect(seconds).toEqual([0, 20]);
  });

  test('what a turn says is logged', async () => {
    const ports = fakePorts({ startMs: ten, budgetMs: 6_000 });
    await everyInterval(ports, rules, async () => ({ sentence: 'K1: up' }));
    expect(ports.log.lines.map(({ message }) => message)).toEqual(['probe-clusters: K1: up']);
  });

  test('a failed turn is logged and the loop goes on', async () => {
    const ports = fakePorts({ startMs: ten, budgetMs: 25_000 });
    let turn = 0;
    const outcome = await everyInterval(ports, rules, async () => {
      turn += 1;
      if (turn === 1) throw new Error('throttled');
    });
    expect(outcome).toMatchObject({ turns: 3, failed: 1 });
    expect(ports.log.lines.map(({ level, message }) => [level, message])).toEqual([
      ['error', 'probe-clusters: turn 1 failed'],
    ]);
  });

  test('when no turn succeeded the last error ends the invocation', async () => {
    const ports = fakePorts({ startMs: ten, budgetMs: 25_000 });
    await expect(everyInterval(ports, rules, async () => Promise.reject(new Error('no route')))).rejects.toThrow(
      'no route',
    );
  });

  test('without the lease table it observes on', async () => {
    const ports = fakePorts({ startMs: ten, budgetMs: 25_000 });
    ports.observations.faults.failAlways('takeLease');
    ports.observations.faults.failAlways('holdsLease');
    const outcome = await everyInterval(ports, rules, async () => undefined);
    expect(outcome).toMatchObject({ turns: 3, failed: 0 });
  });
});
