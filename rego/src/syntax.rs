//! What is in a module, from the tree that regorus gives as JSON: rules, calls, and places of strings.

use std::collections::HashMap;

use serde_json::Value;

/// A module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Syntax {
    /// `data.tracee.TRC_14`
    pub(crate) package: String,
    /// Where the package clause is, in bytes.
    pub(crate) package_span: (usize, usize),
    pub(crate) rules: Vec<Rule>,
    /// String literals with their places, in order; with their quotes if those could be found.
    pub(crate) strings: Vec<(String, (usize, usize))>,
}

/// One body of a rule or a function.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// `data.tracee.TRC_14.f`
    pub(crate) path: String,
    pub(crate) is_function: bool,
    pub(crate) span: (usize, usize),
    /// What it names: paths below `data`, or the bare name of something that is not of its module.
    pub(crate) names: Vec<Named>,
}

/// A name that a rule mentions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) path: String,
    pub(crate) is_call: bool,
    pub(crate) span: (usize, usize),
}

impl Syntax {
    /// The modules of an engine, in the order in which they were added. None if the tree is deeper than JSON may be.
    pub(crate) fn of(engine: &regorus::Engine) -> Option<Vec<Self>> {
        let tree = engine.get_ast_as_json().ok()?;
        let modules: Vec<Value> = serde_json::from_str(&tree).ok()?;
        Some(modules.iter().map(Self::module).collect())
    }

    fn module(module: &Value) -> Self {
        let tree = &module["ast"];
        let mut made = Self {
            package: format!(
                "data.{}",
                path(&tree["package"]["refr"]).unwrap_or_default()
            ),
            package_span: span(&tree["package"]),
            ..Self::default()
        };
        let text = module["source"]["contents"].as_str().unwrap_or_default();
        let imports = imports(text, tree);
        let heads: Vec<(String, bool)> = list(&tree["rules"]).filter_map(head).collect();
        for rule in list(&tree["rules"]) {
            let Some((name, is_function)) = head(rule) else {
                continue;
            };
            let mut names = Vec::new();
            mentions(rule, &mut names, &mut made.strings);
            for named in &mut names {
                named.path = resolved(&named.path, &made.package, &imports, &heads);
            }
            let body = rule.get("Spec").unwrap_or(&rule["Default"]);
            made.rules.push(Rule {
                path: format!("{}.{name}", made.package),
                is_function,
                span: span(body),
                names,
            });
        }
        made
    }

    /// Whether it has a rule of this name.
    pub(crate) fn defines(&self, name: &str) -> bool {
        let path = format!("{}.{name}", self.package);
        self.rules.iter().any(|rule| rule.path == path)
    }

    /// The place of a string that a rule has as the value of a key, which is in any case.
    pub(crate) fn member(&self, rule: &str, key: &str, value: &str) -> Option<(usize, usize)> {
        let path = format!("{}.{rule}", self.package);
        let rules: Vec<&Rule> = self.rules.iter().filter(|rule| rule.path == path).collect();
        let is_within = |(start, end): (usize, usize)| {
            let mut rules = rules.iter();
            rules.any(|rule| rule.span.0 <= start && end <= rule.span.1)
        };
        let mut pairs = self.strings.windows(2);
        pairs.find_map(|pair| match pair {
            [(own, _), (text, place)] => {
                let found = own.eq_ignore_ascii_case(key) && text == value && is_within(*place);
                found.then_some(*place)
            }
            _ => None,
        })
    }

    /// The place of the first string with this value.
    pub(crate) fn string(&self, value: &str) -> Option<(usize, usize)> {
        let found = self.strings.iter().find(|(text, _)| text == value);
        found.map(|(_, place)| *place)
    }
}

/// What imports stand for, by the names that they bring. The tree has the place of what is after `as`,
/// not its text.
fn imports(text: &str, tree: &Value) -> HashMap<String, String> {
    let named = list(&tree["imports"]).filter_map(|import| {
        let of = path(&import["refr"])?;
        let (start, end) = place(&import["as"]);
        let alias = text.get(start..end).filter(|alias| !alias.is_empty());
        let name = alias.or_else(|| of.rsplit('.').next())?;
        Some((name.to_owned(), of))
    });
    named.collect()
}

/// The first name of a rule's head, and whether it is a function.
fn head(rule: &Value) -> Option<(String, bool)> {
    let (refr, is_function) = match (&rule["Spec"]["head"], &rule["Default"]) {
        (Value::Object(head), _) => {
            let (kind, head) = head.iter().next()?;
            (&head["refr"], kind == "Func")
        }
        (_, default) => (&default["refr"], list(&default["args"]).next().is_some()),
    };
    let mut refr = refr;
    loop {
        refr = match (&refr["Var"], &refr["RefDot"], &refr["RefBrack"]) {
            (Value::Object(var), ..) => {
                return Some((var["value"].as_str()?.to_owned(), is_function));
            }
            (_, Value::Object(of), _) | (.., Value::Object(of)) => &of["refr"],
            _ => return None,
        };
    }
}

fn resolved(
    written: &str,
    package: &str,
    imports: &HashMap<String, String>,
    heads: &[(String, bool)],
) -> String {
    let (first, rest) = written.split_once('.').unwrap_or((written, ""));
    let below = |of: &str| match rest {
        "" => of.to_owned(),
        _ => format!("{of}.{rest}"),
    };
    if let Some(of) = imports.get(first) {
        return below(of);
    }
    match heads.iter().any(|(name, _)| name == first) {
        true => below(&format!("{package}.{first}")),
        false => written.to_owned(),
    }
}

/// Names and strings below a node. A worklist: trees are as deep as their author likes.
fn mentions(node: &Value, names: &mut Vec<Named>, strings: &mut Vec<(String, (usize, usize))>) {
    let mut left = vec![(node, false)];
    while let Some((node, is_call)) = left.pop() {
        match node {
            Value::Array(parts) => left.extend(parts.iter().rev().map(|part| (part, false))),
            Value::Object(parts) => {
                if let Some(path) = path(node) {
                    let span = parts.values().next().map(span).unwrap_or_default();
                    names.push(Named {
                        path,
                        is_call,
                        span,
                    });
                }
                for (kind, part) in parts.iter().rev() {
                    if matches!(kind.as_str(), "String" | "RawString")
                        && let Some(value) = part["value"].as_str()
                    {
                        let (start, end) = span(part);
                        let quoted = (start.saturating_sub(1), end + 1);
                        strings.push((value.to_owned(), quoted));
                    }
                    left.push((part, kind == "fcn"));
                }
            }
            _ => {}
        }
    }
}

/// `a.b["c"]` as `a.b.c`; as far as it is made of names.
fn path(node: &Value) -> Option<String> {
    let mut names = Vec::new();
    let mut node = node;
    loop {
        if let Some(name) = node["Var"]["value"].as_str() {
            names.push(name);
            names.reverse();
            return Some(names.join("."));
        }
        if let Value::Object(of) = &node["RefDot"] {
            names.push(of["field"][1].as_str()?);
            node = &of["refr"];
        } else if let Value::Object(of) = &node["RefBrack"] {
            match of["index"]["String"]["value"].as_str() {
                Some(name) => names.push(name),
                None => names.clear(),
            }
            node = &of["refr"];
        } else {
            return None;
        }
    }
}

fn list(node: &Value) -> impl Iterator<Item = &Value> {
    node.as_array().into_iter().flatten()
}

fn span(node: &Value) -> (usize, usize) {
    place(&node["span"])
}

fn place(span: &Value) -> (usize, usize) {
    let at = |key: &str| usize::try_from(span[key].as_u64().unwrap_or_default());
    (
        at("start").unwrap_or_default(),
        at("end").unwrap_or_default(),
    )
}
