# Text beyond ASCII.
package tracee.UNICODE

import data.tracee.helpers

__rego_metadoc__ := {"id": "UNICODE", "name": "unicode", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "openat"}]

tracee_match { endswith(helpers.get_tracee_argument("pathname"), "é") }

tracee_match { contains(helpers.get_tracee_argument("pathname"), "日本") }

tracee_match { lower(helpers.get_tracee_argument("pathname")) == "/tmp/é" }

tracee_match { startswith(helpers.get_tracee_argument("pathname"), "/x\uef80") }
