# Flags as one text, and as parts.
package tracee.FLAGS_WHOLE

import data.tracee.helpers

__rego_metadoc__ := {"id": "FLAGS-WHOLE", "name": "flags whole", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "openat"}]

tracee_selected_events[{"source": "tracee", "name": "security_file_open"}]

tracee_selected_events[{"source": "tracee", "name": "mmap"}]

tracee_match { helpers.get_tracee_argument("flags") == "O_RDWR|O_CREAT" }

tracee_match { {"O_WRONLY|O_CREAT|O_TRUNC", "O_WRONLY", "0"}[helpers.get_tracee_argument("flags")] }

tracee_match {
	flags := helpers.get_tracee_argument("flags")
	contains(flags, "O_SYNC")
	not contains(flags, "O_CREAT")
}

tracee_match {
	contains(lower(helpers.get_tracee_argument("flags")), "map_fixed")
	helpers.get_tracee_argument("prot") == "PROT_READ|PROT_WRITE|PROT_EXEC"
}
