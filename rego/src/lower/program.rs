//! The modules of a signature, with their rules by path.

use std::collections::HashMap;
use std::sync::Arc;

use regorus::unstable::{self as ast, Expr, RuleHead};
use tracee_lang::signature::{Module, Signature};

use crate::documents;

/// The rules and imports of all modules that are evaluated together.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) modules: Vec<Parsed>,
    rules: HashMap<String, Rules>,
}

/// A module.
#[derive(Debug)]
pub(super) struct Parsed {
    /// `data.tracee.TRC_1`
    pub(super) package: String,
    /// What imports stand for, by the names that they bring.
    imports: HashMap<String, String>,
    pub(super) name: Arc<str>,
}

/// All of a name.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    /// Each with the number of its module.
    pub(super) bodies: Vec<(usize, ast::Ref<ast::Rule>)>,
    pub(super) kind: Option<RuleKind>,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RuleKind {
    /// `p = 1 { … }`
    Value,
    /// `p[x] { … }`
    Set,
    /// `f(x) = y { … }`
    Function,
    /// Something else, or of several kinds.
    Other,
}

impl Program {
    /// Of a signature; [`None`] if it can't be read.
    pub(super) fn new(signature: &Signature) -> Option<Self> {
        let mut engine = documents::engine_with(&signature.modules).ok()?;
        let trees = engine.get_modules().clone();
        let mut program = Self {
            modules: Vec::new(),
            rules: HashMap::new(),
        };
        for (at, (tree, Module { name, .. })) in trees.iter().zip(&signature.modules).enumerate() {
            let package = format!("data.{}", path(&tree.package.refr)?);
            let mut imports = HashMap::new();
            for import in &tree.imports {
                let of = path(&import.refr)?;
                let alias = import.r#as.as_ref().map(|span| span.text().to_owned());
                let alias = alias.or_else(|| of.rsplit('.').next().map(str::to_owned))?;
                imports.insert(alias, of);
            }
            for rule in &tree.policy {
                let (name, kind) = head(rule);
                let rules = program
                    .rules
                    .entry(format!("{package}.{name}"))
                    .or_default();
                rules.kind = match (rules.kind, kind) {
                    (None, kind) => Some(kind),
                    (Some(one), other) if one == other => Some(one),
                    _ => Some(RuleKind::Other),
                };
                rules.bodies.push((at, rule.clone()));
            }
            program.modules.push(Parsed {
                package,
                imports,
                name: Arc::clone(name),
            });
        }
        Some(program)
    }

    /// The rules of this path.
    pub(super) fn rules(&self, path: &str) -> Option<&Rules> {
        self.rules.get(path)
    }

    /// The path of a name in a module, if a rule or an import has it.
    pub(super) fn resolve(&self, module: usize, name: &str) -> Option<String> {
        let parsed = self.modules.get(module)?;
        let own = format!("{}.{name}", parsed.package);
        if self.rules.contains_key(&own) {
            return Some(own);
        }
        parsed.imports.get(name).cloned()
    }

    /// The path of a function that is called by a name of several parts.
    pub(super) fn function(&self, module: usize, written: &str) -> Option<String> {
        let parsed = self.modules.get(module)?;
        let (first, rest) = written.split_once('.').unwrap_or((written, ""));
        if let Some(of) = parsed.imports.get(first) {
            let path = match rest {
                "" => of.clone(),
                _ => format!("{of}.{rest}"),
            };
            if self.rules.contains_key(&path) {
                return Some(path);
            }
        }
        let own = format!("{}.{written}", parsed.package);
        [own, written.to_owned()]
            .into_iter()
            .find(|path| self.rules.contains_key(path))
    }
}

/// The name of a rule's head, and its kind.
fn head(rule: &ast::Rule) -> (String, RuleKind) {
    let first = |refr: &Expr| {
        let mut refr = refr;
        loop {
            refr = match refr {
                Expr::Var { span, .. } => return span.text().to_owned(),
                Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => refr,
                _ => return String::new(),
            };
        }
    };
    let is_name = |refr: &Expr| matches!(refr, Expr::Var { .. });
    match rule {
        ast::Rule::Spec { head, .. } => {
            let (refr, kind) = match head {
                RuleHead::Compr { refr, .. } => (refr, RuleKind::Value),
                RuleHead::Set { refr, .. } => (refr, RuleKind::Set),
                RuleHead::Func { refr, .. } => (refr, RuleKind::Function),
            };
            match is_name(refr) {
                true => (first(refr), kind),
                false => (first(refr), RuleKind::Other),
            }
        }
        ast::Rule::Default { refr, args, .. } => match (is_name(refr), args.is_empty()) {
            (true, true) => (first(refr), RuleKind::Value),
            (true, false) => (first(refr), RuleKind::Function),
            _ => (first(refr), RuleKind::Other),
        },
    }
}

/// `a.b["c"]` as `a.b.c`; [`None`] if it is anything else.
pub(super) fn path(of: &Expr) -> Option<String> {
    match of {
        Expr::Var { span, .. } => Some(span.text().to_owned()),
        Expr::RefDot { refr, field, .. } => Some(format!("{}.{}", path(refr)?, field.0.text())),
        Expr::RefBrack { refr, index, .. } => match index.as_ref() {
            Expr::String { value, .. } => {
                Some(format!("{}.{}", path(refr)?, value.as_string().ok()?))
            }
            _ => None,
        },
        _ => None,
    }
}
