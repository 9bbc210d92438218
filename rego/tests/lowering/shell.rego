# Sets that are made of others, and suffixes.
package tracee.SHELL

import data.tracee.helpers

__rego_metadoc__ := {"id": "SHELL", "name": "shell", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "security_bprm_check"}]

tracee_selected_events[{"source": "tracee", "name": "execve"}]

shells[name] { name := ["/sh", "/bash", "/zsh", "/ash"][_] }

servers := {"nginx", "httpd", "apache2", "php-fpm"}

tracee_match = {"shell": path} {
	servers[input.processName]
	path := helpers.get_tracee_argument("pathname")
	endswith(path, shells[_])
}
