# Every number of the context.
package tracee.NUMBERS

import data.tracee.helpers

__rego_metadoc__ := {"id": "NUMBERS", "name": "numbers", "properties": {"Severity": 2}}

tracee_selected_events[{"source": "tracee", "name": "openat"}]

tracee_selected_events[{"source": "tracee", "name": "setns"}]

tracee_match { input.timestamp > 1000; input.processorId == 3 }

tracee_match { input.threadStartTime < 7; input.processStartTime != 7 }

tracee_match { input.cgroupId == 42; input.threadId >= 2; input.parentProcessId <= 1 }

tracee_match { input.hostThreadId == 7; input.hostParentProcessId > -1 }

tracee_match { input.utsNamespace == 1; input.netNamespace != 1; 1000 < input.userNamespace }

tracee_match { input.processId == input.threadId; input.parentProcessId < 18446744073709551616; input.hostProcessId == 2147483648 }

tracee_match { input.userId == 1.5 }

tracee_match { input.groupId == 2.0; input.parentProcessStartTime == 7 }
