package tracee.TRC_1

import data.tracee.helpers

__rego_metadoc__ := {"id": "TRC-1", "name": "x"}

tracee_selected_events[{"source": "tracee", "name": "ptrace"}]

tracee_match { helpers.get_argument("x") == 1 }
