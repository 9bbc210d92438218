//! The parameters of the function or `let` whose parentheses the cursor is in.

use gen_lsp_types::{
    ActiveParameter, Documentation, MarkupContent, MarkupKind, ParameterInformation,
    ParameterInformationLabel, SignatureHelp, SignatureHelpParams, SignatureInformation,
};
use tracee_lang::functions;

use crate::server::Server;
use crate::syntax::Syntax;
use crate::syntax::fields::path_to;
use crate::syntax::outline::What;
use crate::syntax::place::{Kind, Walk};

/// A function's first line, its parameters and documentation.
type Signature = (String, Vec<String>, String);

/// `textDocument/signatureHelp`.
pub(crate) fn help(server: &Server, params: SignatureHelpParams) -> Option<SignatureHelp> {
    let place = params.text_document_position_params;
    let uri = place.text_document.uri.0;
    let document = server.documents.get(&uri)?;
    let offset = document.text.offset(place.position);
    let syntax = document.text.syntax();
    let at = syntax.words.partition_point(|word| word.end <= offset);
    let mut walk = Walk::before(syntax, at);
    walk.frames.retain(|frame| frame.kind != Kind::Brackets);
    let parens = walk
        .frames
        .iter()
        .rposition(|frame| frame.kind == Kind::Parens)?;
    if walk.in_parameters() {
        return None;
    }
    let around = walk.frames.get(parens.checked_sub(1)?)?;
    let name = around.clause.last()?.checked_sub(1)?;
    let commas = walk.frames.get(parens)?.commas;
    let (label, parameters, doc) = signature(server, &uri, syntax, name)?;
    let information = |parameter: &String| ParameterInformation {
        label: ParameterInformationLabel::String(parameter.clone()),
        documentation: None,
    };
    Some(SignatureHelp {
        signatures: vec![SignatureInformation {
            label,
            documentation: (!doc.is_empty()).then_some(Documentation::MarkupContent(
                MarkupContent {
                    kind: MarkupKind::Markdown,
                    value: doc,
                },
            )),
            parameters: Some(parameters.iter().map(information).collect()),
            active_parameter: None,
        }],
        active_signature: Some(0),
        active_parameter: Some(ActiveParameter::Int(u32::try_from(commas).ok()?)),
    })
}

fn signature(server: &Server, uri: &str, syntax: &Syntax, name: usize) -> Option<Signature> {
    if !syntax.is_name(name) {
        return None;
    }
    let (_, path) = path_to(syntax, name);
    match path[..] {
        [name] => functions::find(name)
            .map(function)
            .or_else(|| declared(syntax, name))
            .or_else(|| imported(server, uri, syntax, None, name)),
        [alias, name] => imported(server, uri, syntax, Some(alias), name),
        _ => None,
    }
}

fn function(function: &functions::Function) -> Signature {
    let parameters = function.parameters.iter();
    let parameters = parameters.map(|one| format!("{}: {}", one.name, one.accepts.name()));
    (
        function.signature(),
        parameters.collect(),
        function.doc.to_owned(),
    )
}

/// A `let` with parameters.
fn declared(syntax: &Syntax, name: &str) -> Option<Signature> {
    let mut lets = syntax.outline.of_kind(What::Let);
    let found = lets.find(|one| one.name == name)?;
    let parameters = found.parameters.as_deref()?;
    let each = parameters.split(',').map(|one| one.trim().to_owned());
    Some((
        format!("{name}({parameters})"),
        each.filter(|one| !one.is_empty()).collect(),
        found.doc.clone(),
    ))
}

fn imported(
    server: &Server,
    uri: &str,
    syntax: &Syntax,
    alias: Option<&str>,
    name: &str,
) -> Option<Signature> {
    let texts = server.texts().imports();
    let own = server.documents.get(uri)?.path.clone();
    let imports = syntax.outline.imports.iter();
    let mut named = imports.filter(|import| import.alias.as_deref() == alias);
    named.find_map(|import| {
        let path = texts.find(own.as_deref(), import.path.as_deref()?).ok()?;
        let file = texts.file(path).ok()?;
        declared(file.text.syntax(), name)
    })
}
