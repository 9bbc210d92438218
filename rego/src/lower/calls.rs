//! Functions: of the language, and of the signature; and rules, which are functions of nothing.

use regorus::Value;
use regorus::unstable::{self as ast, Expr, RuleHead};
use tracee_lang::functions;
use tracee_lang::hir::{Call, Expr as Condition, ExprKind, Field, Iterated, Operand, TextOp};

use super::compare::{self, Held};
use super::evaluate::{Evaluation, Results, Stop, Ways};
use super::path::State;
use super::program::{self, RuleKind};
use super::truth::{Truth, constant, or};
use super::value::{Sym, kind};
use super::{coded, text};

/// The bytes that a regex may take in regorus, which stops where one takes more.
const MAX_REGEX: usize = 100 * 1024;

/// Functions of the language that are not compiled, give something or nothing, and are no error for any
/// arguments.
const HARMLESS: &[&str] = &[
    "array.concat",
    "array.reverse",
    "array.slice",
    "base64.decode",
    "base64.encode",
    "base64.is_valid",
    "concat",
    "format_int",
    "indexof",
    "is_array",
    "is_boolean",
    "is_null",
    "is_number",
    "is_object",
    "is_set",
    "is_string",
    "max",
    "min",
    "object.get",
    "object.keys",
    "replace",
    "sort",
    "split",
    "sprintf",
    "strings.any_prefix_match",
    "strings.any_suffix_match",
    "strings.reverse",
    "substring",
    "to_number",
    "trim",
    "trim_left",
    "trim_prefix",
    "trim_right",
    "trim_space",
    "trim_suffix",
    "type_name",
    "upper",
];

/// One body of a rule or a function: what its head gives, and what must hold.
type Body<'r> = (Option<&'r ast::Ref<Expr>>, Option<&'r ast::Ref<ast::Query>>);

impl Evaluation<'_> {
    pub(super) fn call(
        &mut self,
        state: State,
        at: &ast::Span,
        function: &ast::Ref<Expr>,
        parameters: &[ast::Ref<Expr>],
    ) -> Result<Ways, Stop> {
        let Some(written) = program::path(function) else {
            return self.stop(at, "a function has no plain name");
        };
        let own = self.program.function(self.module, &written);
        let mut ways: Vec<(State, Vec<Sym>)> = vec![(state, Vec::new())];
        for parameter in parameters {
            let mut longer = Vec::new();
            for (state, values) in ways {
                for (state, value) in self.expr(state, parameter)? {
                    let mut values = values.clone();
                    values.push(value);
                    longer.push((state, values));
                }
            }
            self.counted(at, longer.len())?;
            ways = longer;
        }
        let mut made = Vec::new();
        for (state, values) in ways {
            match &own {
                Some(path) => {
                    for (conditions, value) in self.function(path, &values, at)? {
                        made.extend(
                            state
                                .clone()
                                .when_all(conditions)
                                .map(|state| (state, value.clone())),
                        );
                    }
                }
                None => {
                    if let Some((held, value)) = self.builtin(&written, &values, at)? {
                        made.extend(state.when(held).map(|state| (state, value)));
                    }
                }
            }
        }
        self.counted(at, made.len())?;
        Ok(made)
    }

    /// What a function of the language gives, and when; [`None`] if it is nothing.
    fn builtin(
        &mut self,
        name: &str,
        values: &[Sym],
        at: &ast::Span,
    ) -> Result<Option<(Held, Sym)>, Stop> {
        let (span, schema) = (self.span, self.document.schema);
        let always = (Truth::constant(true, span), None);
        let test = |op, one: &Sym, other: &Sym| compare::test(op, one, other, schema, span);
        let held = match (name, values) {
            ("startswith", [one, other]) => test(TextOp::Prefix, one, other),
            ("endswith", [one, other]) => test(TextOp::Suffix, one, other),
            ("contains", [one, other]) => test(TextOp::Contains, one, other),
            ("regex.match", [pattern, value]) => self.regex(pattern, value, at)?,
            ("lower", [value]) => {
                return Ok(compare::lower(value).map(|value| (always, value)));
            }
            ("count", [value]) => return Ok(self.count(value).map(|value| (always, value))),
            _ if HARMLESS.contains(&name) => {
                self.unknown(at, format!("`{name}` is not compiled"));
                return Ok(Some(((Truth::unknown(span), None), Sym::Unknown)));
            }
            _ => return self.stop(at, format!("`{name}` is not compiled")),
        };
        let Some((truth, element)) = held else {
            return Ok(None);
        };
        let why = match (name, values) {
            ("regex.match", [_, Sym::Text(_)]) => {
                "what `regex.match` says of text beyond ASCII is not compiled".to_owned()
            }
            (_, [Sym::Coded(_), _] | [_, Sym::Coded(_)]) => {
                format!("`{name}` of names of flags or of numbers as text is not compiled")
            }
            _ => format!("`{name}` of this value is not compiled"),
        };
        self.noted(&truth, at, why);
        // Of what is no string after all it gives nothing.
        let is_string = |value: &Sym| kind(value).is_some();
        let there = match values.iter().all(is_string) {
            true => always,
            false => (Truth::unknown(span), None),
        };
        Ok(Some((there, Sym::Truth(truth, element))))
    }

    fn regex(&mut self, pattern: &Sym, value: &Sym, at: &ast::Span) -> Result<Option<Held>, Stop> {
        let span = self.span;
        let Sym::Const(Value::String(pattern)) = pattern else {
            return match kind(pattern) {
                Some(3) | None => self.stop(at, "a regex is not known before the event"),
                Some(_) => Ok(None),
            };
        };
        if kind(value).is_some_and(|kind| kind != 3) {
            return Ok(None);
        }
        let regex = match regex::RegexBuilder::new(pattern)
            .size_limit(MAX_REGEX)
            .build()
        {
            Ok(regex) => regex,
            Err(regex::Error::Syntax(_)) => return Ok(None),
            Err(_) => return self.stop(at, "a regex is too large"),
        };
        Ok(Some(match value {
            Sym::Const(Value::String(text)) => (Truth::constant(regex.is_match(text), span), None),
            Sym::Text(of) => (
                text::matches(pattern, of, span).unwrap_or_else(|| Truth::unknown(span)),
                of.element,
            ),
            Sym::Coded(of) => (
                coded::names_pass(of, self.document.schema, |name| regex.is_match(name), span),
                None,
            ),
            _ => (Truth::unknown(span), None),
        }))
    }

    fn count(&mut self, of: &Sym) -> Option<Sym> {
        let span = self.span;
        let length = |length: usize| Some(Sym::Const(Value::from(length)));
        match of {
            Sym::Const(Value::Array(of)) => length(of.len()),
            Sym::Const(Value::Set(of)) => length(of.len()),
            Sym::Const(Value::Object(of)) => length(of.len()),
            Sym::Const(Value::String(of)) => length(of.encode_utf16().count()),
            Sym::Elements(of) => {
                let any = of.iter().map(|(truth, _)| truth.clone()).collect();
                Some(Sym::Count(Truth::any(any, span)))
            }
            Sym::Args => {
                let all = 0..self.document.event.args.len();
                let any = all.filter_map(|at| self.document.arg_exists(at, span));
                Some(Sym::Count(Truth::Exact(or(any.collect(), span))))
            }
            Sym::List(field) => {
                let kind = ExprKind::Quantifier {
                    all: false,
                    over: Iterated::List(*field),
                    body: Box::new(constant(true, span)),
                };
                match self.length(*field) {
                    Some(length) => Some(length),
                    None => Some(Sym::Count(Truth::Exact(Condition { kind, span }))),
                }
            }
            of => match kind(of) {
                Some(0..=2) => None,
                _ => Some(Sym::Unknown),
            },
        }
    }

    fn length(&self, field: Field) -> Option<Sym> {
        let Field::Slot(slot) = field else {
            return None;
        };
        let ty = &self.document.event.slots.get(usize::from(slot))?.ty;
        Some(Sym::Int(super::value::Int {
            operand: Operand::Call(Box::new(Call {
                function: functions::find("len")?,
                arguments: vec![Operand::Field(field, ty.clone())],
            })),
            signed: false,
        }))
    }

    /// What a rule comes to.
    pub(super) fn rule(&mut self, path: &str, at: &ast::Span) -> Result<Results, Stop> {
        let Some(rules) = self.program.rules(path) else {
            return self.stop(at, format!("`{path}` is no rule"));
        };
        match rules.kind {
            Some(RuleKind::Value) => self.function(path, &[], at),
            Some(RuleKind::Set) => self.set(path, at),
            _ => self.stop(at, "a rule gives parts of an object"),
        }
    }

    /// What a function gives.
    fn function(&mut self, path: &str, values: &[Sym], at: &ast::Span) -> Result<Results, Stop> {
        let Some(rules) = self.program.rules(path) else {
            return self.stop(at, format!("`{path}` is no function"));
        };
        self.deeper(at)?;
        let from = self.lists.next();
        let mut results: Results = Vec::new();
        let mut default = None;
        for (module, rule) in &rules.bodies {
            let (head, bodies) = match rule.as_ref() {
                ast::Rule::Spec { head, bodies, .. } => (head, bodies),
                ast::Rule::Default { value, .. } => {
                    default = Some((*module, value));
                    continue;
                }
            };
            let (parameters, given) = match head {
                RuleHead::Func { args, assign, .. } => (args.as_slice(), assign),
                RuleHead::Compr { assign, .. } => (&[][..], assign),
                RuleHead::Set { .. } => return self.stop(at, "a rule is of two kinds"),
            };
            if parameters.len() != values.len() {
                return self.stop(at, "a function has another number of parameters");
            }
            let given = given.as_ref().map(|assign| &assign.value);
            let mut chain: Vec<Body<'_>> = Vec::new();
            for (index, body) in bodies.iter().enumerate() {
                if index > 0 && !body.is_else {
                    return self.stop(&body.span, "a rule has a body behind another one");
                }
                let own = body.assign.as_ref().map(|assign| &assign.value);
                let gives = if index == 0 { own.or(given) } else { own };
                chain.push((gives, Some(&body.query)));
            }
            if chain.is_empty() {
                chain.push((given, None));
            }
            results.extend(self.within(*module, |this| this.body(parameters, values, &chain, at))?);
            self.counted(at, results.len())?;
        }
        let mut results = self.gathered(results, from, at)?;
        if let Some((module, value)) = default {
            let paths: Vec<&[Held]> = results.iter().map(|(held, _)| held.as_slice()).collect();
            let Some((given, element)) = self.lists.any(paths.into_iter(), from, self.span) else {
                return self.stop(at, "a default depends on two iterations");
            };
            let otherwise = self.within(module, |this| this.expr(State::default(), value))?;
            for (state, value) in otherwise {
                let state = state.when((given.clone().negated(), element));
                results.extend(state.map(|state| (state.conditions, value)));
            }
        }
        self.depth -= 1;
        Ok(results)
    }

    /// Does something in another module.
    fn within<T>(
        &mut self,
        module: usize,
        then: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let (before, span) = (self.module, self.span);
        self.module = module;
        let made = then(self);
        // Where it stopped is said with the module that it stopped in.
        if made.is_ok() {
            (self.module, self.span) = (before, span);
        }
        made
    }

    /// What the bodies of one rule give, of which the first that holds counts.
    fn body(
        &mut self,
        parameters: &[ast::Ref<Expr>],
        values: &[Sym],
        chain: &[Body<'_>],
        at: &ast::Span,
    ) -> Result<Results, Stop> {
        let mut state = Some(State::default());
        for (parameter, value) in parameters.iter().zip(values) {
            state = match (state, parameter.as_ref()) {
                (Some(state), Expr::Var { span, .. }) => match state.variable(span.text()) {
                    Some(_) => return self.stop(span, "two parameters have one name"),
                    None => Some(state.bind(span.text(), value.clone())),
                },
                (
                    Some(state),
                    Expr::String { value: wanted, .. }
                    | Expr::RawString { value: wanted, .. }
                    | Expr::Number { value: wanted, .. }
                    | Expr::Bool { value: wanted, .. },
                ) => {
                    let wanted = Sym::Const(wanted.clone());
                    let schema = self.document.schema;
                    let held = compare::equal(value, &wanted, schema, self.span);
                    self.noted(&held.0, at, "a parameter is not one of the event's values");
                    state.when(held)
                }
                (Some(_), other) => return self.stop(other.span(), "a parameter is a pattern"),
                (None, _) => None,
            };
        }
        let Some(state) = state else {
            return Ok(Vec::new());
        };
        let from = self.lists.next();
        let mut results = Vec::new();
        let mut before: Vec<Held> = Vec::new();
        for (gives, query) in chain {
            let states = match query {
                Some(query) => self.query(state.clone(), query)?,
                None => vec![state.clone()],
            };
            let mut ends = Vec::new();
            for end in states {
                match gives {
                    None => ends.push((end, Sym::Const(Value::Bool(true)))),
                    Some(gives) => {
                        if self.iterates(&end, gives) {
                            return self.stop(gives.span(), "a head has an iteration in it");
                        }
                        ends.extend(self.expr(end, gives)?);
                    }
                }
            }
            let paths: Vec<State> = ends.iter().map(|(end, _)| end.clone()).collect();
            for (end, value) in ends {
                let end = before.iter().try_fold(end, |end, (truth, element)| {
                    end.when((truth.clone().negated(), *element))
                });
                results.extend(end.map(|end| (end.conditions, value)));
            }
            if chain.len() > 1 {
                let held = self.any(&paths, from, at);
                before.push(held);
            }
        }
        Ok(results)
    }

    /// Results that are the same are one, and those that differ must not come at once.
    fn gathered(&mut self, results: Results, from: usize, at: &ast::Span) -> Result<Results, Stop> {
        let mut constants: Vec<(Sym, Vec<Vec<Held>>)> = Vec::new();
        let mut others: Results = Vec::new();
        for (conditions, value) in results {
            match (&value, constants.iter_mut().find(|(own, _)| *own == value)) {
                (Sym::Const(_), Some((_, paths))) => paths.push(conditions),
                (Sym::Const(_), None) => constants.push((value, vec![conditions])),
                _ => others.push((conditions, value)),
            }
        }
        let mut gathered: Results = Vec::new();
        for (value, paths) in constants {
            let any = self
                .lists
                .any(paths.iter().map(Vec::as_slice), from, self.span);
            match any {
                Some(held) => gathered.push((vec![held], value)),
                None => return self.stop(at, "two iterations depend on each other"),
            }
        }
        gathered.extend(others);
        let mut closed = Vec::new();
        for (conditions, value) in &gathered {
            if value.element().is_some_and(|element| element >= from) {
                return self.stop(at, "an iteration may give several values");
            }
            match self.lists.closed(conditions, from, self.span) {
                Some(held) => closed.push((held, value.clone())),
                None => return self.stop(at, "two iterations depend on each other"),
            }
        }
        self.conflicts(&closed, at)?;
        let closed = closed.into_iter();
        Ok(closed.map(|(held, value)| (vec![held], value)).collect())
    }

    /// The elements of a rule that gives a set.
    fn set(&mut self, path: &str, at: &ast::Span) -> Result<Results, Stop> {
        let Some(rules) = self.program.rules(path) else {
            return self.stop(at, format!("`{path}` is no rule"));
        };
        self.deeper(at)?;
        let mut elements: Vec<(Truth, Sym)> = Vec::new();
        for (module, rule) in &rules.bodies {
            let ast::Rule::Spec {
                head: RuleHead::Set { key: Some(key), .. },
                bodies,
                ..
            } = rule.as_ref()
            else {
                return self.stop(at, "a rule is of two kinds");
            };
            if bodies.iter().any(|body| body.is_else) {
                return self.stop(at, "a set has an `else`");
            }
            let from = self.lists.next();
            self.within(*module, |this| {
                let mut states = Vec::new();
                for body in bodies {
                    states.extend(this.query(State::default(), &body.query)?);
                }
                if bodies.is_empty() {
                    states.push(State::default());
                }
                for state in states {
                    if this.iterates(&state, key) {
                        return this.stop(key.span(), "a head has an iteration in it");
                    }
                    for (state, value) in this.expr(state, key)? {
                        if value.element().is_some() {
                            return this.stop(key.span(), "a set has elements of a list");
                        }
                        let (truth, element) = this.any(&[state], from, at);
                        if element.is_some() {
                            return this.stop(key.span(), "a set has elements of a list");
                        }
                        elements.push((truth, value));
                    }
                }
                Ok(())
            })?;
        }
        self.depth -= 1;
        let constants: Option<std::collections::BTreeSet<Value>> = elements
            .iter()
            .map(|(truth, value)| match value {
                Sym::Const(value) if truth.is_always() => Some(value.clone()),
                _ => None,
            })
            .collect();
        let value = match constants {
            Some(constants) => Sym::Const(Value::from(constants)),
            None => Sym::Elements(elements),
        };
        Ok(vec![(Vec::new(), value)])
    }
}
