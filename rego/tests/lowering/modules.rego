# A body without arguments, and one with a name of an enum.
package tracee.MODULES

import data.tracee.helpers

__rego_metadoc__ := {"id": "MODULES", "name": "modules", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "init_module"}]

tracee_selected_events[{"source": "tracee", "name": "security_kernel_read_file"}]

tracee_match { input.eventName == "init_module" }

tracee_match {
	input.eventName == "security_kernel_read_file"
	helpers.get_tracee_argument("type") == "kernel-module"
	not endswith(helpers.get_tracee_argument("pathname"), ".ko.xz")
}
