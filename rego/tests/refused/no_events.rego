package tracee.TRC_1

__rego_metadoc__ := {"id": "TRC-1", "name": "x"}

tracee_match { true }
