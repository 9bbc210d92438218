# What gives no answer: a conflict, a loop that is too long, a match that is neither true nor an object.
package tracee.TRC_904

__rego_metadoc__ := {"id": "TRC-904", "name": "Fails"}

tracee_selected_events[{"source": "tracee"}]

tracee_match = {"one": 1} {
	input.conflict
}

tracee_match = {"two": 2} {
	input.conflict
}

tracee_match = 7 {
	input.number
}

many := numbers.range(1, 2000)

tracee_match {
	input.loop
	many[_] + many[_] == 0
}

loops(x) {
	many[_] + many[_] == x
}

tracee_match {
	input.hidden
	not loops(0)
}

tracee_match {
	input.range
	count(numbers.range(1, 1000000000000)) > 0
}
