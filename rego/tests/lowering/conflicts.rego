# What may be two things at once, which is an error.
package tracee.CONFLICTS

import data.tracee.helpers

__rego_metadoc__ := {"id": "CONFLICTS", "name": "conflicts", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "openat"}]

place(path) = "etc" { startswith(path, "/etc") }

place(path) = "shadow" { endswith(path, "shadow") }

tracee_match { place(helpers.get_tracee_argument("pathname")) == "etc" }
