# What is not compiled.
package tracee.ARITHMETIC

import data.tracee.helpers

__rego_metadoc__ := {"id": "ARITHMETIC", "name": "arithmetic", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "openat"}]

tracee_selected_events[{"source": "tracee", "name": "ptrace"}]

tracee_match { input.userId + 1 == 3; helpers.get_tracee_argument("pathname") == "/etc/shadow" }

tracee_match { input.processName == "sh"; helpers.get_tracee_argument("request") == "PTRACE_CONT" with input as {"args": [{"name": "request", "value": "PTRACE_CONT"}]} }
