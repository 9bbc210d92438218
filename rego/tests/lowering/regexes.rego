# Regexes over characters.
package tracee.REGEXES

import data.tracee.helpers

__rego_metadoc__ := {"id": "REGEXES", "name": "regexes", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "openat"}]

tracee_selected_events[{"source": "tracee", "name": "security_file_open"}]

tracee_selected_events[{"source": "tracee", "name": "ptrace"}]

tracee_match { regex.match("^/tmp/.$", helpers.get_tracee_argument("pathname")) }

tracee_match { regex.match(`^/(etc|usr)/[a-z]+\.sh$`, helpers.get_tracee_argument("pathname")) }

tracee_match { regex.match(`\bpasswd\b`, helpers.get_tracee_argument("pathname")) }

tracee_match { regex.match("(?i)kiki$", helpers.get_tracee_argument("pathname")) }

tracee_match { regex.match(`^\w+$`, input.processName) }

tracee_match { regex.match("^PTRACE_(PEEK|POKE)", helpers.get_tracee_argument("request")) }
