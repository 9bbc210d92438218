# Functions and rules with defaults, and `else`.
package tracee.DEFAULTS

import data.tracee.helpers

__rego_metadoc__ := {"id": "DEFAULTS", "name": "defaults", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "ptrace"}]

tracee_selected_events[{"source": "tracee", "name": "openat"}]

is_quiet := "quiet"

default quiet = false

quiet { input.processName == is_quiet }

default is_trace(request) = false

is_trace(request) { startswith(request, "PTRACE_") }

kind(event) = "tracing" { event == "ptrace" } else = "opening" { true }

level(uid) = "root" { uid == 0 } else = "system" { uid < 1000 } else = "user" { uid < 60000 }

tracee_match {
	not quiet
	kind(input.eventName) == "tracing"
	is_trace(helpers.get_tracee_argument("request"))
}

tracee_match {
	quiet == false
	kind(input.eventName) == "opening"
	level(input.userId) == "system"
}

tracee_match { not is_trace(input.nothing); input.processName == "none" }

tracee_match { not level(input.userId); kind(input.eventName) != "tracing" }
