# Several bodies for several events, a regex, and two numbers that differ.
package tracee.INJECTION

import data.tracee.helpers

__rego_metadoc__ := {"id": "INJECTION", "name": "injection", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "ptrace"}]

tracee_selected_events[{"source": "tracee", "name": "security_file_open"}]

tracee_selected_events[{"source": "tracee", "name": "process_vm_writev"}]

tracee_match {
	input.eventName == "ptrace"
	request := helpers.get_tracee_argument("request")
	injecting[request]
}

tracee_match = found {
	input.eventName == "security_file_open"
	helpers.is_file_write(helpers.get_tracee_argument("flags"))
	path := helpers.get_tracee_argument("pathname")
	regex.match(`/proc/(?:\d.+|self)/mem`, path)
	found := {"file": path}
}

tracee_match = found {
	input.eventName == "process_vm_writev"
	target := helpers.get_tracee_argument("pid")
	target != input.processId
	found := {"target": target}
}

injecting := {"PTRACE_POKETEXT", "PTRACE_POKEDATA"}
