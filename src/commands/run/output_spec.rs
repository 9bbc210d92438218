//! `--output FORMAT[:DEST]`: how events and detections are shown, and where they go. JSON has several forms:
//! `json=FORM`.

use std::path::PathBuf;
use std::str::FromStr;

use tracee_runtime::output::JsonForm;

/// One `--output`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutputSpec {
    /// How.
    pub(crate) format: Format,
    /// Where.
    pub(crate) destination: Destination,
}

/// How events and detections are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Aligned columns for a person.
    Table,
    /// One object a line, with the keys of this form.
    Json(JsonForm),
}

/// Where they go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    /// Standard output.
    Stdout,
    /// A file, which is made anew.
    File(PathBuf),
}

impl FromStr for OutputSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, destination) = text.split_once(':').unwrap_or((text, "stdout"));
        let format = match format {
            "table" => Format::Table,
            "json" => Format::Json(JsonForm::Native),
            _ => match format.strip_prefix("json=") {
                Some(form) => Format::Json(json_form(form)?),
                None => return Err(format!("unknown format `{format}`: use table or json")),
            },
        };
        let destination = match destination.split_once(':') {
            None if destination == "stdout" => Destination::Stdout,
            Some(("file", path)) if !path.is_empty() => Destination::File(path.into()),
            Some(("file", _)) => return Err("`file:` needs a path".into()),
            _ => {
                return Err(format!(
                    "unknown destination `{destination}`: use stdout or file:PATH"
                ));
            }
        };
        Ok(Self {
            format,
            destination,
        })
    }
}

fn json_form(name: &str) -> Result<JsonForm, String> {
    match name {
        "native" => Ok(JsonForm::Native),
        "aqua" => Ok(JsonForm::Aqua),
        "aqua-v1" => Ok(JsonForm::AquaV1),
        _ => Err(format!(
            "unknown form of JSON `{name}`: use native, aqua or aqua-v1"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_and_destinations() {
        let parse = |text: &str| text.parse::<OutputSpec>();
        let file = |path: &str| Destination::File(path.into());
        let spec = |format, destination| {
            Ok(OutputSpec {
                format,
                destination,
            })
        };
        assert_eq!(parse("table"), spec(Format::Table, Destination::Stdout));
        let json = Format::Json;
        for (text, form) in [
            ("json", JsonForm::Native),
            ("json:stdout", JsonForm::Native),
            ("json=native", JsonForm::Native),
            ("json=aqua", JsonForm::Aqua),
            ("json=aqua-v1:stdout", JsonForm::AquaV1),
        ] {
            assert_eq!(parse(text), spec(json(form), Destination::Stdout), "{text}");
        }
        assert_eq!(
            parse("json:file:/tmp/a:b"),
            spec(json(JsonForm::Native), file("/tmp/a:b"))
        );
        assert_eq!(
            parse("json=aqua-v1:file:/tmp/a=b"),
            spec(json(JsonForm::AquaV1), file("/tmp/a=b"))
        );
        for wrong in [
            "yaml",
            "json:",
            "json:file",
            "json:file:",
            "json:/tmp/x",
            "json=",
            "json=Aqua",
            "json=aqua=v1",
            "table=aqua",
            "",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
