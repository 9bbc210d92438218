# A rule that is named before it is defined.
package tracee.RELEASE_AGENT

import data.tracee.helpers

__rego_metadoc__ := {"id": "RELEASE-AGENT", "name": "release agent", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "security_file_open"}]

tracee_selected_events[{"source": "tracee", "name": "openat"}]

tracee_match {
	written
	endswith(helpers.get_tracee_argument("pathname"), "/release_agent")
}

written {
	flags := helpers.get_tracee_argument("flags")
	helpers.is_file_write(flags)
}
