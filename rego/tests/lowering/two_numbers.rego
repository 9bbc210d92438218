# Two numbers of the event.
package tracee.TWO_NUMBERS

import data.tracee.helpers

__rego_metadoc__ := {"id": "TWO-NUMBERS", "name": "two numbers", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "process_vm_writev"}]

tracee_selected_events[{"source": "tracee", "name": "kill"}]

tracee_match {
	helpers.get_tracee_argument("pid") != input.processId
	input.processId > 1
	not input.threadId < 100
	input.returnValue <= 0
}
