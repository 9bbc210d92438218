# Regexes of ASCII alone, and wrong ones.
package tracee.REGEX_EXACT

import data.tracee.helpers

__rego_metadoc__ := {"id": "REGEX-EXACT", "name": "regex exact", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "openat"}]

tracee_selected_events[{"source": "tracee", "name": "security_file_open"}]

tracee_match { regex.match(`^/(etc|usr)/[a-z]+\.sh$`, helpers.get_tracee_argument("pathname")) }

tracee_match { regex.match("/shadow-?$", helpers.get_tracee_argument("pathname")) }

tracee_match { regex.match("(", helpers.get_tracee_argument("pathname")) }

tracee_match { regex.match("[a-", input.processName) }
