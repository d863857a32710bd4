//! SHA-256, as it is written in rows and keys.

use sha2::{Digest, Sha256};

/// Returns the SHA-256 of a text or of bytes, as 64 hexadecimal digits in lower case (FIPS 180-4).
#[must_use]
pub fn hex(bytes: impl AsRef<[u8]>) -> String {
    digits(&Sha256::digest(bytes))
}

/// The SHA-256 of bytes that come in pieces.
#[derive(Debug, Clone, Default)]
pub struct Hasher(Sha256);

impl Hasher {
    /// Adds the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Returns the SHA-256 of all bytes, as [`hex`] does.
    #[must_use]
    pub fn hex(self) -> String {
        digits(&self.0.finalize())
    }
}

fn digits(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn pieces_have_the_hash_of_the_whole() {
        let mut hasher = super::Hasher::default();
        for piece in ["a", "", "bc"] {
            hasher.update(piece.as_bytes());
        }
        assert_eq!(hasher.hex(), super::hex("abc"));
    }

    #[test]
    fn the_example_of_the_standard() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(super::hex("abc"), expected);
    }
}
