# A boolean match with a helper of tracee.helpers, two bodies, and a set of names.
package tracee.TRC_901

import data.tracee.helpers

__rego_metadoc__ := {
	"id": "TRC-901",
	"version": "0.1.0",
	"name": "Credentials read",
	"eventName": "credentials_read",
	"description": "A process that is no login program read or changed the password file",
	"tags": ["linux", "container"],
	"properties": {
		"Severity": 3,
		"MITRE ATT&CK": "Credential Access: OS Credential Dumping",
	},
}

tracee_selected_events[eventSelector] {
	eventSelector := {
		"source": "tracee",
		"name": "security_file_open",
		"origin": "*",
	}
}

login_programs := {"login", "sshd", "passwd"}

tracee_match {
	input.eventName == "security_file_open"
	helpers.get_tracee_argument("pathname") == "/etc/shadow"
	helpers.is_file_read(helpers.get_tracee_argument("flags"))
	not login_programs[input.processName]
}

tracee_match {
	helpers.get_tracee_argument("pathname") == "/etc/shadow"
	helpers.is_file_write(helpers.get_tracee_argument("flags"))
}
