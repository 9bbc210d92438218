# An OPA signature as Aqua's Tracee runs them, with a boolean result.
package tracee.TRC_EX1

import data.tracee.helpers

__rego_metadoc__ := {
	"id": "TRC-EX1",
	"version": "1.0.0",
	"name": "Password hashes opened",
	"eventName": "password_hashes_opened",
	"description": "A program that logs nobody in opened the file with password hashes.",
	"tags": ["linux"],
	"properties": {
		"Severity": 3,
		"MITRE ATT&CK": "Credential Access: OS Credential Dumping",
	},
}

tracee_selected_events[eventSelector] {
	eventSelector := {"source": "tracee", "name": ["openat", "openat2"][_]}
}

login_programs := {"login", "passwd", "sshd", "su", "sudo", "unix_chkpwd"}

tracee_match {
	helpers.get_tracee_argument("pathname") == "/etc/shadow"
	not login_programs[input.processName]
}
