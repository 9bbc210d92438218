//! What the process tree learns only if a policy asks for it: where processes are, what their executables hash to,
//! and what users are called.

use tracee_lang::context::{ContextField, ProcessField};
use tracee_lang::hir::fields::{self, Used};
use tracee_lang::hir::{Field, PolicySet};
use tracee_lang::schema::EventId;

use crate::plan::Plan;

/// The events by which it learns that.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Learned {
    /// Of working directories (`proc.cwd`); the kernel makes it.
    pub directory: Option<EventId>,
    /// Of digests of executables (`proc.exe_sha256`); userland makes it.
    pub digest: Option<EventId>,
    /// Of names of users (`proc.user`); userland makes it.
    pub user: Option<EventId>,
}

impl Learned {
    /// All that there are.
    pub fn events(self) -> impl Iterator<Item = EventId> {
        [self.directory, self.digest, self.user]
            .into_iter()
            .flatten()
    }

    /// Whether userland makes events that it didn't make before.
    pub fn is_more_than(self, before: Self) -> bool {
        self.digest.is_some() && before.digest.is_none()
            || self.user.is_some() && before.user.is_none()
    }

    /// Those of fields that the policies look at.
    pub(crate) fn asked_for(self, policies: &PolicySet) -> Self {
        let mut asked = Self::default();
        fields::of_policies(policies, &mut |used| match used {
            Used::Ancestor(field)
            | Used::Field(Field::Context(
                ContextField::Proc(field) | ContextField::Parent(field),
            )) => match field {
                ProcessField::Cwd => asked.directory = self.directory,
                ProcessField::ExeSha256 => asked.digest = self.digest,
                ProcessField::User => asked.user = self.user,
                _ => {}
            },
            _ => {}
        });
        asked
    }

    /// With those that userland must make because the plan wants the events themselves.
    pub(crate) fn or_wanted(self, all: Self, plan: &Plan) -> Self {
        let is_wanted = |event: &EventId| plan.events.iter().any(|plan| plan.event == *event);
        Self {
            directory: self.directory,
            digest: self.digest.or(all.digest.filter(is_wanted)),
            user: self.user.or(all.user.filter(is_wanted)),
        }
    }
}
