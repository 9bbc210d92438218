package tracee.TRC_906

__rego_metadoc__ := {"id": "TRC-906", "name": "Names"}

tracee_selected_events[{"source": "tracee", "name": "unlink", "origin": "host"}]

tracee_match {
	startswith(input.args[_].value, "/own/")
}

tracee_match {
	input.processName == "other"
}
