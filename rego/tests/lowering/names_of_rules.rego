# Names that stand for several things.
package tracee.NAMES_OF_RULES

import data.tracee.helpers

__rego_metadoc__ := {"id": "NAMES-OF-RULES", "name": "names of rules", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "openat"}]

path := "/etc/shadow"

same(path) { path == "/etc/passwd" }

shadowed(path) = x { x := path }

tracee_match { helpers.get_tracee_argument("pathname") == path }

tracee_match { same(helpers.get_tracee_argument("pathname")) }

tracee_match { path := helpers.get_tracee_argument("pathname"); path == "/bin/sh" }

tracee_match { x = shadowed(helpers.get_tracee_argument("pathname")); y = x; y = "/bin/bash" }
