//! Search: finds the products of a snapshot of the catalogue, in memory.
//!
//! [`Entry`] is a product as the snapshot has it, [`pack`] writes the snapshot, [`Index`] finds in it. Pure, as `domain` is, and not
//! part of it, so that only the functions that search carry the libraries.

mod entry;
mod found;
mod index;
mod pack;
mod position;
mod ranking;
mod snapshot;
mod text;

pub use entry::Entry;
pub use found::{Card, CategoryCount, Facets, Found, PriceSpan};
pub use index::{Index, IndexError};
pub use pack::{CHUNK_LIMIT, PackError, Packed, pack, unpack};
pub use position::{BadPosition, Position};
pub use ranking::{Criteria, Sort};
pub use snapshot::{Changes, KEPT, REWRITTEN_AFTER, SETTLING, STALE_AFTER, Snapshot};
pub use text::{MAX_PHRASE, MAX_WORDS, Phrase, Words};
