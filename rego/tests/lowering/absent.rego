# What is not there.
package tracee.ABSENT

import data.tracee.helpers

__rego_metadoc__ := {"id": "ABSENT", "name": "absent", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "openat"}]

tracee_selected_events[{"source": "tracee", "name": "execve"}]

tracee_match { not input.nothing; input.userId == 1 }

tracee_match { input.nothing != "x" }

tracee_match { not helpers.get_tracee_argument("pathname"); input.userId == 2 }

tracee_match { not helpers.get_tracee_argument("mode") == 0; input.userId == 3 }

tracee_match { input.executable.path == ""; input.userId == 4 }

tracee_match { not startswith(input.executable.path, "/usr/"); input.userId == 5 }
