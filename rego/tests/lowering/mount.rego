# Numbers and a prefix under `not`, several conditions in a rule of its own.
package tracee.MOUNT

import data.tracee.helpers

__rego_metadoc__ := {"id": "MOUNT", "name": "mount", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "security_sb_mount", "origin": "container"}]

tracee_selected_events[{"source": "tracee", "name": "security_sb_mount", "origin": "host"}]

tracee_match {
	device := helpers.get_tracee_argument("dev_name")
	startswith(device, "/dev/")
	not is_runtime
}

is_runtime {
	startswith(input.processName, "runc:")
	input.threadId == 1
}
