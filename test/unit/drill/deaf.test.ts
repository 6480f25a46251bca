/** Clients of a drill that follow nothing: what they hear, and what they do not. */
import { expect, test } from '@jest/globals';
import { memorySource, type Readings } from '../../../client/index.ts';
import { readOnce } from '../../drill/workload/following.ts';

const value = (region: string, text: string) => ({ region, kind: 'value', text }) as const;
const missing = (region: string) => ({ region, kind: 'missing' }) as const;

test('they hear the first look that finds a value in every region, and nothing after it', () => {
  const source = memorySource();
  const heard: Readings[] = [];
  readOnce(source).start((readings) => heard.push(readings));
  source.deliver([value('eu-west-1', 'first'), missing('eu-central-1')]);
  expect(heard).toEqual([]);
  const whole = [value('eu-west-1', 'first'), value('eu-central-1', 'first')];
  source.deliver(whole);
  source.deliver([value('eu-west-1', 'second'), value('eu-central-1', 'second')]);
  expect(heard).toEqual([whole]);
});
