# Rego v1.
package tracee.NEW_SYNTAX

import rego.v1
import data.tracee.helpers

__rego_metadoc__ := {"id": "NEW-SYNTAX", "name": "new syntax", "properties": {"Severity": 2}}

tracee_selected_events contains {"source": "tracee", "name": "openat"}

tracee_selected_events contains {"source": "tracee", "name": "execve"}

tracee_match if {
	helpers.get_tracee_argument("pathname") == "/etc/shadow"
	input.userId != 0
}

tracee_match if {
	some word in helpers.get_tracee_argument("argv")
	word == "-c"
}

wanted contains name if { some name in ["cat", "less"] }

tracee_match if { input.processName in wanted; not helpers.get_tracee_argument("flags") == "O_RDONLY" }
