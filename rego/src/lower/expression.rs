//! Expressions: references, comparisons, collections that are written. [`super::collections`] has what is in a value,
//! [`super::calls`] functions.

use std::collections::BTreeSet;

use regorus::Value;
use regorus::unstable::{self as ast, Expr};

use super::compare;
use super::evaluate::{Evaluation, Stop, Ways};
use super::path::State;
use super::value::Sym;

impl Evaluation<'_> {
    pub(super) fn expr(&mut self, state: State, expr: &ast::Ref<Expr>) -> Result<Ways, Stop> {
        let at = expr.span();
        self.counted(at, 0)?;
        let constant = |value: &Value| Ok(vec![(state.clone(), Sym::Const(value.clone()))]);
        match expr.as_ref() {
            Expr::Null { .. } => constant(&Value::Null),
            Expr::Bool { value, .. }
            | Expr::Number { value, .. }
            | Expr::String { value, .. }
            | Expr::RawString { value, .. } => constant(value),
            Expr::Var { span, .. } => self.variable(state, span),
            Expr::RefDot { refr, field, .. } => {
                if let Some(ways) = self.document_path(&state, expr)? {
                    return Ok(ways);
                }
                let mut ways = Vec::new();
                for (state, of) in self.expr(state, refr)? {
                    ways.extend(self.member(state, &of, field.0.text(), at)?);
                }
                Ok(ways)
            }
            Expr::RefBrack { refr, index, .. } => self.bracket(state, expr, refr, index),
            Expr::BoolExpr { op, lhs, rhs, .. } => {
                let mut ways = Vec::new();
                for (state, left) in self.expr(state, lhs)? {
                    for (state, right) in self.expr(state, rhs)? {
                        let schema = self.document.schema;
                        let (truth, element) =
                            compare::compare(op, &left, &right, schema, self.span);
                        self.noted(&truth, at, "a comparison is not one of the event's values");
                        ways.push((state, Sym::Truth(truth, element)));
                    }
                }
                Ok(ways)
            }
            Expr::Call { fcn, params, .. } => self.call(state, at, fcn, params),
            Expr::Array { items, .. } => self.collection(state, items, Value::from),
            Expr::Set { items, .. } => self.collection(state, items, |values| {
                Value::from(values.into_iter().collect::<BTreeSet<Value>>())
            }),
            Expr::Object { fields, .. } => {
                let parts: Vec<ast::Ref<Expr>> = fields
                    .iter()
                    .flat_map(|(_, key, value)| [key.clone(), value.clone()])
                    .collect();
                self.collection(state, &parts, |values| {
                    let mut made = Value::new_object();
                    let mut values = values.into_iter();
                    while let (Some(key), Some(value)) = (values.next(), values.next()) {
                        if let Ok(object) = made.as_object_mut() {
                            object.insert(key, value);
                        }
                    }
                    made
                })
            }
            Expr::SetCompr { term, query, .. } => {
                let from = self.lists.next();
                let mut elements = Vec::new();
                let mut whole = true;
                for inner in self.query(state.inside(), query)? {
                    for (inner, value) in self.expr(inner, term)? {
                        let (truth, element) = self.any(&[inner], from, at);
                        whole &= element.is_none() && value.element().is_none();
                        elements.push((truth, value));
                    }
                }
                if !whole {
                    self.unknown(at, "a set has elements of a list");
                }
                let value = match whole {
                    true => Sym::Elements(elements),
                    false => Sym::Unknown,
                };
                Ok(vec![(state, value)])
            }
            Expr::ArrayCompr { term, query, .. } => {
                for inner in self.query(state.inside(), query)? {
                    self.expr(inner, term)?;
                }
                Ok(vec![(state, Sym::Unknown)])
            }
            Expr::ObjectCompr { .. } => self.stop(at, "an object may have two values for a key"),
            Expr::UnaryExpr { expr: of, .. } => match of.as_ref() {
                Expr::Number { value, .. } => match value.as_i64() {
                    Ok(value) if value > 0 => Ok(vec![(state, Sym::Const(Value::from(-value)))]),
                    _ => self.stop(at, "a number is negative"),
                },
                _ => self.stop(at, "a sign is before something that is no number"),
            },
            Expr::ArithExpr { .. } => self.stop(at, "arithmetic is not compiled"),
            Expr::BinExpr { .. } => self.stop(at, "`&` and `|` of sets are not compiled"),
            Expr::AssignExpr { .. } => self.stop(at, "an assignment is inside of an expression"),
            // Of what is not there it gives false, not nothing.
            Expr::Membership { .. } => self.stop(at, "`in` is inside of an expression"),
        }
    }

    /// An expression that is a statement, where false and nothing are the same.
    pub(super) fn statement_expr(
        &mut self,
        state: State,
        expr: &ast::Ref<Expr>,
    ) -> Result<Ways, Stop> {
        let Expr::Membership {
            key: None,
            value,
            collection,
            ..
        } = expr.as_ref()
        else {
            return self.expr(state, expr);
        };
        let mut ways = Vec::new();
        for (state, value) in self.expr(state, value)? {
            for (state, of) in self.expr(state, collection)? {
                ways.push(self.membership(state, &value, &of, expr.span())?);
            }
        }
        Ok(ways)
    }

    /// A collection of what expressions stand for.
    fn collection(
        &mut self,
        state: State,
        items: &[ast::Ref<Expr>],
        make: impl Fn(Vec<Value>) -> Value,
    ) -> Result<Ways, Stop> {
        let mut ways: Vec<(State, Option<Vec<Value>>)> = vec![(state, Some(Vec::new()))];
        for item in items {
            let mut longer = Vec::new();
            for (state, made) in ways {
                for (state, value) in self.expr(state, item)? {
                    let made = match (&made, value) {
                        (Some(made), Sym::Const(value)) => {
                            let mut made = made.clone();
                            made.push(value);
                            Some(made)
                        }
                        _ => None,
                    };
                    longer.push((state, made));
                }
            }
            self.counted(item.span(), longer.len())?;
            ways = longer;
        }
        let ways = ways.into_iter().map(|(state, made)| {
            let value = made.map_or(Sym::Unknown, |values| Sym::Const(make(values)));
            (state, value)
        });
        Ok(ways.collect())
    }

    fn variable(&mut self, state: State, span: &ast::Span) -> Result<Ways, Stop> {
        let name = span.text();
        if let Some(value) = state.variable(name) {
            let value = value.clone();
            return Ok(vec![(state, value)]);
        }
        match name {
            "input" => return Ok(vec![(state, Sym::Input(""))]),
            "data" => return self.stop(span, "all of `data` is asked for"),
            _ => {}
        }
        match self.program.resolve(self.module, name) {
            Some(path) => self.named(state, &path, span),
            None => self.stop(span, format!("`{name}` is used before it has a value")),
        }
    }

    /// What a path below `data` or `input`, or an import, stands for.
    fn named(&mut self, state: State, path: &str, at: &ast::Span) -> Result<Ways, Stop> {
        if self.program.rules(path).is_some() {
            let mut ways = Vec::new();
            for (conditions, value) in self.rule(path, at)? {
                ways.extend(
                    state
                        .clone()
                        .when_all(conditions)
                        .map(|state| (state, value.clone())),
                );
            }
            return Ok(ways);
        }
        match path.strip_prefix("input") {
            Some(rest) if rest.is_empty() || rest.starts_with('.') => {
                let mut ways = vec![(state, Sym::Input(""))];
                for name in rest.split('.').skip(1) {
                    let mut longer = Vec::new();
                    for (state, of) in ways {
                        longer.extend(self.member(state, &of, name, at)?);
                    }
                    ways = longer;
                }
                Ok(ways)
            }
            _ => self.stop(at, format!("`{path}` is no rule")),
        }
    }

    /// `helpers.shells`, `data.tracee.helpers.shells`: a rule of another module.
    fn document_path(&mut self, state: &State, expr: &Expr) -> Result<Option<Ways>, Stop> {
        let Some(written) = super::program::path(expr) else {
            return Ok(None);
        };
        let (first, rest) = written.split_once('.').unwrap_or((&written, ""));
        if state.variable(first).is_some() {
            return Ok(None);
        }
        let whole = match first {
            "data" => written.clone(),
            "input" => return Ok(None),
            _ => match self.program.resolve(self.module, first) {
                Some(path) if self.program.rules(&path).is_none() => format!("{path}.{rest}"),
                _ => return Ok(None),
            },
        };
        if self.program.rules(&whole).is_some() {
            return self.named(state.clone(), &whole, expr.span()).map(Some);
        }
        // A member of a rule's value is looked up in what is before it.
        match whole.starts_with("input.") {
            true => self.named(state.clone(), &whole, expr.span()).map(Some),
            false if first == "data" => match whole.rsplit_once('.') {
                Some((before, _)) if self.program.rules(before).is_some() => {
                    self.stop(expr.span(), "a part of a rule is asked for")
                }
                _ => self.stop(expr.span(), format!("`{whole}` is no rule")),
            },
            false => self.stop(expr.span(), format!("`{whole}` is no rule")),
        }
    }

    fn bracket(
        &mut self,
        state: State,
        expr: &ast::Ref<Expr>,
        refr: &ast::Ref<Expr>,
        index: &ast::Ref<Expr>,
    ) -> Result<Ways, Stop> {
        let at = expr.span();
        if let Expr::Var { span, .. } = index.as_ref()
            && self.is_unbound(&state, span.text())
        {
            let mut ways = Vec::new();
            for (state, of) in self.expr(state, refr)? {
                for (state, place, element) in self.iterate(state, &of, at)? {
                    ways.push((state.bind(span.text(), place), element));
                }
            }
            self.counted(at, ways.len())?;
            return Ok(ways);
        }
        if let Expr::String { value, .. } = index.as_ref() {
            if let Some(ways) = self.document_path(&state, expr)? {
                return Ok(ways);
            }
            let name = value
                .as_string()
                .map(|name| name.to_string())
                .unwrap_or_default();
            let mut ways = Vec::new();
            for (state, of) in self.expr(state, refr)? {
                ways.extend(self.member(state, &of, &name, at)?);
            }
            return Ok(ways);
        }
        let mut ways = Vec::new();
        for (state, of) in self.expr(state, refr)? {
            for (state, place) in self.expr(state, index)? {
                ways.extend(self.at(state, &of, place, at)?);
            }
        }
        Ok(ways)
    }
}
