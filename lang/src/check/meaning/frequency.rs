//! Events that happen so often that a policy should not take all of them.

use crate::check::Context;
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir::On;

/// The set of such events in the standard library.
const FREQUENT: &str = "frequent";

/// Warns about a clause without a condition on a frequent event, in a policy without a scope.
pub(super) fn check(on: &On, cx: &mut Context<'_>) {
    let Some(event) = cx.schema.event(on.event) else {
        return;
    };
    if on.condition.is_some() || !event.sets.iter().any(|set| set == FREQUENT) {
        return;
    }
    let message = format!("every `{}` of the machine is taken", event.name);
    cx.report(
        Diagnostic::warning(codes::UNFILTERED, message, on.span)
            .help("give it a `where`, or the policy a `scope`")
            .note("there can be many thousands of them in a second"),
    );
}
