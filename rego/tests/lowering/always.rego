# Nothing to ask.
package tracee.ALWAYS

import data.tracee.helpers

__rego_metadoc__ := {"id": "ALWAYS", "name": "always", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "setns"}]

tracee_match = true
