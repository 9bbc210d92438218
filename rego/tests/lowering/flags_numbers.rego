# Flags without names.
package tracee.FLAGS_NUMBERS

import data.tracee.helpers

__rego_metadoc__ := {"id": "FLAGS-NUMBERS", "name": "flags numbers", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "openat"}]

tracee_selected_events[{"source": "tracee", "name": "mprotect"}]

tracee_selected_events[{"source": "tracee", "name": "setns"}]

tracee_match { contains(helpers.get_tracee_argument("flags"), "0x8") }

tracee_match { helpers.get_tracee_argument("prot") == "0" }

tracee_match { helpers.get_tracee_argument("prot") == "PROT_READ|0x10" }

tracee_match { contains(lower(helpers.get_tracee_argument("nstype")), "newuser") }
