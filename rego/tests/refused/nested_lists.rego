package tracee.NESTED_LISTS

__rego_metadoc__ := {"id": "NESTED_LISTS", "version": "1", "name": "nested lists", "properties": {"Severity": 1}}

tracee_selected_events[event] {
	event := {"source": "tracee", "name": "openat", "origin": "*"}
}

tracee_match {
	x := [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]
}
