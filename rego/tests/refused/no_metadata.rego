package tracee.TRC_1

tracee_selected_events[{"source": "tracee", "name": "ptrace"}]

tracee_match { true }
