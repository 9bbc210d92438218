# Matches that are false, or values of comparisons.
package tracee.FALSE_VALUES

import data.tracee.helpers

__rego_metadoc__ := {"id": "FALSE-VALUES", "name": "false values", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "openat"}]

tracee_selected_events[{"source": "tracee", "name": "ptrace"}]

tracee_match = x { x := startswith(helpers.get_tracee_argument("pathname"), "/etc") }

tracee_match = false { helpers.get_tracee_argument("request") == "PTRACE_CONT" }
