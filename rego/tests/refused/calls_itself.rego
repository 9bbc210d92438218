package tracee.TRC_1

__rego_metadoc__ := {"id": "TRC-1", "name": "x"}

tracee_selected_events[{"source": "tracee", "name": "ptrace"}]

f(x) = y { y := g(x) }

g(x) = y { y := f(x) }

tracee_match { f(1) }
