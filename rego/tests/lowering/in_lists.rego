# `in` and `some … in`.
package tracee.IN_LISTS

import data.tracee.helpers
import future.keywords.in

__rego_metadoc__ := {"id": "IN-LISTS", "name": "in lists", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "execve"}]

tracee_selected_events[{"source": "tracee", "name": "openat"}]

tracee_match { helpers.get_tracee_argument("pathname") in {"/bin/sh", "/bin/bash"} }

tracee_match { "-c" in helpers.get_tracee_argument("argv"); input.processName in ["sh", "bash"] }

tracee_match {
	some option in helpers.get_tracee_argument("argv")
	startswith(option, "--exec")
	not option == "--exec-path"
}

tracee_match { not input.nothing in ["x"]; input.userId == 7 }

tracee_match { some name, x in {"a": "/etc/shadow", "b": "/etc/passwd"}; helpers.get_tracee_argument("pathname") == x; name == "b" }
