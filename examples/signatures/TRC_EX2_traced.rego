# An OPA signature with an object as its result, for processes in containers only.
package tracee.TRC_EX2

import data.tracee.helpers

__rego_metadoc__ := {
	"id": "TRC-EX2",
	"version": "1.0.0",
	"name": "Process memory written in a container",
	"eventName": "memory_written",
	"description": "A process wrote to the memory of another one with ptrace.",
	"tags": ["container"],
	"properties": {
		"Severity": 4,
		"MITRE ATT&CK": "Defense Evasion: Process Injection",
	},
}

tracee_selected_events[{"source": "tracee", "name": "ptrace", "origin": "container"}]

writes := {"PTRACE_POKETEXT", "PTRACE_POKEDATA"}

tracee_match = found {
	request := helpers.get_tracee_argument("request")
	writes[request]
	found := {"request": request, "target": helpers.get_tracee_argument("pid")}
}
