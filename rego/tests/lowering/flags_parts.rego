# Parts of flags that are no whole names.
package tracee.FLAGS_PARTS

import data.tracee.helpers

__rego_metadoc__ := {"id": "FLAGS-PARTS", "name": "flags parts", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "openat"}]

tracee_selected_events[{"source": "tracee", "name": "mmap"}]

tracee_selected_events[{"source": "tracee", "name": "security_socket_connect"}]

tracee_selected_events[{"source": "tracee", "name": "fchmodat"}]

tracee_match { contains(helpers.get_tracee_argument("flags"), "O_TR") }

tracee_match { contains(helpers.get_tracee_argument("prot"), "_EXEC") }

tracee_match { contains(helpers.get_tracee_argument("type"), "SOCK_") }

tracee_match { contains(helpers.get_tracee_argument("mode"), "S_I") }

tracee_match { startswith(helpers.get_tracee_argument("flags"), "O_RDWR") }

tracee_match { contains(helpers.get_tracee_argument("flags"), "|") }
