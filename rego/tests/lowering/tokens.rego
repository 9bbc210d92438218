# A helper of another module that is imported by its name, and a set of names.
package tracee.TOKENS

import data.tracee.helpers.get_tracee_argument
import data.tracee.helpers.is_file_read

__rego_metadoc__ := {"id": "TOKENS", "name": "tokens", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "security_file_open", "origin": "container"}]

tracee_selected_events[{"source": "tracee", "name": "openat"}]

allowed := {"kubelet", "etcd", "flanneld"}

tracee_match {
	is_file_read(get_tracee_argument("flags"))
	path := get_tracee_argument("pathname")
	contains(path, "secrets/kubernetes.io/serviceaccount")
	endswith(path, "token")
	not allowed[input.processName]
}
