//! What an app's codes are derived from, and recovery codes.
//!
//! No table holds either: an app's secret is derived from the link secret and the enrolment's id, and recovery codes are stored
//! as MACs with a key that is derived from the link secret, too. It is not the signing secret, which is replaced.

use aws_lc_rs::{hmac, rand};
use domain::users::second_factor::{Proof, RECOVERY_CODES, RecoveryMac, SecondFactor};
use domain::words::id::{EnrolmentId, UserId};
use domain::words::person::Email;
use edge::{Connect, Environment, InitError};
use jiff::Timestamp;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use totp_rs::{Builder, Totp, TotpError};

use crate::keys::secret::{KeyError, derived, secret};

/// The issuer that apps show.
const ISSUER: &str = "Bodega";

/// RFC 4226 §4: a secret of 160 bits, which is what every app takes.
const SECRET_BYTES: usize = 20;

/// Crockford's base 32: no letter looks like a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The characters of a recovery code, apart from the hyphen: 50 random bits.
const RECOVERY_CHARS: usize = 10;

/// Derives the secrets of users' apps. `Debug` does not show what from.
#[derive(Debug, Clone)]
pub struct TotpSecrets(SecretString);

impl Connect for TotpSecrets {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        Ok(Self(secret(environment, "LINK_SECRET_ARN").await?))
    }
}

impl From<SecretString> for TotpSecrets {
    fn from(secret: SecretString) -> Self {
        Self(secret)
    }
}

/// What a user enters into the app: by hand, or as a QR code.
pub(crate) struct Setup {
    /// The secret, in base 32.
    pub(crate) secret: SecretString,
    /// The secret with its parameters.
    pub(crate) otpauth_url: SecretString,
}

impl TotpSecrets {
    /// Returns what the user enters into the app.
    pub(crate) fn setup(
        &self,
        user: UserId,
        enrolment: EnrolmentId,
        email: &Email,
    ) -> Result<Setup, KeyError> {
        // A colon separates the issuer from the account.
        let account = Some(email.as_ref()).filter(|email| !email.contains(':'));
        let account = account.map_or_else(|| user.to_string(), str::to_owned);
        let builder = self.builder(user, enrolment)?.with_account_name(account);
        let app = builder.with_issuer(Some(ISSUER)).build()?;
        let (secret, otpauth_url) = (app.secret().to_base32().into(), app.to_url()?.into());
        Ok(Setup { secret, otpauth_url })
    }

    /// Returns the time step of which a code is, if it is of the current one, the one before or the one after (RFC 6238 §5.2):
    /// clocks differ, and users are slow.
    pub(crate) fn step(
        &self,
        factor: &SecondFactor,
        code: &SecretString,
        now: Timestamp,
    ) -> Result<Option<u64>, KeyError> {
        let app = self.builder(factor.user_id, factor.enrolment)?.build()?;
        Ok(step(&app, code.expose_secret(), now))
    }

    /// Returns what a code proves: one of six digits is the app's, any other a recovery code.
    pub(crate) fn proof(
        &self,
        factor: &SecondFactor,
        code: &SecretString,
        now: Timestamp,
    ) -> Result<Option<Proof>, KeyError> {
        let digits = Zeroizing::new(entered(code));
        if digits.len() == 6 {
            return Ok(self.step(factor, code, now)?.map(Proof::Step));
        }
        let mac = (digits.len() == RECOVERY_CHARS).then(|| self.recovery_mac(factor.user_id, &digits));
        Ok(mac.transpose()?.map(Proof::Recovery))
    }

    /// Returns new recovery codes, with the MACs to store.
    pub(crate) fn recovery_codes(
        &self,
        user: UserId,
    ) -> Result<(Vec<SecretString>, Vec<RecoveryMac>), KeyError> {
        (0..RECOVERY_CODES)
            .map(|_| {
                let code = random_code()?;
                let mac = self.recovery_mac(user, &code)?;
                let (start, end) = code.split_at(RECOVERY_CHARS / 2);
                Ok((format!("{start}-{end}").into(), mac))
            })
            .collect()
    }

    fn builder(&self, user: UserId, enrolment: EnrolmentId) -> Result<Builder, KeyError> {
        let purpose = format!("bodega totp v1\n{user}\n{enrolment}");
        let bytes = derived(&self.0, purpose.as_bytes())?;
        let (secret, _) = bytes.split_at(SECRET_BYTES);
        Ok(Builder::new().with_secret(secret.to_vec()))
    }

    fn recovery_mac(&self, user: UserId, code: &str) -> Result<RecoveryMac, KeyError> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &*derived(&self.0, b"bodega recovery codes v1")?);
        let mac = hmac::sign(&key, format!("recovery\n{user}\n{code}").as_bytes());
        Ok(RecoveryMac(mac.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()))
    }
}

impl From<TotpError> for KeyError {
    fn from(error: TotpError) -> Self {
        Self::Totp(error.to_string())
    }
}

fn step(app: &Totp, code: &str, now: Timestamp) -> Option<u64> {
    let now = u64::try_from(now.as_second()).ok()?;
    app.check(&entered(&code.into()), now)
}

/// Returns a code as it is compared: people separate groups as they like, and type what looks alike.
fn entered(code: &SecretString) -> String {
    let kept = code.expose_secret().chars().filter(|letter| !letter.is_whitespace() && *letter != '-');
    kept.take(RECOVERY_CHARS + 1)
        .map(|letter| match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

fn random_code() -> Result<String, KeyError> {
    let mut bytes = Zeroizing::new([0; RECOVERY_CHARS]);
    rand::fill(&mut *bytes)?;
    // 256 is a multiple of 32, so each character is equally likely.
    Ok(bytes
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(byte % 32)))
        .map(|byte| char::from(*byte))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> TotpSecrets {
        TotpSecrets("0123456789abcdef0123456789abcdef".to_owned().into())
    }

    fn factor() -> SecondFactor {
        SecondFactor {
            user_id: UserId::from_parts(0, 1),
            enrolment: EnrolmentId::from_parts(0, 1),
            enrolled_at: Timestamp::UNIX_EPOCH,
            confirmed_at: None,
            last_step: None,
            recovery: Vec::new(),
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// RFC 6238, appendix B: the last six of its eight digits.
    #[test]
    fn the_vectors_of_the_standard() {
        let app = Builder::new().with_secret(b"12345678901234567890".to_vec()).build().unwrap();
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(step(&app, code, at(second)), u64::try_from(second / 30).ok(), "{code}");
        }
    }

    #[test]
    fn a_code_is_accepted_one_step_early_or_late() {
        let app = Builder::new().with_secret(b"12345678901234567890".to_vec()).build().unwrap();
        // Shown from second 30 to 59.
        for (second, is_accepted) in
            [(0, true), (29, true), (60, true), (89, true), (90, false), (150, false)]
        {
            assert_eq!(step(&app, "287082", at(second)).is_some(), is_accepted, "{second}");
        }
        assert!(step(&app, "287 082", at(59)).is_some());
        for bad in ["", "28708", "2870822", "28708a", "٢٨٧٠٨٢", "+87082", "-287082 1"] {
            assert_eq!(step(&app, bad, at(59)), None, "{bad}");
        }
        assert_eq!(step(&app, "287082", at(-59)), None);
    }

    #[test]
    fn an_enrolment_has_the_same_secret_in_every_version() {
        // If this changes, no app of any user shows a right code.
        let email = Email::try_new("ada@example.com").unwrap();
        let setup = secrets().setup(factor().user_id, factor().enrolment, &email).unwrap();
        insta::assert_snapshot!(setup.otpauth_url.expose_secret(), @"otpauth://totp/Bodega:ada%40example.com?secret=LE54KUODXPPPR474PSEJBI6DOWIL33Q4&issuer=Bodega");
        assert!(setup.otpauth_url.expose_secret().contains(setup.secret.expose_secret()));
        let other = secrets().setup(factor().user_id, EnrolmentId::from_parts(0, 2), &email).unwrap();
        assert_ne!(other.secret.expose_secret(), setup.secret.expose_secret());
    }

    #[test]
    fn a_recovery_code_is_recognised_however_it_is_typed() {
        let (codes, macs) = secrets().recovery_codes(factor().user_id).unwrap();
        let different: std::collections::HashSet<&str> =
            codes.iter().map(|code| code.expose_secret()).collect();
        assert_eq!((different.len(), macs.len()), (10, 10));
        for (code, mac) in codes.iter().zip(&macs) {
            let text = code.expose_secret();
            assert_eq!((text.len(), text.find('-')), (11, Some(5)), "{text}");
            for typed in [
                text.to_owned(),
                text.to_lowercase(),
                text.replace('-', ""),
                text.replace('-', " "),
                text.replace('0', "o").replace('1', "l"),
            ] {
                let proof = secrets().proof(&factor(), &typed.clone().into(), at(0)).unwrap();
                assert_eq!(proof, Some(Proof::Recovery(mac.clone())), "{typed}");
            }
            let (other, _) = secrets().recovery_codes(UserId::from_parts(0, 1)).unwrap();
            let proof = secrets().proof(&factor(), &other[0], at(0)).unwrap();
            assert_ne!(proof, Some(Proof::Recovery(mac.clone())));
        }
        let someone = SecondFactor { user_id: UserId::from_parts(0, 2), ..factor() };
        let proof = secrets().proof(&someone, &codes[0], at(0)).unwrap();
        assert_ne!(proof, Some(Proof::Recovery(macs[0].clone())), "another user's");
    }

    #[test]
    fn anything_else_proves_nothing() {
        for bad in ["", "-", "ABCDE-FGHJ", "ABCDE-FGHJKM", &"9".repeat(10_000), "ÄÖÜ"] {
            assert_eq!(secrets().proof(&factor(), &bad.to_owned().into(), at(0)).unwrap(), None, "{bad:.20}");
        }
    }
}
