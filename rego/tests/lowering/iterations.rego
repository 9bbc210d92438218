# Iteration by place, `some`, and arguments by their place.
package tracee.ITERATIONS


__rego_metadoc__ := {"id": "ITERATIONS", "name": "iterations", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "ptrace"}]

tracee_selected_events[{"source": "tracee", "name": "openat"}]

tracee_match {
	some i
	input.args[i].name == "pathname"
	input.args[i].value == "/etc/shadow"
}

tracee_match {
	input.args[j].name == "request"
	startswith(input.args[j].value, "PTRACE_GET")
}

tracee_match { input.args[0].value == "PTRACE_CONT" }

tracee_match {
	arg := input.args[_]
	arg.name == "flags"
	arg.value == "O_RDONLY"
	input.processName == "cat"
}

tracee_match { input.args[_].value == "/etc/passwd" }
