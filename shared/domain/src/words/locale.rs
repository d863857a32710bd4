//! The language that a user reads.

use icu_locale_core::LanguageIdentifier;
use nutype::nutype;

/// A language tag (BCP 47) such as `de-AT`, as browsers name the user's preference. The shop writes in the [`Language`] that is
/// closest to it, so a tag of a language that the shop learns later is kept until then.
#[nutype(
    sanitize(with = canonical),
    validate(len_char_max = 35, predicate = is_tag),
    default = "en",
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Default, Serialize, Deserialize)
)]
pub struct Locale(String);

/// A language that the shop writes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::VariantArray, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Language {
    /// English.
    En,
    /// German.
    De,
}

impl Locale {
    /// Returns the language that the shop writes in: the tag's, or English (RFC 4647 §3.4, lookup).
    #[must_use]
    pub fn language(&self) -> Language {
        match self.as_ref().split_once('-').map_or(self.as_ref(), |(language, _)| language) {
            "de" => Language::De,
            _ => Language::En,
        }
    }
}

impl Language {
    /// Returns the language tag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        self.into()
    }
}

/// Returns the tag without its extensions, which concern calendars and the like, and with its parts in canonical case: `de-AT`. A text that is no tag is returned as it is, and refused.
fn canonical(text: String) -> String {
    match icu_locale_core::Locale::try_from_str(&text) {
        Ok(tag) => tag.id.to_string(),
        Err(_) => text,
    }
}

fn is_tag(text: &str) -> bool {
    LanguageIdentifier::try_from_str(text).is_ok_and(|tag| !tag.language.is_unknown())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(tag: &str) -> Language {
        Locale::try_new(tag).unwrap().language()
    }

    #[test]
    fn a_tag_is_read_in_the_closest_language_of_the_shop() {
        for (tag, expected) in [
            ("en", Language::En),
            ("en-GB", Language::En),
            ("de", Language::De),
            ("de-AT", Language::De),
            ("DE-latn-at", Language::De),
            ("fr-CA", Language::En),
            ("den", Language::En),
        ] {
            assert_eq!(language(tag), expected, "{tag}");
        }
        assert_eq!(Locale::default().language(), Language::En);
    }

    #[test]
    fn a_tag_is_written_in_canonical_case_and_anything_else_is_refused() {
        assert_eq!(Locale::try_new("DE-at").unwrap().as_ref(), "de-AT");
        assert_eq!(Locale::try_new("de-DE-u-hc-h23").unwrap().as_ref(), "de-DE");
        assert_eq!(Locale::try_new("zh-hant-tw").unwrap().as_ref(), "zh-Hant-TW");
        for bad in ["", "und", "d", "deutsch!", "de_AT", "de-", "de AT", "*", "x-klingon", "../de", "de\n"] {
            assert!(Locale::try_new(bad).is_err(), "{bad:?}");
        }
        let long = format!("de-{}", ["1994"; 9].join("-"));
        assert!(Locale::try_new(long).is_err());
    }
}
