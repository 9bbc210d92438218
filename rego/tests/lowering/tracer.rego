# One comparison with a name.
package tracee.TRACER

import data.tracee.helpers

__rego_metadoc__ := {"id": "TRACER", "name": "tracer", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "ptrace"}]

tracee_match {
	input.eventName == "ptrace"
	helpers.get_tracee_argument("request") == "PTRACE_TRACEME"
}
