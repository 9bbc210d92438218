# How many there are.
package tracee.LISTED

import data.tracee.helpers

__rego_metadoc__ := {"id": "LISTED", "name": "listed", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "execve"}]

tracee_selected_events[{"source": "tracee", "name": "sched_process_exec"}]

tracee_match { count(helpers.get_tracee_argument("argv")) > 2 }

tracee_match {
	count(helpers.get_tracee_argument("argv")) == 0
	count(dashes) >= 1
}

dashes[option] {
	option := ["-c", "-e"][_]
	helpers.get_tracee_argument("argv")[_] == option
}
