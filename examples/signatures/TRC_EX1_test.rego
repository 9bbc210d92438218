package tracee.TRC_EX1

opened(program, path) = event {
	event := {
		"eventName": "openat",
		"processName": program,
		"args": [{"name": "pathname", "type": "string", "value": path}],
	}
}

test_opened_by_another {
	tracee_match with input as opened("cat", "/etc/shadow")
}

test_opened_by_a_login_program {
	not tracee_match with input as opened("sshd", "/etc/shadow")
}

test_another_file {
	not tracee_match with input as opened("cat", "/etc/passwd")
}
