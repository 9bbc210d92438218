//! One test, from its events to its report.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracee_compiler::matcher::{TargetSet, View};
use tracee_compiler::plan::{EventPlan, Plan, TargetKind};
use tracee_compiler::process::ProcessView;
use tracee_compiler::tables::FilterTables;
use tracee_lang::hir::Policy;
use tracee_lang::hir::test::{Given, Test};
use tracee_lang::schema::Schema;
use tracee_lang::source::Span;
use tracee_lang::trace::{Trace, trace};

use super::coverage::Coverage;
use super::excepted::Parts;
use super::explained::explain;
use super::given::{Processes, record};
use super::kernel::Passed;
use super::{EventNote, Excepted, Expected, Near, Origin, Problem, Report, Suite};
use crate::engine::{Handled, Watched};
use crate::output::Outputs;
use crate::replay::Replay;
use crate::source::{Poll, Source as _};
use crate::system;

/// Problems of one test that are kept: a bug that shows in every event of a recording is said once.
const MAX_PROBLEMS: usize = 8;

pub(super) fn run(
    suite: &mut Suite,
    test: &Test,
    directory: &Path,
    coverage: Option<&mut Coverage>,
) -> Report {
    let began = Instant::now();
    suite.compiled.reset();
    suite.interpreted.reset();
    let policies = Arc::clone(&suite.policies);
    let policy = &policies.policies[test.policy];
    let mut run = Run {
        seen: vec![Seen::default(); policy.rules.len()],
        wanted: wanted(test, policy.rules.len()),
        test,
        policy,
        coverage,
        events: 0,
        problems: Vec::new(),
    };
    for given in &test.given {
        match given {
            Given::Event(event) => {
                let Some(record) = record(event, &suite.schema, &suite.layouts) else {
                    let reason = "a record can't hold this event".to_owned();
                    let span = event.span;
                    run.problem(Problem::Unreadable { span, reason });
                    continue;
                };
                let processes = Processes::new(event);
                let origin = Origin::Given(event.span);
                run.event(suite, record.as_bytes(), processes.own(), origin);
            }
            Given::Recording { path, span } => {
                let path = directory.join(system::path(path));
                if let Err(reason) = run.recording(suite, &path, *span) {
                    run.problem(Problem::Unreadable {
                        span: *span,
                        reason,
                    });
                }
            }
        }
    }
    run.finish(began.elapsed())
}

/// What is asked of a rule.
#[derive(Debug, Clone, Copy, Default)]
struct Wanted {
    /// That it matches.
    matching: bool,
    /// That it doesn't.
    missing: bool,
}

fn wanted(test: &Test, rules: usize) -> Vec<Wanted> {
    let mut wanted = vec![Wanted::default(); rules];
    for expect in &test.expect {
        for &rule in &expect.rules {
            wanted[rule].matching |= !expect.not;
            wanted[rule].missing |= expect.not;
        }
    }
    wanted
}

/// What is known of a rule so far.
#[derive(Debug, Clone, Default)]
struct Seen {
    /// Whether it matched an event.
    matched: bool,
    /// Whether there was an event that it is on and does not match.
    missed: bool,
    /// The first event that it matched.
    first: Option<Near>,
    /// The event that came nearest to matching, with its distance.
    nearest: Option<(usize, Near)>,
}

/// What of the suite doesn't change.
struct Fixed<'s> {
    schema: &'s Schema,
    plan: &'s Plan,
    tables: &'s FilterTables,
}

struct Run<'t, 'c> {
    test: &'t Test,
    policy: &'t Policy,
    coverage: Option<&'c mut Coverage>,
    /// By rule, like `seen`.
    wanted: Vec<Wanted>,
    seen: Vec<Seen>,
    events: u64,
    problems: Vec<Problem>,
}

impl<'t> Run<'t, '_> {
    fn recording(&mut self, suite: &mut Suite, path: &Path, span: Span) -> Result<(), String> {
        let mut replay =
            Replay::open(path, &suite.schema, true).map_err(|error| error.to_string())?;
        let before = self.events;
        loop {
            let polled = replay.poll(Duration::ZERO, &mut |arriving| {
                // Records that only feed the process tree are no events.
                let at = self.events - before + 1;
                self.event(suite, arriving.bytes(), None, Origin::Recording(span, at));
            });
            match polled {
                Ok(Poll::End) => break,
                Ok(Poll::Events(_) | Poll::Idle) => {}
                Err(error) => return Err(error.to_string()),
            }
        }
        let unknown = &replay.report().unknown_events;
        if !unknown.is_empty() {
            let names: Vec<_> = unknown.0.keys().map(|name| format!("`{name}`")).collect();
            let file = path.display();
            return Err(format!("{file} has unknown events: {}", names.join(", ")));
        }
        Ok(())
    }

    /// Takes one event through both engines.
    fn event(
        &mut self,
        suite: &mut Suite,
        bytes: &[u8],
        process: Option<&ProcessView>,
        origin: Origin,
    ) {
        let Suite {
            schema,
            plan,
            tables,
            compiled,
            interpreted,
            ..
        } = suite;
        let fixed = Fixed {
            schema,
            plan,
            tables,
        };
        let mut by_code = TargetSet::new();
        let mut keep = |watched: &Watched<'_>| by_code.clone_from(watched.matching);
        // Nothing is written, so nothing can fail.
        let handled = compiled.handle_watched(bytes, process, &mut keep, &mut Outputs::default());
        if let Ok(Handled::Bad(error)) = handled {
            let (Origin::Given(span) | Origin::Recording(span, _)) = origin;
            let reason = format!("an event is damaged: {error}");
            self.problem(Problem::Unreadable { span, reason });
            return;
        }
        let mut watch = |watched: &Watched<'_>| self.watch(&fixed, watched, &by_code, origin);
        let _ = interpreted.handle_watched(bytes, process, &mut watch, &mut Outputs::default());
    }

    /// Takes what the interpreter says of an event, which is what holds.
    fn watch(
        &mut self,
        fixed: &Fixed<'_>,
        watched: &Watched<'_>,
        by_code: &TargetSet,
        origin: Origin,
    ) {
        self.events += 1;
        let id = watched.event.id;
        let planned = &fixed.plan.events;
        let Ok(at) = planned.binary_search_by_key(&id, |planned| planned.event) else {
            return;
        };
        let note = EventNote {
            name: watched.event.name.clone(),
            number: self.events,
            origin,
        };
        self.compare(fixed, &planned[at], watched, by_code, &note);
        let Some(view) = View::new(fixed.schema, watched.record.as_bytes(), watched.process) else {
            return;
        };
        let mut event = Event {
            fixed,
            watched,
            view: &view,
            note,
            scope: None,
        };
        for rule in 0..self.policy.rules.len() {
            let targets = planned[at].targets.iter().enumerate();
            let mut own = targets.filter(|(_, target)| {
                (target.policy, target.kind) == (self.test.policy, TargetKind::Rule(rule))
            });
            if own.clone().next().is_some() {
                let matches = own.any(|(index, _)| watched.matching.contains(index));
                self.rule(rule, matches, &mut event);
            }
        }
    }

    /// Compares the engines, and what matches with what the kernel would pass.
    fn compare(
        &mut self,
        fixed: &Fixed<'_>,
        planned: &EventPlan,
        watched: &Watched<'_>,
        by_code: &TargetSet,
        note: &EventNote,
    ) {
        let bytes = watched.record.as_bytes();
        let passed = Passed::new(fixed.tables, watched.event.id, bytes, watched.process);
        for (index, target) in planned.targets.iter().enumerate() {
            let matches = watched.matching.contains(index);
            let rule = match target.kind {
                TargetKind::Rule(rule) => Some(rule),
                TargetKind::Select => None,
            };
            if by_code.contains(index) != matches {
                self.problem(Problem::Disagreement {
                    event: note.clone(),
                    rule,
                    policy: target.policy,
                    matches,
                });
            }
            if let Some(rule) = rule.filter(|_| target.policy == self.test.policy)
                && matches
                && !passed.has(planned, index)
            {
                self.problem(Problem::Dropped {
                    event: note.clone(),
                    rule,
                });
            }
        }
    }

    /// Takes that a rule matches an event that it is on, or doesn't.
    fn rule<'e>(&mut self, rule: usize, matches: bool, event: &mut Event<'e, '_>)
    where
        't: 'e,
    {
        let seen = &mut self.seen[rule];
        seen.matched |= matches;
        seen.missed |= !matches;
        let wanted = self.wanted[rule];
        let to_show = match matches {
            true => wanted.missing && seen.first.is_none(),
            false => wanted.matching && !seen.matched,
        };
        let counted = self.test.rule.is_none_or(|of| of == rule);
        let mut coverage = self.coverage.as_deref_mut().filter(|_| counted);
        if !to_show && coverage.is_none() {
            return;
        }
        let scope = event.scope(self.policy);
        if let Some(coverage) = &mut coverage {
            coverage.scope(self.test.policy, event.note.number, scope.as_ref());
        }
        for (index, on) in self.policy.rules[rule].on.iter().enumerate() {
            if on.event != event.watched.event.id {
                continue;
            }
            let condition = on.condition.as_ref();
            let condition = condition.map(|condition| trace(condition, event.view));
            let parts = Parts::new(&self.policy.rules[rule], on, condition.as_ref());
            let holds = |trace: &Option<Trace<'_>>| trace.as_ref().is_none_or(|one| one.holds);
            if let Some(coverage) = &mut coverage
                && holds(&scope)
            {
                coverage.condition(self.test.policy, rule, index, &parts);
            }
            let both = [&scope, &condition].into_iter().flatten();
            let distance: usize = both.map(Trace::distance).sum();
            let nearer = match (matches, &seen.nearest) {
                (true, _) => distance == 0 && seen.first.is_none(),
                (false, Some((least, _))) => distance < *least,
                (false, None) => true,
            };
            if !to_show || !nearer {
                continue;
            }
            let near = event.near(rule, on.span, scope.as_ref(), &parts);
            match matches {
                true => seen.first = Some(near),
                false => seen.nearest = Some((distance, near)),
            }
        }
    }

    fn problem(&mut self, problem: Problem) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        }
    }

    fn finish(mut self, duration: Duration) -> Report {
        if let Some(coverage) = self.coverage.as_deref_mut() {
            for (rule, seen) in self.seen.iter().enumerate() {
                if self.test.rule.is_none_or(|of| of == rule) {
                    coverage.tested(self.test.policy, rule, seen.matched, seen.missed);
                }
            }
        }
        let expected = self.test.expect.iter().map(|expect| {
            let rules = || expect.rules.iter().map(|&rule| &self.seen[rule]);
            let holds = rules().any(|seen| seen.matched) != expect.not;
            let near = match expect.not {
                true => rules().find_map(|seen| seen.first.as_ref()),
                false => rules()
                    .filter_map(|seen| seen.nearest.as_ref())
                    .min_by_key(|(distance, _)| *distance)
                    .map(|(_, near)| near),
            };
            let near = near.filter(|_| !holds).cloned().map(Box::new);
            Expected { holds, near }
        });
        Report {
            events: self.events,
            expected: expected.collect(),
            problems: self.problems,
            duration,
        }
    }
}

/// An event that is looked at more closely.
struct Event<'e, 's> {
    fixed: &'e Fixed<'s>,
    watched: &'e Watched<'e>,
    view: &'e View<'e>,
    note: EventNote,
    /// The trace of the policy's scope, once somebody wanted it.
    scope: Option<Option<Trace<'e>>>,
}

impl<'e> Event<'e, '_> {
    fn scope(&mut self, policy: &'e Policy) -> Option<Trace<'e>> {
        let view = self.view;
        let traced = || policy.scope.as_ref().map(|scope| trace(scope, view));
        self.scope.get_or_insert_with(traced).clone()
    }

    fn near(
        &self,
        rule: usize,
        on: Span,
        scope: Option<&Trace<'_>>,
        parts: &Parts<'_, '_, '_>,
    ) -> Near {
        let explained = |trace: &Trace<'_>| explain(self.fixed.schema, self.watched.event, trace);
        let excepted = parts.excepted.iter().map(|(exception, trace)| Excepted {
            reason: exception.reason.clone(),
            expires: exception
                .expires
                .as_ref()
                .map(|expiry| expiry.written.clone()),
            span: exception.span,
            condition: explained(trace),
        });
        Near {
            rule,
            on,
            event: self.note.clone(),
            scope: scope.map(explained),
            condition: parts.own.map(explained),
            exceptions: excepted.collect(),
        }
    }
}
