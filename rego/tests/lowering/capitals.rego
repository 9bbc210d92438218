# Text without capitals.
package tracee.CAPITALS

import data.tracee.helpers

__rego_metadoc__ := {"id": "CAPITALS", "name": "capitals", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "openat"}]

tracee_selected_events[{"source": "tracee", "name": "security_file_open"}]

tracee_match { contains(lower(helpers.get_tracee_argument("pathname")), "kik") }

tracee_match { lower(helpers.get_tracee_argument("pathname")) == "/etc/kiki" }

tracee_match {
	path := lower(helpers.get_tracee_argument("pathname"))
	endswith(path, ".sh")
	startswith(path, "/tmp/i")
}

tracee_match { startswith(lower(input.processName), "Sh") }
