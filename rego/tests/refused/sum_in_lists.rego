package tracee.SUM_IN_LISTS

__rego_metadoc__ := {"id": "SUM_IN_LISTS", "version": "1", "name": "sum in lists", "properties": {"Severity": 1}}

tracee_selected_events[event] {
	event := {"source": "tracee", "name": "openat", "origin": "*"}
}

tracee_match {
	x := [[[[[[[[[[[1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1]]]]]]]]]]]
}
