package tracee.TRC_1

__rego_metadoc__ := {"id": "TRC-1", "name": "x", "properties": {"Severity": "high"}}

tracee_selected_events[{"source": "tracee", "name": "ptrace"}]

tracee_match { true }
