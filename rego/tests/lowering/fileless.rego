# Prefixes, a container, and a name that is not there.
package tracee.FILELESS

import data.tracee.helpers

__rego_metadoc__ := {"id": "FILELESS", "name": "fileless", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "sched_process_exec"}]

tracee_match {
	path := helpers.get_tracee_argument("pathname")
	startswith(path, "memfd:")
	not from_runtime
}

tracee_match {
	path := helpers.get_tracee_argument("pathname")
	memory := ["/dev/shm/", "/run/shm/"][_]
	startswith(path, memory)
}

from_runtime {
	input.containerId == ""
	startswith(helpers.get_tracee_argument("pathname"), "memfd:runc")
}

from_runtime {
	input.container.id == "c1"
}
