//! What an id of ATT&CK is of, by its letters. Only techniques are in the table; of the others it is
//! told what they are.

/// A kind of object of ATT&CK.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `T1059`, `T1059.004`.
    Technique,
    /// `TA0002`.
    Tactic,
    /// `G0016`.
    Group,
    /// `S0154`.
    Software,
    /// `C0001`.
    Campaign,
    /// `M1036`.
    Mitigation,
    /// `DS0009`.
    DataSource,
    /// `DC0032`.
    DataComponent,
    /// `DET0001`.
    DetectionStrategy,
    /// `AN0001`.
    Analytic,
    /// `A0001`, of the matrix for industrial control systems.
    Asset,
}

impl Kind {
    /// With its article: `a tactic`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Technique => "a technique",
            Self::Tactic => "a tactic",
            Self::Group => "a group",
            Self::Software => "software",
            Self::Campaign => "a campaign",
            Self::Mitigation => "a mitigation",
            Self::DataSource => "a data source",
            Self::DataComponent => "a data component",
            Self::DetectionStrategy => "a detection strategy",
            Self::Analytic => "an analytic",
            Self::Asset => "an asset",
        }
    }
}

/// What has ids of this form, if anything: letters and four digits, of a sub-technique three more.
pub fn kind(id: &str) -> Option<Kind> {
    let letters = id.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let number = &id[letters.len()..];
    let digits =
        |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if letters == "T"
        && let Some((technique, sub)) = number.split_once('.')
    {
        return (digits(technique, 4) && digits(sub, 3)).then_some(Kind::Technique);
    }
    if !digits(number, 4) {
        return None;
    }
    match letters {
        "T" => Some(Kind::Technique),
        "TA" => Some(Kind::Tactic),
        "G" => Some(Kind::Group),
        "S" => Some(Kind::Software),
        "C" => Some(Kind::Campaign),
        "M" => Some(Kind::Mitigation),
        "DS" => Some(Kind::DataSource),
        "DC" => Some(Kind::DataComponent),
        "DET" => Some(Kind::DetectionStrategy),
        "AN" => Some(Kind::Analytic),
        "A" => Some(Kind::Asset),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, kind};

    #[test]
    fn the_letters_tell() {
        assert_eq!(kind("T1059"), Some(Kind::Technique));
        assert_eq!(kind("T1059.004"), Some(Kind::Technique));
        assert_eq!(kind("TA0002"), Some(Kind::Tactic));
        assert_eq!(kind("G0016"), Some(Kind::Group));
        for odd in [
            "",
            "T",
            "T105",
            "T10590",
            "T1059.04",
            "G0016.001",
            "X0001",
            "Té0001",
            "t1059",
        ] {
            assert_eq!(kind(odd), None, "{odd}");
        }
    }
}
