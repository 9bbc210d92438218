//! What is in objects, lists and sets: a member, what is at a place, each element, whether one is among them.

use regorus::Value;
use regorus::unstable as ast;
use tracee_lang::functions;
use tracee_lang::hir::{Call, Operand};

use super::compare;
use super::document::{Possible, exists};
use super::evaluate::{Evaluation, Stop, Ways};
use super::path::State;
use super::truth::{Truth, and, not};
use super::value::{Sym, Text, kind};

/// The last place of a list that is looked at by its number.
const MAX_PLACE: u64 = 63;

impl Evaluation<'_> {
    /// `of.name`
    pub(super) fn member(
        &mut self,
        state: State,
        of: &Sym,
        name: &str,
        at: &ast::Span,
    ) -> Result<Ways, Stop> {
        let span = self.span;
        let possible: Vec<Possible> = match of {
            Sym::Input(object) => self.document.member(object, name, span),
            Sym::Arg(number) => match name {
                "name" => match self.document.arg(*number) {
                    Some(arg) => vec![(None, Sym::Const(Value::from(arg.name.as_str())))],
                    None => Vec::new(),
                },
                "value" => vec![(None, self.document.arg_value(*number))],
                "type" => vec![(None, Sym::Unknown)],
                "truncated" => {
                    self.unknown(at, "whether an argument was cut is not compiled");
                    let held = (Truth::unknown(span), None);
                    let value = Sym::Const(Value::Bool(true));
                    return Ok(state
                        .when(held)
                        .into_iter()
                        .map(|state| (state, value.clone()))
                        .collect());
                }
                _ => Vec::new(),
            },
            Sym::Struct(number) => self.document.struct_member(*number, name, span),
            other => return self.at(state, other, Sym::Const(Value::from(name)), at),
        };
        if possible.iter().any(|(_, value)| *value == Sym::Unknown) {
            self.unknown(at, format!("`{name}` is not compiled"));
        }
        let ways = possible.into_iter().filter_map(|(condition, value)| {
            let state = match condition {
                Some(condition) => state.clone().when((Truth::Exact(condition), None))?,
                None => state.clone(),
            };
            Some((state, value))
        });
        Ok(ways.collect())
    }

    /// `of[place]`
    pub(super) fn at(
        &mut self,
        state: State,
        of: &Sym,
        place: Sym,
        at: &ast::Span,
    ) -> Result<Ways, Stop> {
        let span = self.span;
        let schema = self.document.schema;
        let mut ways = Vec::new();
        match (of, &place) {
            (Sym::Input(_) | Sym::Arg(_) | Sym::Struct(_), Sym::Const(Value::String(name))) => {
                return self.member(state, of, name, at);
            }
            (Sym::Const(of), Sym::Const(place)) => {
                let found = of[place].clone();
                if found != Value::Undefined {
                    ways.push((state, Sym::Const(found)));
                }
            }
            (Sym::Const(Value::Set(of)), _) => {
                let (truth, element) = compare::among(&place, of.iter(), schema, span);
                self.noted(&truth, at, "a comparison is not one of the event's values");
                // `false` is in few sets; what is true of the others is that they let a statement hold.
                ways.extend(state.when((truth, element)).map(|state| (state, place)));
            }
            (Sym::Const(Value::Object(of)), _) => {
                for (key, value) in of.iter() {
                    let held = compare::equal(&place, &Sym::Const(key.clone()), schema, span);
                    self.noted(&held.0, at, "a comparison is not one of the event's values");
                    let state = state.clone().when(held);
                    ways.extend(state.map(|state| (state, Sym::Const(value.clone()))));
                }
            }
            (Sym::Elements(of), _) => {
                let (truth, element) = self.in_elements(&place, of, at);
                ways.extend(state.when((truth, element)).map(|state| (state, place)));
            }
            (Sym::Args, Sym::ArgPlace(number)) => ways.push((state, Sym::Arg(*number))),
            (Sym::Args, Sym::Const(Value::Number(number))) if number.as_u64() == Some(0) => {
                let mut before = Vec::new();
                for number in 0..self.document.event.args.len() {
                    let Some(there) = self.document.arg_exists(number, span) else {
                        continue;
                    };
                    let mut all = before.clone();
                    all.push(there.clone());
                    before.push(not(there));
                    let held = (Truth::Exact(and(all, span)), None);
                    let state = state.clone().when(held);
                    ways.extend(state.map(|state| (state, Sym::Arg(number))));
                }
            }
            (Sym::List(field), Sym::Const(Value::Number(number)))
                if number.as_u64().is_some_and(|place| place <= MAX_PLACE) =>
            {
                let (Some(function), Some(place)) = (functions::find("at"), number.as_u64()) else {
                    return Ok(Vec::new());
                };
                let ty = match field {
                    tracee_lang::hir::Field::Slot(slot) => {
                        let slot = self.document.event.slots.get(usize::from(*slot));
                        slot.map(|slot| slot.ty.clone())
                    }
                    tracee_lang::hir::Field::Context(_) => None,
                };
                let Some(ty) = ty else { return Ok(Vec::new()) };
                let operand = Operand::Call(Box::new(Call {
                    function,
                    arguments: vec![Operand::Field(*field, ty), Operand::Int(place.into())],
                }));
                let held = (Truth::Exact(exists(operand.clone(), span)), None);
                let text = Sym::Text(Text {
                    operand,
                    element: None,
                    lower: false,
                });
                ways.extend(state.when(held).map(|state| (state, text)));
            }
            // Strings, numbers and the like have no members.
            (of, _) if kind(of).is_some_and(|kind| kind < 4) => {}
            (Sym::Args | Sym::List(_), place) if kind(place).is_some_and(|kind| kind != 2) => {}
            _ => {
                self.unknown(at, "what is looked up is not known before the event");
                let held = (Truth::unknown(span), None);
                ways.extend(state.when(held).map(|state| (state, Sym::Unknown)));
            }
        }
        self.counted(at, ways.len())?;
        Ok(ways)
    }

    /// The elements of a collection, each with its place.
    pub(super) fn iterate(
        &mut self,
        state: State,
        of: &Sym,
        at: &ast::Span,
    ) -> Result<Vec<(State, Sym, Sym)>, Stop> {
        let span = self.span;
        let mut ways = Vec::new();
        match of {
            Sym::Args => {
                for number in 0..self.document.event.args.len() {
                    let Some(there) = self.document.arg_exists(number, span) else {
                        continue;
                    };
                    let state = state.clone().when((Truth::Exact(there), None));
                    ways.extend(
                        state.map(|state| (state, Sym::ArgPlace(number), Sym::Arg(number))),
                    );
                }
            }
            Sym::List(field) => {
                let element = Some(self.lists.open(*field));
                let held = (Truth::constant(true, span), element);
                let text = Sym::Text(Text {
                    operand: Operand::Element(0),
                    element,
                    lower: false,
                });
                ways.extend(state.when(held).map(|state| (state, Sym::Unknown, text)));
            }
            Sym::Const(Value::Array(of)) => {
                for (place, value) in of.iter().enumerate() {
                    let place = Sym::Const(Value::from(place));
                    ways.push((state.clone(), place, Sym::Const(value.clone())));
                }
            }
            Sym::Const(Value::Set(of)) => {
                for value in of.iter() {
                    let value = Sym::Const(value.clone());
                    ways.push((state.clone(), value.clone(), value));
                }
            }
            Sym::Const(Value::Object(of)) => {
                for (key, value) in of.iter() {
                    let (key, value) = (Sym::Const(key.clone()), Sym::Const(value.clone()));
                    ways.push((state.clone(), key, value));
                }
            }
            Sym::Elements(of) => {
                for (truth, value) in of {
                    let state = state.clone().when((truth.clone(), None));
                    ways.extend(state.map(|state| (state, value.clone(), value.clone())));
                }
            }
            of if kind(of).is_some_and(|kind| kind < 4) => {}
            _ => {
                self.unknown(at, "what is iterated is not known before the event");
                let held = (Truth::unknown(span), None);
                ways.extend(
                    state
                        .when(held)
                        .map(|state| (state, Sym::Unknown, Sym::Unknown)),
                );
            }
        }
        self.counted(at, ways.len())?;
        Ok(ways)
    }

    /// `value in of`, as a value.
    pub(super) fn membership(
        &mut self,
        state: State,
        value: &Sym,
        of: &Sym,
        at: &ast::Span,
    ) -> Result<(State, Sym), Stop> {
        let (span, schema) = (self.span, self.document.schema);
        let (truth, element) = match of {
            Sym::Const(Value::Array(of)) => compare::among(value, of.iter(), schema, span),
            Sym::Const(Value::Set(of)) => compare::among(value, of.iter(), schema, span),
            Sym::Const(Value::Object(of)) => {
                compare::among(value, of.iter().map(|(_, value)| value), schema, span)
            }
            Sym::Elements(of) => self.in_elements(value, of, at),
            Sym::List(_) => {
                let from = self.lists.next();
                let mut paths = Vec::new();
                for (inner, _, element) in self.iterate(state.inside(), of, at)? {
                    let held = compare::equal(value, &element, schema, span);
                    paths.extend(inner.when(held));
                }
                self.any(&paths, from, at)
            }
            of if kind(of).is_some_and(|kind| kind < 4) => (Truth::constant(false, span), None),
            _ => (Truth::unknown(span), None),
        };
        self.noted(&truth, at, "a comparison is not one of the event's values");
        Ok((state, Sym::Truth(truth, element)))
    }

    fn in_elements(&mut self, value: &Sym, of: &[(Truth, Sym)], at: &ast::Span) -> compare::Held {
        let (span, schema) = (self.span, self.document.schema);
        let mut any = Vec::new();
        let mut element = None;
        for (truth, one) in of {
            let (same, of) = compare::equal(value, one, schema, span);
            element = element.or(of);
            any.push(Truth::all(vec![truth.clone(), same], span));
        }
        let truth = Truth::any(any, span);
        self.noted(&truth, at, "a comparison is not one of the event's values");
        (truth, element)
    }
}
