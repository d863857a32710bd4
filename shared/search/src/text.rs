//! Text as it is compared: words in lower case, without diacritics.

use std::collections::HashSet;

use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup};
use icu_properties::{CodePointMapData, CodePointSetData};
use nutype::nutype;

/// The words of a phrase that count. Those after them are ignored: each costs time, and none narrows a result by much.
pub const MAX_WORDS: usize = 8;

/// The letters of a word that count.
const MAX_LETTERS: usize = 40;

/// The longest phrase.
pub const MAX_PHRASE: usize = 200;

/// What a customer types, up to 200 characters. Without a word in it, it finds nothing; of spaces only, it counts as absent.
#[nutype(
    sanitize(trim),
    validate(len_char_max = MAX_PHRASE),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct Phrase(String);

/// The words of a phrase. The last one may be incomplete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words(pub(crate) Vec<String>);

impl Phrase {
    /// Returns its words; `None` if it is empty.
    #[must_use]
    pub fn words(&self) -> Option<Words> {
        let text = self.as_ref();
        (!text.is_empty()).then(|| Words(words(text).take(MAX_WORDS).collect()))
    }
}

/// Returns the words of a text: in lower case, decomposed (NFKD), without diacritics and invisible characters, in order.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> {
    let nfkd = DecomposingNormalizerBorrowed::new_nfkd();
    let categories = CodePointMapData::<GeneralCategory>::new();
    let invisible = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let is_letter = |letter: char| {
        !GeneralCategoryGroup::NonspacingMark.contains(categories.get(letter))
            && !GeneralCategoryGroup::EnclosingMark.contains(categories.get(letter))
            && !invisible.contains(letter)
    };
    let lower = text.chars().flat_map(char::to_lowercase);
    // A compatibility character may decompose into capitals: “℡” to “TEL”.
    let plain = nfkd.normalize_iter(lower).filter(|letter| is_letter(*letter)).flat_map(char::to_lowercase);
    let plain: String = plain.collect();
    let words: Vec<String> = plain
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(MAX_LETTERS).collect())
        .collect();
    words.into_iter()
}

/// Returns the first `most` different words of texts, separated by spaces.
pub(crate) fn vocabulary<'a>(texts: impl Iterator<Item = &'a str>, most: usize) -> String {
    let mut seen = HashSet::new();
    let all = texts.flat_map(words).filter(|word| seen.insert(word.clone()));
    all.take(most).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> String {
        words(text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn case_diacritics_and_compatibility_do_not_count() {
        assert_eq!(of("Café CRÈME – São Tomé"), "cafe creme sao tome");
        assert_eq!(of("ＣＡＦＥ ﬁne ℡ İstanbul"), "cafe fine tel istanbul");
        assert_eq!(of("soft\u{ad}hyphen zero\u{200b}width"), "softhyphen zerowidth");
        assert_eq!(of("MOKA-3, 250 g"), "moka 3 250 g");
    }

    #[test]
    fn operators_are_no_words_and_scripts_from_right_to_left_are() {
        assert_eq!(of("\"espresso\" AND -cup* (x OR y)"), "espresso and cup x or y");
        assert_eq!(of("* \" - ☕ 👩‍🍳"), "");
        assert_eq!(of("\u{202e}قَهْوَة\u{202c} קָפֶה"), "قهوة קפה");
    }

    #[test]
    fn a_phrase_has_a_limit() {
        assert!(Phrase::try_new("é".repeat(200)).is_ok());
        assert!(Phrase::try_new("x".repeat(201)).is_err());
        assert_eq!(Phrase::try_new(" \t ".to_owned()).unwrap().words(), None);
        assert_eq!(Phrase::try_new("☕".to_owned()).unwrap().words(), Some(Words(Vec::new())));
        let many = Phrase::try_new("a b c d e f g h i j".to_owned()).unwrap().words().unwrap();
        assert_eq!(many.0.len(), MAX_WORDS);
    }

    proptest! {
        #[test]
        fn words_are_their_own_words(text in any::<String>()) {
            let once = of(&text);
            prop_assert_eq!(of(&once), once);
        }
    }
}
