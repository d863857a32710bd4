//! Text that people enter: which characters a line may hold.

use icu_properties::CodePointSetData;
use icu_properties::props::{DefaultIgnorableCodePoint, JoinControl, VariationSelector};

/// The blank braille pattern: a symbol by its category, and white space to a reader.
const BRAILLE_BLANK: char = '\u{2800}';

/// Returns whether a text is one line that a reader sees as it is stored: no control characters, which could forge
/// headers or log lines, and no invisible ones, which could reverse the text after them or make it look empty.
pub(crate) fn is_one_line(text: &str) -> bool {
    // Unicode's line and paragraph separators are not control characters. XML forbids its last two 16-bit
    // noncharacters, so SQS rejects them in a message: an event with one of them could never be sent.
    let elsewhere = |letter| matches!(letter, '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}');
    let is_control = |letter: char| letter.is_control() || elsewhere(letter);
    !text.chars().any(is_control) && text.chars().any(is_visible) && !has_hidden(text)
}

/// Returns whether a text has an invisible character that its writing system does not need.
fn has_hidden(text: &str) -> bool {
    let before = [None].into_iter().chain(text.chars().map(Some));
    let after = text.chars().skip(1).map(Some).chain([None]);
    before.zip(text.chars()).zip(after).any(|((before, letter), after)| {
        let needed = if CodePointSetData::new::<JoinControl>().contains(letter) {
            // In a word of Persian or Hindi, or in an emoji, they change what is drawn. ASCII needs none.
            let near = || [before, after].into_iter();
            near().all(|near| near.is_some_and(is_visible)) && near().flatten().any(|near| !near.is_ascii())
        } else {
            CodePointSetData::new::<VariationSelector>().contains(letter) && before.is_some_and(is_visible)
        };
        is_hidden(letter) && !needed
    })
}

fn is_visible(letter: char) -> bool {
    !letter.is_whitespace() && letter != BRAILLE_BLANK && !is_hidden(letter)
}

/// Unicode's characters that are not drawn where they are not supported, such as zero-width spaces, fillers and marks
/// that set the direction of writing, and the annotation marks, which no other property covers.
fn is_hidden(letter: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(letter)
        || ('\u{fff9}'..='\u{fffb}').contains(&letter)
}

#[cfg(test)]
mod tests {
    use icu_properties::CodePointMapData;
    use icu_properties::props::{BidiControl, GeneralCategory, PrependedConcatenationMark, Script};
    use proptest::prelude::*;

    use super::*;
    use crate::words::goods::Title;
    use crate::words::person::{AddressLine, Name};

    fn accepted_by(text: &str) -> [bool; 3] {
        [Name::try_new(text).is_ok(), AddressLine::try_new(text).is_ok(), Title::try_new(text).is_ok()]
    }

    #[test]
    fn a_line_that_looks_empty_is_refused() {
        for bad in ["\u{200b}", "\u{3164}", "\u{2800}", "\u{2800}\u{2800} \u{2800}", "\u{ffa0}", "\u{fe0f}"] {
            assert_eq!(accepted_by(bad), [false; 3], "{bad:?}");
        }
    }

    #[test]
    fn a_line_with_an_invisible_or_reversing_character_is_refused() {
        let places = ["{}Ada", "Ada{}", "A{}da", "Ada {}live"];
        for hidden in [
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{200e}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2069}',
            '\u{3164}',
            '\u{feff}',
            '\u{fff9}',
            '\u{e0061}',
        ] {
            for place in places {
                let bad = place.replace("{}", &hidden.to_string());
                assert_eq!(accepted_by(&bad), [false; 3], "{bad:?}");
            }
        }
    }

    #[test]
    fn a_line_of_any_writing_system_is_accepted() {
        for good in [
            "Ada O'Neill-Łovelace, c/o Café",
            // Persian writes "I want" with a zero-width non-joiner, Hindi some letters with a joiner.
            "R\u{200c}شید",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "葛\u{e0100}城",
            "Tasse ☕\u{fe0f}",
            "👩\u{200d}💻",
            "שרה",
            "⠁⠙⠁",
        ] {
            assert_eq!(accepted_by(good), [true; 3], "{good:?}");
        }
    }

    #[test]
    fn no_mark_that_changes_the_direction_of_writing_is_accepted() {
        let marks = CodePointSetData::new::<BidiControl>();
        let marks: Vec<char> = ('\0'..=char::MAX).filter(|letter| marks.contains(*letter)).collect();
        assert!(marks.len() >= 12, "{marks:?}");
        for mark in marks {
            for near in ["a", "ש", "ع"] {
                let bad = format!("{near}{mark}{near}");
                assert_eq!(accepted_by(&bad), [false; 3], "{bad:?}");
            }
        }
    }

    /// Unicode's category of characters that format others.
    #[test]
    fn a_format_character_is_accepted_only_if_it_shows() {
        let format =
            |letter| CodePointMapData::<GeneralCategory>::new().get(letter) == GeneralCategory::Format;
        for letter in ('\0'..=char::MAX).filter(|letter| format(*letter)) {
            let joins = CodePointSetData::new::<JoinControl>().contains(letter);
            // The sign of an Arabic number has this category, and so has what arranges hieroglyphs.
            let shows = CodePointSetData::new::<PrependedConcatenationMark>().contains(letter)
                || CodePointMapData::<Script>::new().get(letter) == Script::EgyptianHieroglyphs;
            let is_accepted = accepted_by(&format!("ع{letter}ع"))[0];
            assert_eq!(is_accepted, joins || shows, "{letter:?}");
            assert_eq!(accepted_by(&format!("a{letter}a"))[0], shows, "{letter:?}");
        }
    }

    /// A letter of any script that there is.
    fn letter() -> impl Strategy<Value = char> {
        any::<char>().prop_filter("a letter", |letter| letter.is_alphabetic() && is_visible(*letter))
    }

    proptest! {
        #[test]
        fn a_name_of_letters_is_accepted_in_any_script_with_joiners_between_them(
            letters in proptest::collection::vec(letter(), 2..12),
            joiner in prop_oneof![Just("\u{200c}"), Just("\u{200d}"), Just(""), Just(" "), Just("-")],
        ) {
            let name = letters.iter().map(char::to_string).collect::<Vec<_>>().join(joiner);
            let joins_ascii = letters.windows(2).any(|pair| pair.iter().all(char::is_ascii));
            let is_hidden = joiner.starts_with(['\u{200c}', '\u{200d}']) && joins_ascii;
            prop_assert_eq!(accepted_by(&name), [!is_hidden; 3]);
        }

        #[test]
        fn an_accepted_line_shows_something(text in any::<String>()) {
            if let Ok(name) = Name::try_new(text) {
                prop_assert!(name.as_ref().chars().any(is_visible));
                let invisible = ['\u{202e}', '\u{200b}', '\u{feff}'];
                prop_assert!(!name.as_ref().contains(invisible));
            }
        }
    }
}
