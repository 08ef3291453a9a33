"""What a play came to, as one JSON object: ansible-core has no such callback of its own."""

import json

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: as_json
type: stdout
short_description: results and figures as one JSON object
description: For the tests of the plays.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "as_json"

    def __init__(self):
        super().__init__()
        self.results = []

    def _note(self, result, state):
        told = {"task": result.task.get_name(), "host": result.host.get_name(), "state": state,
                "changed": bool(result.result.get("changed"))}
        for key in ("msg", "stderr", "stdout", "diff", "results"):
            if state != "skipped" and result.result.get(key):
                told[key] = str(result.result[key])[:3000]
        self.results.append(told)

    def v2_runner_on_ok(self, result):
        self._note(result, "ok")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._note(result, "failed")

    def v2_runner_on_unreachable(self, result):
        self._note(result, "unreachable")

    def v2_runner_on_skipped(self, result):
        self._note(result, "skipped")

    def v2_playbook_on_stats(self, stats):
        hosts = {host: stats.summarize(host) for host in stats.processed}
        self._display.display(json.dumps({"results": self.results, "stats": hosts}))
