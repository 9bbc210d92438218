# Members of an address, which are texts.
package tracee.ADDRESS

import data.tracee.helpers

__rego_metadoc__ := {"id": "ADDRESS", "name": "address", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "security_socket_connect"}]

tracee_selected_events[{"source": "tracee", "name": "connect"}]

address := helpers.get_tracee_argument("remote_addr") { input.eventName == "security_socket_connect" }

address := helpers.get_tracee_argument("addr") { input.eventName == "connect" }

tracee_match {
	address.sa_family == "AF_INET"
	address.sin_port == "4444"
}

tracee_match {
	address.sa_family == "AF_INET6"
	not address.sin6_port == "443"
}

tracee_match { startswith(address.sun_path, "/var/run/docker") }
