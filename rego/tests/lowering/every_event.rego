# What selects everything, and asks for the name.
package tracee.EVERY_EVENT

import data.tracee.helpers

__rego_metadoc__ := {"id": "EVERY-EVENT", "name": "every event", "properties": {"Severity": 2}}


tracee_selected_events[{"source": "tracee"}]

tracee_match { input.eventName == "openat"; helpers.get_tracee_argument("pathname") == "/etc/shadow" }

tracee_match { input.eventName == "kill"; helpers.get_tracee_argument("sig") == "SIGKILL"; input.userId > 0 }
