# Context of the event.
package tracee.CONTEXT

import data.tracee.helpers

__rego_metadoc__ := {"id": "CONTEXT", "name": "context", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "openat", "origin": "host"}]

tracee_selected_events[{"source": "tracee", "name": "openat", "origin": "container"}]

tracee_selected_events[{"source": "tracee", "name": "setns"}]

tracee_selected_events[{"source": "tracee", "name": "socket"}]

tracee_match { input.syscall == "openat"; input.hostProcessId == 1; input.groupId != 0 }

tracee_match { input.kubernetes.podName == "pod"; input.container.image != "nginx" }

tracee_match { input.pidNamespace == 4026531836; input.mountNamespace > 100; input.returnValue < 0 }

tracee_match { helpers.get_tracee_argument("domain") == "AF_PACKET"; input.userId >= 1000 }

tracee_match { input["processName"] == "sh"; input.container["name"] == "c" }
