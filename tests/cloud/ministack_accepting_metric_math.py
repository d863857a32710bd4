"""ministack, with one change: an alarm on metric math does not fail the stack, but is stored as an alarm that never changes its state.

It runs in the emulator's own Python, because this is the one gap that no API call can fill.
"""

from ministack.app import main
from ministack.services.cloudformation import provisioners

alarm_record = provisioners._cw_metric_alarm_record


def record_any(name, properties):
    if properties.get("Metrics"):
        properties = {key: value for key, value in properties.items() if key != "Metrics"}
        properties |= {"Namespace": "MetricMath", "MetricName": name}
    return alarm_record(name, properties)


provisioners._cw_metric_alarm_record = record_any
main()
