//! Passwords: validation, hashing and verification.
//!
//! Rules follow NIST SP 800-63B §5.1.1.2: a length, a list of common passwords, and no composition rules. A password is what
//! its user typed, not the bytes that a keyboard makes of it: `é` is one code point on one device and two on another, and
//! letters may have full width. So all of it is done to the normalised form NFKC (Unicode Standard Annex 15).
//! Hashing follows OWASP's Password Storage Cheat Sheet: Argon2id, 19 MiB, two passes, one lane.

use std::collections::BTreeSet;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, PasswordHash as Phc, Version};
use domain::users::UserRefusal;
use domain::words::person::{Email, Name};
use icu_normalizer::ComposingNormalizerBorrowed;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::keys::secret::{KeyError, derived, to_row};

pub(crate) const MIN_CHARS: usize = 8;
pub(crate) const MAX_CHARS: usize = 128;

/// The most common passwords of at least 8 characters, in lower case, sorted bytewise.
/// From Django, which has it from Royce Williams; see `NOTICE.md`.
const COMMON: &str = include_str!("common-passwords.txt");

/// The shop's name.
const SHOP: &str = "bodega";

/// The number of digits and signs that do not make a personal word a good password: a year, and something around it.
pub(crate) const MOST_OTHERS: usize = 6;

/// OWASP's parameters: KiB, passes, lanes.
const PARAMETERS: (u32, u32, u32) = (19 * 1024, 2, 1);

/// A hash of no known password, with the parameters of all other hashes. A sign-in with an unknown address is verified
/// against it, so that it takes as long as one with a known address.
const DUMMY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$IBUH8qBndE3dwZujRSpA2Q$hiT8k2K+X2QsAznewkPb8xEPi4Z9ITpwBaG6EtEIQcw";

/// A password that a user may choose. `Debug` does not show it.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "SecretString")]
pub struct NewPassword(SecretString);

/// Why a password is rejected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefusal {
    /// Too short or too long.
    #[error("a password must be {MIN_CHARS} to {MAX_CHARS} characters long")]
    Length,
    /// Too common.
    #[error("this password is too common; choose another")]
    Common,
}

impl TryFrom<SecretString> for NewPassword {
    type Error = PasswordRefusal;

    fn try_from(password: SecretString) -> Result<Self, PasswordRefusal> {
        let password = normalised(&password);
        let text = password.expose_secret();
        if !(MIN_CHARS..=MAX_CHARS).contains(&text.chars().count()) {
            return Err(PasswordRefusal::Length);
        }
        if is_common(text) {
            return Err(PasswordRefusal::Common);
        }
        Ok(Self(password))
    }
}

impl NewPassword {
    /// Refuses a password that its user's name or address, or the shop's name, gives away (NIST SP 800-63B §5.1.1.2:
    /// context-specific words, and derivatives of them).
    ///
    /// # Errors
    /// If it is the address, or such words and at most six other characters.
    pub fn suits(&self, email: &Email, name: Option<&Name>) -> Result<(), UserRefusal> {
        if is_address(&self.0, email) {
            return Err(UserRefusal::PasswordIsEmail);
        }
        let password = self.0.expose_secret();
        let (local, host) = email.as_ref().split_once('@').unwrap_or_default();
        let known = [SHOP, local, host, name.map_or("", Name::as_ref)];
        let words: BTreeSet<String> = known.iter().flat_map(|text| words_of(text)).collect();
        let letters: String = password.chars().filter(|letter| letter.is_alphabetic()).collect();
        let others = password.chars().count() - letters.chars().count();
        let is_personal =
            !letters.is_empty() && others <= MOST_OTHERS && consists_of(&letters.to_lowercase(), &words);
        if is_personal { Err(UserRefusal::PasswordIsPersonal) } else { Ok(()) }
    }
}

/// Returns whether a password is an e-mail address.
#[must_use]
pub fn is_address(password: &SecretString, email: &Email) -> bool {
    normalised(password).expose_secret().trim().eq_ignore_ascii_case(email.as_ref())
}

/// Returns the words of a text, in the form in which passwords are compared.
fn words_of(text: &str) -> Vec<String> {
    let text = ComposingNormalizerBorrowed::new_nfkc().normalize(text).to_lowercase();
    let words = text.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// Returns whether a text is a sequence of these words.
fn consists_of(text: &str, words: &BTreeSet<String>) -> bool {
    let mut ends = BTreeSet::from([0]);
    while let Some(end) = ends.pop_first() {
        if end == text.len() {
            return true;
        }
        let following = words.iter().filter(|word| text[end..].starts_with(word.as_str()));
        ends.extend(following.map(|word| end + word.len()));
    }
    false
}

fn normalised(password: &SecretString) -> SecretString {
    ComposingNormalizerBorrowed::new_nfkc().normalize(password.expose_secret()).into_owned().into()
}

fn is_common(password: &str) -> bool {
    let common: Vec<&str> = COMMON.lines().collect();
    common.binary_search(&password.to_lowercase().as_str()).is_ok()
}

/// A password's hash as a PHC string, which includes its parameters and salt. `Debug` does not show it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PasswordHash(#[serde(serialize_with = "to_row")] SecretString);

impl From<SecretString> for PasswordHash {
    fn from(phc: SecretString) -> Self {
        Self(phc)
    }
}

/// Hashing failed, or a stored hash is invalid.
#[derive(Debug, thiserror::Error)]
#[error("password hashing failed: {0}")]
pub struct HashError(argon2::password_hash::Error);

impl PasswordHash {
    /// Hashes a password with a new salt.
    ///
    /// # Errors
    /// If the system has no randomness or memory left.
    pub fn of(password: &NewPassword) -> Result<Self, HashError> {
        let hash = argon2()?.hash_password(password.0.expose_secret().as_bytes()).map_err(HashError)?;
        Ok(Self(hash.to_string().into()))
    }

    /// Hashes the password that it is of once more, with today's parameters; `None` if it has them.
    ///
    /// # Errors
    /// If the hash is not an Argon2 PHC string, or the system has no randomness or memory left.
    pub fn renewed(&self, password: &SecretString) -> Result<Option<Self>, HashError> {
        if has_todays_parameters(self.0.expose_secret())? {
            return Ok(None);
        }
        Self::of(&NewPassword(normalised(password))).map(Some)
    }

    /// Derives the key for one purpose from the hash, which nobody outside of the shop can know.
    ///
    /// # Errors
    /// If it is too short for one.
    pub(crate) fn derived(&self, purpose: &[u8]) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        derived(&self.0, purpose)
    }

    /// Returns a hash that matches no known password.
    #[must_use]
    pub fn dummy() -> Self {
        Self(DUMMY.into())
    }

    /// Returns whether the hash is of this password.
    ///
    /// # Errors
    /// If the hash is not an Argon2 PHC string.
    pub fn matches(&self, password: &SecretString) -> Result<bool, HashError> {
        use argon2::password_hash::Error::PasswordInvalid;
        let password = normalised(password);
        match argon2()?.verify_password(password.expose_secret().as_bytes(), self.0.expose_secret()) {
            Ok(()) => Ok(true),
            Err(PasswordInvalid) => Ok(false),
            Err(error) => Err(HashError(error)),
        }
    }
}

fn has_todays_parameters(phc: &str) -> Result<bool, HashError> {
    let hash = Phc::new(phc).map_err(|error| HashError(error.into()))?;
    let params = Params::try_from(&hash).map_err(HashError)?;
    let (memory, passes, lanes) = PARAMETERS;
    Ok(hash.algorithm == Algorithm::Argon2id.ident()
        && hash.version == Some(Version::V0x13.into())
        && (params.m_cost(), params.t_cost(), params.p_cost()) == (memory, passes, lanes))
}

fn argon2() -> Result<Argon2<'static>, HashError> {
    let (memory, passes, lanes) = PARAMETERS;
    let params = Params::new(memory, passes, lanes, None).map_err(|error| HashError(error.into()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> Option<PasswordRefusal> {
        NewPassword::try_from(SecretString::from(text)).err()
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(refusal("kü5#p2ß"), Some(PasswordRefusal::Length), "7 characters, 9 bytes");
        assert_eq!(refusal("kü5#p2ßx"), None);
        assert_eq!(refusal(&"é".repeat(128)), None);
        assert_eq!(refusal(&"é".repeat(129)), Some(PasswordRefusal::Length));
    }

    #[test]
    fn a_common_password_in_any_case_is_refused() {
        let lines: Vec<&str> = COMMON.lines().collect();
        for password in
            [lines[0], lines[lines.len() / 2], lines[lines.len() - 1], "password", "PassWord", "ILOVEYOU1"]
        {
            assert_eq!(refusal(password), Some(PasswordRefusal::Common), "{password}");
        }
        assert_eq!(refusal("correct horse battery staple"), None);
        assert_eq!(refusal("        "), None, "no composition rules");
    }

    #[test]
    fn a_password_made_of_what_everybody_knows_of_its_user_is_refused() {
        let (email, name) = ("ada.lovelace@engine.example", "Ada Lovelace-B\u{e9}zier");
        let (email, name) = (Email::try_new(email).unwrap(), Name::try_new(name).unwrap());
        let suits = |text: &str| {
            let password = NewPassword::try_from(SecretString::from(text)).unwrap();
            password
                .suits(&email, Some(&name))
                .map_err(|refusal| edge::Problem::from(refusal).code().to_owned())
        };
        assert_eq!(suits(" ADA.lovelace@engine.example "), Err("password_is_email".to_owned()));
        for personal in [
            "Lovelace",
            "adalovelace",
            "LovelaceAda1815!",
            "ada.lovelace",
            "Ada Lovelace-Be\u{301}zier",
            "B\u{e9}zier 2026!",
            "Bodega2026",
            "bodegabodega",
            "engine-engine",
            "ada@engine",
            "1234lovelace12",
        ] {
            assert_eq!(suits(personal), Err("password_is_personal".to_owned()), "{personal}");
        }
        for good in [
            "ada likes trains",
            "lovelace 1234567",
            "the bodega corner",
            "adalovelac",
            "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}",
            "8401 7726 3310",
        ] {
            assert_eq!(suits(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn a_password_of_many_words_is_compared_in_no_time() {
        let words: BTreeSet<String> = ["a", "aa", "aaa", "aaaa"].map(str::to_owned).into();
        assert!(consists_of(&"a".repeat(128), &words));
        assert!(!consists_of(&format!("{}b", "a".repeat(127)), &words));
    }

    #[test]
    fn the_list_of_common_passwords_is_sorted() {
        assert!(COMMON.lines().is_sorted());
        for line in COMMON.lines() {
            assert!(line.chars().count() >= MIN_CHARS && line.to_lowercase() == line, "{line}");
        }
    }

    #[test]
    fn a_hash_matches_its_password_only_and_has_its_own_salt() {
        let password = NewPassword::try_from(SecretString::from("correct horse battery")).unwrap();
        let (hash, again) = (PasswordHash::of(&password).unwrap(), PasswordHash::of(&password).unwrap());
        assert_ne!(hash.0.expose_secret(), again.0.expose_secret());
        assert!(hash.matches(&"correct horse battery".into()).unwrap());
        assert!(!hash.matches(&"Correct horse battery".into()).unwrap());
        assert!(!PasswordHash::dummy().matches(&"".into()).unwrap());
        assert!(PasswordHash::from(SecretString::from("not a hash")).matches(&"".into()).is_err());
    }

    /// The hash of `correct horse battery` with parameters that are too low.
    const OLD: &str =
        "$argon2id$v=19$m=8,t=1,p=1$YW4gb2xkIHNhbHQgb2YxNg$5ACp95bb10d/voPrM6+KSq6Z1/kk0eH+IEgyYnjRb/M";

    #[test]
    fn a_hash_is_renewed_when_it_has_other_parameters_than_todays() {
        let password = SecretString::from("correct horse battery");
        let old = PasswordHash::from(SecretString::from(OLD));
        assert!(old.matches(&password).unwrap());
        let renewed = old.renewed(&password).unwrap().unwrap();
        assert!(renewed.matches(&password).unwrap() && renewed.renewed(&password).unwrap().is_none());
        assert!(PasswordHash::dummy().renewed(&password).unwrap().is_none());
        for other in
            [OLD.replace("argon2id", "argon2i"), OLD.replace("v=19", "v=16"), OLD.replace("m=8", "m=19456")]
        {
            let other = PasswordHash::from(SecretString::from(other));
            assert!(other.renewed(&password).unwrap().is_some());
        }
        assert!(PasswordHash::from(SecretString::from("not a hash")).renewed(&password).is_err());
    }

    #[test]
    fn a_password_means_what_its_user_typed_on_every_keyboard() {
        for (chosen, typed) in [
            ("caf\u{e9} au lait", "cafe\u{301} au lait"),
            ("cafe\u{301} au lait", "caf\u{e9} au lait"),
            ("full width", "\u{ff46}\u{ff55}\u{ff4c}\u{ff4c} width"),
            ("no-break space", "no-break\u{a0}space"),
            ("\u{1100}\u{1161} is a syllable", "\u{ac00} is a syllable"),
        ] {
            let hash = PasswordHash::of(&NewPassword::try_from(SecretString::from(chosen)).unwrap()).unwrap();
            assert!(hash.matches(&typed.into()).unwrap(), "{chosen:?} {typed:?}");
            assert!(hash.matches(&chosen.into()).unwrap(), "{chosen:?}");
            assert!(!hash.matches(&typed.to_uppercase().into()).unwrap(), "case counts: {typed:?}");
        }
        assert_eq!(
            refusal("\u{ff50}\u{ff41}\u{ff53}\u{ff53}\u{ff57}\u{ff4f}\u{ff52}\u{ff44}"),
            Some(PasswordRefusal::Common)
        );
        assert_eq!(
            refusal("e\u{301}e\u{301}e\u{301}e\u{301}"),
            Some(PasswordRefusal::Length),
            "4 characters"
        );
    }

    #[test]
    fn the_dummy_has_the_parameters_of_every_other_hash() {
        let password = NewPassword::try_from(SecretString::from("correct horse battery")).unwrap();
        let hash = PasswordHash::of(&password).unwrap();
        // `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`: only the contents of salt and hash differ.
        let shape = |phc: &str| -> Vec<String> {
            let parts: Vec<&str> = phc.split('$').collect();
            let lengths = parts[4..].iter().map(|part| part.len().to_string());
            parts[..4].iter().map(|part| (*part).to_owned()).chain(lengths).collect()
        };
        let expected = shape(hash.0.expose_secret());
        assert_eq!(shape(DUMMY), expected);
        assert_eq!(expected[..4], ["", "argon2id", "v=19", "m=19456,t=2,p=1"]);
    }

    #[test]
    fn debug_shows_no_password_and_no_hash() {
        let password = NewPassword::try_from(SecretString::from("correct horse battery")).unwrap();
        let hash = PasswordHash::of(&password).unwrap();
        let shown = format!("{password:?} {hash:?}");
        assert!(!shown.contains("horse") && !shown.contains("argon2"), "{shown}");
    }
}
