/** A region that only probes: one more pair of eyes, for outages of a whole region. */
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { everyMinute } from '../constructs/rules.ts';
import { functionErrorsAlarm, queueAlarm, silenceAlarm } from '../monitoring/alarms.ts';
import { Ground, type RegionProps, stackProps } from './ground.ts';

export class WitnessStack extends Stack {
  constructor(scope: Construct, id: string, props: RegionProps) {
    super(scope, id, stackProps(props, 'witness'));
    const ground = new Ground(this, props);
    const probe = ground.fn('probe-clusters');
    everyMinute(this, 'probe-clusters', probe, ground.undeliveredEvents);
    queueAlarm(ground.alarming, 'undelivered-events', ground.undeliveredEvents);
    silenceAlarm(ground.alarming, 'prober-silent', probe);
    functionErrorsAlarm(ground.alarming, 'probe-clusters', probe);
  }
}
