# Sets and objects that depend on the event.
package tracee.PARTIAL

import data.tracee.helpers

__rego_metadoc__ := {"id": "PARTIAL", "name": "partial", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "openat"}]

tracee_selected_events[{"source": "tracee", "name": "ptrace"}]

names[name] { name := input.args[_].name }

reasons["shadow"] { helpers.get_tracee_argument("pathname") == "/etc/shadow" }

reasons["traced"] { helpers.get_tracee_argument("request") == "PTRACE_TRACEME" }

reasons[reason] {
	reason := "root"
	input.userId == 0
	input.processName == "sh"
}

tracee_match = {"reasons": reasons} { count(reasons) > 0 }

tracee_match = {"reasons": reasons} { reasons.root; names.mode }
