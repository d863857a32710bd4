//! SHA-256, as it is written in rows and keys.

use sha2::{Digest, Sha256};

/// Returns the SHA-256 of a text or of bytes, as 64 hexadecimal digits in lower case (FIPS 180-4).
#[must_use]
pub fn hex(bytes: impl AsRef<[u8]>) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_example_of_the_standard() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(super::hex("abc"), expected);
    }
}
