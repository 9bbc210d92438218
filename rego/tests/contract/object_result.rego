# An object result, several selected events, one of them only in containers; partial rules of its own,
# a default, a default function, and an else.
package tracee.TRC_902

import data.tracee.helpers.get_tracee_argument

__rego_metadoc__ := {
	"ID": "TRC-902",
	"Name": "Object",
	"properties": {"Severity": 1},
}

tracee_selected_events[s] {
	s := selected[_]
}

selected := [
	{"source": "tracee", "name": "ptrace"},
	{"source": "tracee", "name": "openat", "origin": "container"},
	{"source": "tracee", "name": "openat", "origin": "container"},
]

default quiet = false

quiet {
	input.processName == "quiet"
}

default is_trace(request) = false

is_trace(request) {
	startswith(request, "PTRACE_")
}

kind(event) = "tracing" {
	event == "ptrace"
} else = "opening" {
	true
}

names[name] {
	name := input.args[_].name
}

by_name[name] = value {
	some i
	name := input.args[i].name
	value := input.args[i].value
}

tracee_match = found {
	not quiet
	is_trace(get_tracee_argument("request"))
	found := {
		"kind": kind(input.eventName),
		"names": names,
		"values": by_name,
		"count": count(names),
	}
}
