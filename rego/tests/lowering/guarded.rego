# What is not compiled, after what is.
package tracee.GUARDED

import data.tracee.helpers

__rego_metadoc__ := {"id": "GUARDED", "name": "guarded", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "openat"}]

tracee_selected_events[{"source": "tracee", "name": "security_file_open"}]

tracee_match {
	path := helpers.get_tracee_argument("pathname")
	startswith(path, "/etc/")
	parts := split(path, "/")
	parts[2] == "shadow"
}

tracee_match {
	startswith(helpers.get_tracee_argument("pathname"), "/tmp/")
	upper(input.processName) == "SH"
}

tracee_match {
	startswith(helpers.get_tracee_argument("pathname"), "/usr/")
	substring(helpers.get_tracee_argument("pathname"), 0, 7) == "/usr/li"
}
