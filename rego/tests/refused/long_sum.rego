package tracee.LONG_SUM

__rego_metadoc__ := {"id": "LONG_SUM", "version": "1", "name": "long sum", "properties": {"Severity": 1}}

tracee_selected_events[event] {
	event := {"source": "tracee", "name": "openat", "origin": "*"}
}

tracee_match {
	input.returnValue == 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1
}
