"""Starts MiniStack with four additions. All settings come from the environment, as MiniStack reads them.

1. A CloudWatch alarm that changes its state puts a "CloudWatch Alarm State Change" event on the default bus of its
   region, as AWS does. MiniStack 1.5.33 only runs the alarm's SNS actions, and PutEvents refuses `aws.*` sources.
2. What a function prints is appended to `<FUNCTION_LOG_DIR>/<region>/<function>.log`. MiniStack keeps it in memory
   only, and it is needed most when the emulator has just died.
3. Events for a function wait in a line of their own, as in Lambda's queue for asynchronous invocations, and three are
   worked on at once. MiniStack starts a process for each: twenty clients that report at once cost twenty cold starts,
   and on two cores they made each other so slow that none ended before the next twenty reports came (measured).
4. The code of a function is unpacked once and not again for each of its processes, and those run below the emulator's
   own priority: in the same measurement the emulator got 2 % of a core, and spent 78 % of that on unpacking.

All wrap what is private to MiniStack. The version is pinned, and this file refuses to start when what it
wraps is not there any more: a silent no-op would look like an alarm entrance that does not work.
"""

import functools
import hashlib
import inspect
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import types
import zipfile
from concurrent.futures import ThreadPoolExecutor
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


EVENTS_AT_ONCE = 3


def deliver_events_in_line():
    """Replaces the thread for each event by a bounded pool for each function, in the order of arrival."""
    from ministack.services import eventbridge, lambda_svc

    _expect(eventbridge, "_dispatch_to_lambda", ["arn", "payload"])
    find = _expect(lambda_svc, "_get_func_record_for_ref", ["function_ref"])
    recorded = _expect(lambda_svc, "_execution_record_for_config", ["func", "config"])
    execute = _expect(lambda_svc, "_execute_function_with_config_scope", ["func", "event"])
    lines = {}

    def dispatch(arn, payload):
        func, config, name = find(arn)
        if not func or not config:
            print(f"launch.py: an event for {name}, which does not exist", file=sys.stderr)
            return
        if arn not in lines:
            lines[arn] = ThreadPoolExecutor(max_workers=EVENTS_AT_ONCE, thread_name_prefix=f"events-{name}")
        lines[arn].submit(execute, recorded(func, config), json.loads(payload))

    eventbridge._dispatch_to_lambda = dispatch


def _unpack_once(folder):
    """A ZipFile whose extractall unpacks the same bytes once, to `folder`, and makes the target a link to them."""
    lock = threading.Lock()

    class UnpackedOnce(zipfile.ZipFile):
        def extractall(self, path=None, members=None, pwd=None):
            if path is None or members is not None or pwd is not None or os.listdir(path):
                return super().extractall(path, members, pwd)
            with open(self.filename, "rb") as packed:
                unpacked = os.path.join(folder, hashlib.sha256(packed.read()).hexdigest())
            with lock:
                if not os.path.exists(unpacked):
                    half = tempfile.mkdtemp(dir=folder)
                    super().extractall(half)
                    os.rename(half, unpacked)
            os.rmdir(path)
            os.symlink(unpacked, path)
            return None

    return UnpackedOnce


def _module_with(module, **replacements):
    """The module as its importer sees it, with some names replaced; the module itself stays as it is."""
    return types.SimpleNamespace(**{**vars(module), **replacements})


def start_functions_cheaply():
    """Replaces what workers are started with. Functions do not write to their code: on AWS they cannot."""
    from ministack.core import lambda_runtime

    _expect(lambda_runtime.Worker, "_spawn", ["self"])
    if lambda_runtime.zipfile is not zipfile or lambda_runtime.subprocess is not subprocess:
        sys.exit("launch.py: ministack.core.lambda_runtime has other imports; pin ministack==1.5.33")

    def after_the_emulator(command, **settings):
        return subprocess.Popen(["nice", "-n", "5", *command], **settings)

    unpacked = tempfile.mkdtemp(prefix="unpacked-")
    lambda_runtime.zipfile = _module_with(zipfile, ZipFile=_unpack_once(unpacked))
    lambda_runtime.subprocess = _module_with(subprocess, Popen=after_the_emulator)


def main():
    put_alarm_events()
    deliver_events_in_line()
    start_functions_cheaply()
    if os.environ.get("FUNCTION_LOG_DIR"):
        keep_function_logs(os.environ["FUNCTION_LOG_DIR"])
    from ministack.app import main as ministack_main

    ministack_main()


if __name__ == "__main__":
    main()
