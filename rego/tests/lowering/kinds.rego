# Values of another kind than is asked for.
package tracee.KINDS

import data.tracee.helpers

__rego_metadoc__ := {"id": "KINDS", "name": "kinds", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "ptrace"}]

tracee_selected_events[{"source": "tracee", "name": "openat"}]

tracee_selected_events[{"source": "tracee", "name": "kill"}]

tracee_match { startswith(helpers.get_tracee_argument("pid"), "1") }

tracee_match { helpers.get_tracee_argument("pid") == "1" }

tracee_match { input.eventId == 101 }

tracee_match { input.eventId == "62"; helpers.get_tracee_argument("sig") == "SIGKILL" }

tracee_match { not startswith(helpers.get_tracee_argument("dirfd"), "1"); input.processId == 7 }

tracee_match { helpers.get_tracee_argument("pid") != "x"; input.userId == 0 }

tracee_match { contains(input.args, "x") }
