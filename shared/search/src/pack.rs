//! The snapshot as it is stored: chunks of entries, compressed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use domain::words::sha256;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

use crate::entry::Entry;

/// No chunk is larger. DynamoDB takes items of 400 KB.
pub const CHUNK_LIMIT: usize = 350_000;

/// The entries of a chunk, before compression. Base 64 adds a third, so a chunk keeps to its limit even if nothing is compressed.
const UNPACKED_LIMIT: usize = 256_000;

/// A chunk never unpacks to more: a single entry has at most some 50 KB.
const INFLATED_LIMIT: usize = 4 * UNPACKED_LIMIT;

/// Fast, and only a tenth larger than the smallest.
const LEVEL: u8 = 6;

/// A snapshot, ready to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// The chunks.
    pub chunks: Vec<String>,
    /// The hash of all entries, by which an unchanged snapshot is recognised.
    pub digest: String,
}

/// Why a chunk was not written or read.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// An entry is not what it should be.
    #[error("an entry of the snapshot does not encode or decode")]
    Entry(#[from] serde_json::Error),
    /// The chunk is not what was packed.
    #[error("a chunk of the snapshot is damaged: {0}")]
    Damaged(String),
}

/// Packs entries into chunks of up to [`CHUNK_LIMIT`] bytes. The same entries in the same order give the same chunks.
///
/// # Errors
/// If an entry does not encode.
pub fn pack(entries: &[Entry]) -> Result<Packed, PackError> {
    let mut parts = vec![String::new()];
    let mut all = String::new();
    for entry in entries {
        let line = serde_json::to_string(entry)? + "\n";
        match parts.last_mut() {
            Some(part) if part.is_empty() || part.len() + line.len() <= UNPACKED_LIMIT => {
                part.push_str(&line)
            }
            _ => parts.push(line.clone()),
        }
        all.push_str(&line);
    }
    let parts = parts.iter().filter(|part| !part.is_empty());
    let chunks = parts.map(|part| STANDARD_NO_PAD.encode(compress_to_vec(part.as_bytes(), LEVEL))).collect();
    Ok(Packed { chunks, digest: sha256::hex(all) })
}

/// Returns the entries of a chunk.
///
/// # Errors
/// If it is damaged.
pub fn unpack(chunk: &str) -> Result<Vec<Entry>, PackError> {
    let packed = STANDARD_NO_PAD.decode(chunk).map_err(|error| PackError::Damaged(error.to_string()))?;
    let lines = decompress_to_vec_with_limit(&packed, INFLATED_LIMIT)
        .map_err(|error| PackError::Damaged(error.to_string()))?;
    let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    Ok(lines.map(serde_json::from_slice).collect::<Result<_, _>>()?)
}
