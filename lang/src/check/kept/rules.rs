//! Rules that were checked before: what became of them, for as long as their text and what they name are the
//! same. Enter at [`Context::known_rule`]; [`Context::keep_rule`] remembers one.
//!
//! Kept is only a rule of which nothing was said, and when no list, `let` or import has an error: of such a one the
//! uses are left out silently. What was said of the first of several uses counts as said of all
//! ([`Reports::take_again`]).

use std::cell::{Cell, OnceCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::ast::{self, RuleClause};
use crate::check::Context;
use crate::check::patterns::Made;
use crate::check::policies::{Taken, take};
use crate::check::reports::Reports;
use crate::check::resolve::{DeclarationId, Names, Program, Use};
use crate::hir::{self, Exception, Expr};
use crate::source::{FileId, Placed, Shift, SourceMap, Span, Spans};

/// More scopes are not told apart.
const MAX_SCOPES: usize = 64;

/// What is known of rules.
#[derive(Debug, Default)]
pub(in crate::check) struct Rules {
    /// By their texts.
    known: HashMap<Box<str>, Rc<Known>>,
    /// Those of this check, by their places.
    here: HashMap<Span, Rc<Known>>,
    /// What names stand for, in words.
    visible: String,
    values: Vec<Value>,
    /// There is an error that is in no rule.
    is_wrong: bool,
    /// Rules may be missing because their file was not understood.
    is_broken: bool,
    /// Where the parser may have read something else than what is written.
    unsure: HashMap<FileId, Vec<Span>>,
    /// The scopes of policies.
    scopes: Vec<Option<Expr>>,
    /// Which check this is.
    turn: u64,
    looked_at: usize,
    found: usize,
}

/// A list or `let`.
#[derive(Debug)]
struct Value {
    id: DeclarationId,
    span: Span,
    /// As it is written; [`None`] if it may not have been read so.
    text: Option<Arc<str>>,
}

/// One rule.
#[derive(Debug)]
pub(in crate::check) struct Known {
    rule: hir::Rule,
    uses: Vec<KnownUse>,
    /// The lists and lets that it is made of, by their numbers, as they were written.
    values: Vec<(usize, Arc<str>)>,
    /// Of parts and literals.
    size: (usize, usize),
    patterns: Vec<Made>,
    /// The check that had it last.
    turn: Cell<u64>,
    /// The scope within which nothing is to be said of its meaning.
    quiet: Cell<Option<usize>>,
    digest: OnceCell<u64>,
}

/// A name in a rule, or in what it is made of.
#[derive(Debug)]
struct KnownUse {
    span: Span,
    /// The list or `let` that it stands in; else it is in the rule.
    within: Option<(usize, Span)>,
    /// The list or `let` that it names.
    value: usize,
    /// The rest.
    used: Use,
}

/// How far a check was before it looked at a rule.
#[derive(Debug, Clone, Copy)]
pub(in crate::check) struct Mark {
    taken: usize,
    uses: usize,
    patterns: usize,
    size: (usize, usize),
}

impl Rules {
    /// Begins a check of these files.
    pub(in crate::check) fn begin(
        &mut self,
        map: &SourceMap,
        program: &Program,
        names: &Names,
        reports: &Reports<'_>,
    ) {
        self.turn += 1;
        (self.looked_at, self.found) = (0, 0);
        self.here.clear();
        let visible = names.visible(program);
        if visible != self.visible {
            self.known.clear();
            self.visible = visible;
        }
        self.unsure = program.unsure();
        let rules = Spans::new(program.rules().map(|rule| rule.span).collect());
        self.is_wrong = reports.errors().any(|place| !rules.cover(place));
        self.is_broken = program.files.iter().any(|file| file.parsed.broken);
        let mut before = std::mem::take(&mut self.values).into_iter();
        for (id, declared) in names.values() {
            let span = declared.span;
            let before = before.next().and_then(|value| value.text);
            let text = self.text(map, span).map(|text| {
                let same = before.filter(|before| **before == *text);
                same.unwrap_or_else(|| text.into())
            });
            self.values.push(Value { id, span, text });
        }
    }

    /// What is written at a place, if it was read so.
    fn text<'m>(&self, map: &'m SourceMap, span: Span) -> Option<&'m str> {
        let mut unsure = self.unsure.get(&span.file).into_iter().flatten();
        let touches = |place: &Span| place.start <= span.end && span.start <= place.end;
        let text = map.slice(span);
        (!text.is_empty() && !unsure.any(touches)).then_some(text)
    }

    fn number(&self, id: DeclarationId) -> Option<usize> {
        self.values.binary_search_by_key(&id, |value| value.id).ok()
    }

    /// How many rules the last check looked at, and how many it knew.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.looked_at, self.found)
    }

    /// The check is over.
    pub(super) fn settle(&mut self) {
        let turn = self.turn;
        if !self.is_broken {
            self.known.retain(|_, known| known.turn.get() == turn);
        }
        self.here.clear();
        if self.scopes.len() > MAX_SCOPES {
            self.scopes.clear();
            self.known.values().for_each(|known| known.quiet.set(None));
        }
    }

    /// The number of a policy's scope: one that is alike has the same.
    pub(in crate::check) fn scope(&mut self, scope: Option<&Expr>) -> usize {
        let mut known = self.scopes.iter();
        let same = known.position(|known| Expr::are_alike(known.as_ref(), scope));
        same.unwrap_or_else(|| {
            self.scopes.push(scope.cloned());
            self.scopes.len() - 1
        })
    }

    /// What is known of a rule of this check.
    pub(in crate::check) fn here(&self, rule: Span) -> Option<Rc<Known>> {
        self.here.get(&rule).cloned()
    }
}

impl Known {
    /// Whether there is nothing to say of its meaning within a scope.
    pub(in crate::check) fn is_quiet(&self, scope: usize) -> bool {
        self.quiet.get() == Some(scope)
    }

    /// There was nothing to say.
    pub(in crate::check) fn set_quiet(&self, scope: usize) {
        self.quiet.set(Some(scope));
    }

    /// A number for its events and conditions, without exceptions of its policy.
    pub(in crate::check) fn digest(&self, made: impl FnOnce() -> u64) -> u64 {
        *self.digest.get_or_init(made)
    }
}

impl Context<'_> {
    /// How far it is.
    pub(in crate::check) fn mark(&self) -> Mark {
        Mark {
            taken: self.diagnostics.taken(),
            uses: self.uses.len(),
            patterns: self.patterns.asked(),
            size: self.size.so_far(),
        }
    }

    /// What a rule comes to, if that was found out before and is the same here.
    pub(in crate::check) fn known_rule(
        &mut self,
        rule: &ast::Rule,
        qualified_name: &str,
        ids: &mut Taken,
    ) -> Option<hir::Rule> {
        let rules = &mut self.kept.as_deref_mut()?.rules;
        rules.looked_at += 1;
        let known = rules.known.get(rules.text(self.map, rule.span)?)?.clone();
        let is_here = |(number, text): &(usize, Arc<str>)| {
            let value = rules.values.get(*number);
            value.is_some_and(|value| value.text.as_ref() == Some(text))
        };
        if known.rule.span.file != rule.span.file || !known.values.iter().all(is_here) {
            return None;
        }
        let shift = Shift::between(known.rule.span, rule.span);
        let uses = known.uses.iter().map(|one| {
            let shift = match one.within {
                Some((number, span)) => Shift::between(span, rules.values.get(number)?.span),
                None => shift,
            };
            Some(Use {
                span: shift.of(one.span),
                declaration: rules.values.get(one.value)?.id,
                ..one.used
            })
        });
        let uses: Vec<Use> = uses.collect::<Option<_>>()?;
        // Had they not room together, that would have been said.
        self.patterns.add(&known.patterns)?;
        self.size.add(known.size)?;
        rules.found += 1;
        known.turn.set(rules.turn);
        rules.here.insert(rule.span, known.clone());
        self.uses.extend(uses);
        let mut made = hir::Rule {
            qualified_name: qualified_name.to_owned(),
            doc: rule.doc.to_string(),
            ..known.rule.clone()
        };
        if made.span != rule.span {
            shift.apply(&mut made);
        }
        for clause in &rule.clauses {
            if let (RuleClause::Id(text), Some(id)) = (clause, &made.id) {
                take("rule id", id, text.span, ids, self);
            }
        }
        Some(made)
    }

    /// Remembers what a rule came to, that was looked at since `mark`.
    pub(in crate::check) fn keep_rule(&mut self, made: &hir::Rule, mark: Mark) {
        let expires = |exception: &Exception| exception.expires.is_some();
        let said = self.diagnostics.taken() != mark.taken;
        if said || self.size.is_over() || made.exceptions.iter().any(expires) {
            return;
        }
        let patterns = self.patterns.since(mark.patterns);
        let (parts, literals) = self.size.so_far();
        let size = (parts - mark.size.0, literals - mark.size.1);
        let uses = self.uses.get(mark.uses..).unwrap_or_default();
        let Some(kept) = self.kept.as_deref_mut() else {
            return;
        };
        let rules = &mut kept.rules;
        if rules.is_wrong {
            return;
        }
        let Some(text) = rules.text(self.map, made.span) else {
            return;
        };
        let mut rule = made.clone();
        let mut inside = true;
        rule.each_place(&mut |span| inside &= made.span.covers(*span));
        let Some((uses, values)) = rules.uses(uses, made.span).filter(|_| inside) else {
            return;
        };
        let known = Rc::new(Known {
            rule,
            uses,
            values,
            size,
            patterns,
            turn: Cell::new(rules.turn),
            quiet: Cell::new(None),
            digest: OnceCell::new(),
        });
        rules.here.insert(made.span, known.clone());
        rules.known.insert(text.into(), known);
    }
}

/// What a rule names, and the lists and lets among that.
type Named = (Vec<KnownUse>, Vec<(usize, Arc<str>)>);

impl Rules {
    /// The names of a rule. [`None`]: it has others than of lists and lets.
    fn uses(&self, uses: &[Use], rule: Span) -> Option<Named> {
        let mut known = Vec::with_capacity(uses.len());
        let mut values: Vec<(usize, Arc<str>)> = Vec::new();
        for used in uses {
            let value = self.number(used.declaration)?;
            if values.iter().all(|(number, _)| *number != value) {
                values.push((value, self.values.get(value)?.text.clone()?));
            }
            let within = match rule.covers(used.span) {
                true => None,
                false => {
                    let mut around = self.values.iter().zip(0..);
                    let (value, number) = around.find(|(value, _)| value.span.covers(used.span))?;
                    Some((number, value.span))
                }
            };
            known.push(KnownUse {
                span: used.span,
                within,
                value,
                used: *used,
            });
        }
        Some((known, values))
    }
}
