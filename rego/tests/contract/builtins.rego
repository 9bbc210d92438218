# The functions that the shipped signatures use, and an error in one, which is no value.
package tracee.TRC_903

import data.tracee.helpers as h

__rego_metadoc__ := {"id": "TRC-903", "name": "Functions", "properties": {}}

tracee_selected_events[{"source": "tracee", "name": "magic_write"}]

elf {
	h.is_elf_file(h.get_tracee_argument("bytes"))
}

reasons["elf"] {
	elf
}

reasons["not elf"] {
	not elf
}

reasons["proc"] {
	regex.match(`/proc/(?:\d.+|self)/mem`, h.get_tracee_argument("pathname"))
}

reasons["suffix"] {
	endswith(lower(h.get_tracee_argument("pathname")), "/mem")
}

reasons["same of another event"] {
	elf with input as {"args": [{"name": "bytes", "value": "f0VMRgIBAQ=="}]}
}

tracee_match = {"reasons": reasons} {
	count(reasons) > 0
}
