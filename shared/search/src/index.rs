//! Finds entries by their words.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::OnceLock;

use fst::automaton::{Automaton, Str};
use fst::{IntoStreamer, Map, MapBuilder, Streamer};
use levenshtein_automata::LevenshteinAutomatonBuilder;

use crate::entry::Entry;
use crate::found::{Card, Counts, Found};
use crate::position::Position;
use crate::ranking::Criteria;
use crate::text::{Words, words};

/// Where a word of an entry is, and how much it weighs there. A posting is the entry's number above a bit for each.
const WEIGHTS: [u32; 4] = [4, 3, 2, 1];
const TITLE: u32 = 1;
const SKU: u32 = 2;
const CATEGORY: u32 = 4;
const TEXT: u32 = 8;
const FIELD_BITS: u32 = 4;

/// How well a word matches, in halves: ×2, ×1 and ×½.
const EXACT: u32 = 4;
const PREFIX: u32 = 2;
const FUZZY: u32 = 1;

/// The letters from which one edit, and two, are forgiven.
const ONE_EDIT: usize = 4;
const TWO_EDITS: usize = 8;

/// A snapshot in memory.
#[derive(Debug, Default)]
pub struct Index {
    /// Newest first, so that the order of numbers is the order of equal results.
    entries: Vec<Entry>,
    /// Each word, with its number.
    dictionary: Map<Vec<u8>>,
    /// The postings of all words, one after the other.
    postings: Vec<u32>,
    /// Where the postings of a word begin, by its number, and where the last ones end.
    starts: Vec<u32>,
}

/// The snapshot is too large, or its words are not sorted.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The dictionary.
    #[error("the dictionary cannot be built")]
    Dictionary(#[from] fst::Error),
    /// More than a posting can hold.
    #[error("too many entries")]
    TooMany,
}

impl Index {
    /// Creates the index of entries.
    ///
    /// # Errors
    /// If there are too many.
    pub fn new(mut entries: Vec<Entry>) -> Result<Self, IndexError> {
        entries.sort_by_key(|entry| Reverse(entry.product_id));
        let mut by_word: HashMap<String, Vec<u32>> = HashMap::new();
        for (number, entry) in (0_u32..).zip(&mut entries) {
            if number >= 1 << (u32::BITS - FIELD_BITS) {
                return Err(IndexError::TooMany);
            }
            let mut add = |word: String, field: u32| {
                let postings = by_word.entry(word).or_default();
                match postings.last_mut() {
                    Some(last) if *last >> FIELD_BITS == number => *last |= field,
                    _ => postings.push(number << FIELD_BITS | field),
                }
            };
            words(entry.title.as_ref()).for_each(|word| add(word, TITLE));
            words(entry.category.as_ref()).for_each(|word| add(word, CATEGORY));
            for offer in &entry.offers {
                let parts: Vec<String> = words(offer.sku.as_ref()).collect();
                // `MOKA-3` is found as `moka3`, too.
                if parts.len() > 1 {
                    add(parts.concat(), SKU);
                }
                parts.into_iter().for_each(|word| add(word, SKU));
            }
            // It is not needed any more.
            let text = std::mem::take(&mut entry.text);
            text.split(' ').filter(|word| !word.is_empty()).for_each(|word| add(word.to_owned(), TEXT));
        }
        Self::of(entries, by_word)
    }

    fn of(entries: Vec<Entry>, by_word: HashMap<String, Vec<u32>>) -> Result<Self, IndexError> {
        let mut by_word: Vec<(String, Vec<u32>)> = by_word.into_iter().collect();
        by_word.sort_unstable();
        let mut dictionary = MapBuilder::memory();
        let (mut postings, mut starts) = (Vec::new(), vec![0]);
        for (number, (word, of_word)) in (0_u64..).zip(by_word) {
            dictionary.insert(word, number)?;
            postings.extend(of_word);
            starts.push(u32::try_from(postings.len()).map_err(|_| IndexError::TooMany)?);
        }
        postings.shrink_to_fit();
        Ok(Self { entries, dictionary: dictionary.into_map(), postings, starts })
    }

    /// Returns how many entries it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether it has no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Finds the entries that match all criteria.
    #[must_use]
    pub fn search(&self, wanted: &Criteria) -> Found {
        let scores = wanted.words.as_ref().map(|words| self.scores(words));
        let (mut counts, mut matches) = (Counts::default(), Vec::new());
        for (number, entry) in self.entries.iter().enumerate() {
            let score = scores.as_ref().map_or(1, |scores| scores[number]);
            if score == 0 {
                continue;
            }
            let is_in_category = wanted.is_in_category(entry);
            if is_in_category {
                entry
                    .offers
                    .iter()
                    .filter(|offer| wanted.has_stock(offer))
                    .for_each(|offer| counts.price(offer));
            }
            let Some(prices) = wanted.prices(entry) else { continue };
            counts.category(entry);
            if is_in_category {
                matches.push((wanted.rank(score, prices), number));
            }
        }
        let total = matches.len();
        matches.sort_unstable();
        if let Some(after) = &wanted.after {
            let place = |(rank, number): &(i64, usize)| (*rank, Reverse(self.entries[*number].product_id));
            matches.retain(|found| place(found) > (after.rank, Reverse(after.product_id)));
        }
        let has_more = matches.len() > wanted.limit;
        matches.truncate(wanted.limit);
        let last = matches.last().filter(|_| has_more);
        let next_cursor = last.map(|(rank, number)| {
            let product_id = self.entries[*number].product_id;
            Position { sort: wanted.sort, rank: *rank, product_id }.to_string()
        });
        let items = matches.iter().filter_map(|(_, number)| Card::of(&self.entries[*number])).collect();
        Found { items, facets: counts.facets(), total, next_cursor }
    }

    /// Returns the score of each entry: 0 unless it has all words. A word counts by its best match, in all fields that have it.
    fn scores(&self, words: &Words) -> Vec<u32> {
        let mut scores = vec![u32::from(!words.0.is_empty()); self.entries.len()];
        let mut best = vec![0; self.entries.len()];
        for (place, word) in words.0.iter().enumerate() {
            best.fill(0);
            self.rate(word, place + 1 == words.0.len(), &mut best);
            for (score, best) in scores.iter_mut().zip(&best) {
                *score = if *best == 0 || *score == 0 { 0 } else { *score + best };
            }
        }
        scores
    }

    /// Rates each entry by one word.
    fn rate(&self, word: &str, is_last: bool, best: &mut [u32]) {
        if let Some(number) = self.dictionary.get(word) {
            self.raise(number, EXACT, best);
        }
        if is_last {
            self.raise_all(Str::new(word).starts_with(), PREFIX, best);
        }
        let edits = match word.chars().count() {
            0..ONE_EDIT => return,
            ONE_EDIT..TWO_EDITS => &ONE,
            _ => &TWO,
        };
        let (builder, distance) = edits;
        let automaton =
            builder.get_or_init(|| LevenshteinAutomatonBuilder::new(*distance, false)).build_dfa(word);
        self.raise_all(&automaton, FUZZY, best);
    }

    fn raise_all(&self, automaton: impl Automaton, quality: u32, best: &mut [u32]) {
        let mut found = self.dictionary.search(automaton).into_stream();
        while let Some((_, number)) = found.next() {
            self.raise(number, quality, best);
        }
    }

    fn raise(&self, word: u64, quality: u32, best: &mut [u32]) {
        let place = usize::try_from(word).unwrap_or(usize::MAX);
        let bound = |place: usize| self.starts.get(place).map_or(0, |start| *start as usize);
        for posting in self.postings.get(bound(place)..bound(place.saturating_add(1))).unwrap_or_default() {
            let fields = WEIGHTS.iter().zip([TITLE, SKU, CATEGORY, TEXT]);
            let weight: u32 =
                fields.filter(|(_, field)| posting & field != 0).map(|(weight, _)| weight).sum();
            if let Some(best) = best.get_mut((posting >> FIELD_BITS) as usize) {
                *best = (*best).max(weight * quality);
            }
        }
    }
}

/// Tables for each distance, which take longer to make than to use.
static ONE: (OnceLock<LevenshteinAutomatonBuilder>, u8) = (OnceLock::new(), 1);
static TWO: (OnceLock<LevenshteinAutomatonBuilder>, u8) = (OnceLock::new(), 2);

#[cfg(test)]
mod tests;
