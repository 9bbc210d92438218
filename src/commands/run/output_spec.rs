//! `--output FORMAT[:DEST]`: how events and detections are shown, and where they go.

use std::path::PathBuf;
use std::str::FromStr;

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
    /// One object a line.
    Json,
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
            "json" => Format::Json,
            _ => return Err(format!("unknown format `{format}`: use table or json")),
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
        assert_eq!(parse("json"), spec(Format::Json, Destination::Stdout));
        assert_eq!(
            parse("json:stdout"),
            spec(Format::Json, Destination::Stdout)
        );
        assert_eq!(
            parse("json:file:/tmp/a:b"),
            spec(Format::Json, file("/tmp/a:b"))
        );
        for wrong in [
            "yaml",
            "json:",
            "json:file",
            "json:file:",
            "json:/tmp/x",
            "",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
