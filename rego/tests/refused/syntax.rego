package tracee.TRC_1

tracee_match {
	input.x ==
}
