# Bytes in base64.
package tracee.DROPPED

import data.tracee.helpers

__rego_metadoc__ := {"id": "DROPPED", "name": "dropped", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "magic_write", "origin": "container"}]

tracee_selected_events[{"source": "tracee", "name": "security_file_open"}]

tracee_match {
	helpers.is_elf_file(helpers.get_tracee_argument("bytes"))
	not startswith(helpers.get_tracee_argument("pathname"), "/proc/")
}
