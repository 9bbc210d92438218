# Iteration over a list of the event.
package tracee.PRELOAD

import data.tracee.helpers

__rego_metadoc__ := {"id": "PRELOAD", "name": "preload", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "execve"}]

tracee_selected_events[{"source": "tracee", "name": "security_file_open"}]

tracee_match {
	input.eventName == "execve"
	envp := helpers.get_tracee_argument("envp")
	startswith(envp[_], "LD_PRELOAD")
}

tracee_match {
	variable := helpers.get_tracee_argument("envp")[_]
	startswith(variable, "LD_LIBRARY_PATH")
	not endswith(variable, "=")
	not contains(variable, "/usr/lib")
}

tracee_match {
	input.eventName == "security_file_open"
	helpers.is_file_write(helpers.get_tracee_argument("flags"))
	helpers.get_tracee_argument("pathname") == "/etc/ld.so.preload"
}
