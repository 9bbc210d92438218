# What else an address may have.
package tracee.ADDRESS_OBJECT

import data.tracee.helpers

__rego_metadoc__ := {"id": "ADDRESS-OBJECT", "name": "address object", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "connect"}]

tracee_match = {"to": address} {
	address := helpers.get_tracee_argument("addr")
	address.sin_addr == "127.0.0.1"
}

tracee_match {
	address := helpers.get_tracee_argument("addr")
	address["sin_port"] == "80"
	not address.sun_path
	not address.port
}
