# Two objects at once are an error.
package tracee.TWO_OBJECTS

import data.tracee.helpers

__rego_metadoc__ := {"id": "TWO-OBJECTS", "name": "two objects", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "openat"}]

tracee_match = {"a": 1} { startswith(helpers.get_tracee_argument("pathname"), "/etc") }

tracee_match = {"b": 1} { endswith(helpers.get_tracee_argument("pathname"), "shadow") }

tracee_match { input.userId == 9 }
