# Functions of its own, with literals as parameters.
package tracee.OWN_FUNCTIONS

import data.tracee.helpers

__rego_metadoc__ := {"id": "OWN-FUNCTIONS", "name": "own functions", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "openat"}]

tracee_selected_events[{"source": "tracee", "name": "security_file_open"}]

below(path, "etc") { startswith(path, "/etc/") }

below(path, "tmp") { startswith(path, "/tmp/") }

name_of(path) = name { name := path }

weight("/etc/shadow") = 3

weight("/etc/passwd") = 2

tracee_match { below(helpers.get_tracee_argument("pathname"), "tmp"); input.processName == "sh" }

tracee_match { weight(name_of(helpers.get_tracee_argument("pathname"))) > 2 }

tracee_match { below(helpers.get_tracee_argument("pathname"), ["etc", "opt"][_]); helpers.is_file_write(helpers.get_tracee_argument("flags")) }
