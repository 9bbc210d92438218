package tracee.TRC_1

import rego.v1

__rego_metadoc__ := {"id": "TRC-1", "name": "x"}

tracee_selected_events contains {"source": "tracee", "name": "ptrace"}

tracee_match if { input.x }
