"""Starts MiniStack with two additions. All settings come from the environment, as MiniStack reads them.

1. A CloudWatch alarm that changes its state puts a "CloudWatch Alarm State Change" event on the default bus of its
   region, as AWS does. MiniStack 1.5.33 only runs the alarm's SNS actions, and PutEvents refuses `aws.*` sources.
2. What a function prints is appended to `<FUNCTION_LOG_DIR>/<region>/<function>.log`. MiniStack keeps it in memory
   only, and it is needed most when the emulator has just died.

Both wrap functions that are private to MiniStack. The version is pinned, and this file refuses to start when what it
wraps is not there any more: a silent no-op would look like an alarm entrance that does not work.
"""

import functools
import inspect
import json
import os
import pathlib
import sys
from datetime import datetime, timezone


def _expect(module, name, parameters):
    """The function `module.name`, or an end with a sentence when it is gone or takes other parameters."""
    function = getattr(module, name, None)
    if function is None:
        sys.exit(f"launch.py: {module.__name__}.{name} does not exist in this MiniStack; pin ministack==1.5.33")
    found = list(inspect.signature(function).parameters)
    if found[: len(parameters)] != parameters:
        sys.exit(f"launch.py: {module.__name__}.{name} takes {found}, expected {parameters}; pin ministack==1.5.33")
    return function


def _alarm_time(epoch_seconds):
    """CloudWatch writes +0000 in these events, where everything else on the bus writes Z."""
    at = datetime.fromtimestamp(epoch_seconds, tz=timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}+0000"


def _configuration(alarm):
    """The `detail.configuration` of the event: the rule of a composite alarm, or the metrics of a metric alarm."""
    described = {"description": alarm["AlarmDescription"]} if alarm.get("AlarmDescription") else {}
    if alarm.get("AlarmRule"):
        return {"alarmRule": alarm["AlarmRule"], **described}
    metric = {
        "namespace": alarm.get("Namespace", ""),
        "name": alarm.get("MetricName", ""),
        "dimensions": {d.get("Name", ""): d.get("Value", "") for d in alarm.get("Dimensions") or []},
    }
    stat = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    return {
        "metrics": [
            {
                "id": "m1",
                "returnData": True,
                "metricStat": {"metric": metric, "period": alarm.get("Period", 60), "stat": stat},
            }
        ],
        **described,
    }


def _state(value, reason, at, reason_data=None):
    state = {"value": value, "reason": reason, "timestamp": at}
    return {**state, "reasonData": reason_data} if reason_data else state


def put_alarm_events():
    """Wraps the one place through which every alarm transition passes (evaluation, SetAlarmState, composite)."""
    from ministack.services import cloudwatch, eventbridge

    dispatch = _expect(cloudwatch, "_dispatch_alarm_actions", ["alarm", "old_state", "new_state", "reason"])
    put_events = _expect(eventbridge, "_put_events", ["data", "allow_aws_source"])
    previous_reasons = {}

    @functools.wraps(dispatch)
    def dispatch_and_announce(alarm, old_state, new_state, reason):
        dispatch(alarm, old_state, new_state, reason)
        arn = alarm.get("AlarmArn", "")
        now = _alarm_time(datetime.now(timezone.utc).timestamp())
        before, since = previous_reasons.get(arn, ("Unchecked: Initial alarm creation", now))
        previous_reasons[arn] = (reason, now)
        detail = {
            "alarmName": alarm.get("AlarmName", ""),
            "configuration": _configuration(alarm),
            "previousState": _state(old_state, before, since),
            "state": _state(new_state, reason, now, alarm.get("StateReasonData")),
        }
        entry = {
            "Source": "aws.cloudwatch",
            "DetailType": "CloudWatch Alarm State Change",
            "Detail": json.dumps(detail),
            "Resources": [arn],
        }
        put_events({"Entries": [entry]}, allow_aws_source=True)

    cloudwatch._dispatch_alarm_actions = dispatch_and_announce


def keep_function_logs(folder):
    """Wraps the emitter of function logs; a log that cannot be written never breaks an invocation."""
    from ministack.core.responses import get_region
    from ministack.services import lambda_svc

    emit = _expect(lambda_svc, "_emit_lambda_logs", ["func", "request_id", "log_text", "error", "duration_ms"])

    @functools.wraps(emit)
    def emit_and_append(func, request_id, log_text, error, duration_ms, **kwargs):
        emit(func, request_id, log_text, error, duration_ms, **kwargs)
        try:
            config = func.get("config") or func
            path = pathlib.Path(folder) / get_region() / f"{config.get('FunctionName', 'unknown')}.log"
            path.parent.mkdir(parents=True, exist_ok=True)
            ended = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
            outcome = "FAILED" if error else "ok"
            with path.open("a", encoding="utf-8") as log:
                log.write(f"--- {ended} {request_id} {outcome} after {duration_ms} ms\n{log_text}".rstrip() + "\n")
        except OSError as problem:
            print(f"launch.py: cannot keep a function's log: {problem}", file=sys.stderr)

    lambda_svc._emit_lambda_logs = emit_and_append


def main():
    put_alarm_events()
    if os.environ.get("FUNCTION_LOG_DIR"):
        keep_function_logs(os.environ["FUNCTION_LOG_DIR"])
    from ministack.app import main as ministack_main

    ministack_main()


if __name__ == "__main__":
    main()
