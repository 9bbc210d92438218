# Elements of a list by their place.
package tracee.ARGUMENTS_OF_PROGRAMS

import data.tracee.helpers

__rego_metadoc__ := {"id": "ARGUMENTS-OF-PROGRAMS", "name": "arguments of programs", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "execve"}]

tracee_match { helpers.get_tracee_argument("argv")[1] == "-c" }

tracee_match {
	argv := helpers.get_tracee_argument("argv")
	argv[0] == argv[1]
}

tracee_match { endswith(helpers.get_tracee_argument("argv")[0], "/sh"); not helpers.get_tracee_argument("argv")[2] }
