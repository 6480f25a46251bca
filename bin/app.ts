/**
 * CDK app: read the config, print every problem at once, make the stacks. `cdk synth --context config=<file>`; with
 * `--context shared=true` the stacks of the table above the pairs, and those alone.
 */
import { App } from 'aws-cdk-lib';
import { describeAutomation } from '../core/config/automation.ts';
import { describeDetection } from '../core/config/detection.ts';
import { makeSharedStacks, makeStacks } from '../infra/app.ts';
import { readConfigFile } from './config-file.ts';

const app = new App();
const reading = readConfigFile(app.node.tryGetContext('config'));
if (reading.kind === 'unusable') {
  console.error(
    ['The configuration cannot be used:', ...reading.problems.map((problem) => `  - ${problem}`)].join('\n'),
  );
  process.exit(1);
}
for (const line of [...describeAutomation(reading.config), describeDetection(reading.config)]) console.error(line);
try {
  if (String(app.node.tryGetContext('shared')) === 'true') makeSharedStacks(app, reading.config);
  else makeStacks(app, reading.config, 'build/lambdas');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
app.synth();
