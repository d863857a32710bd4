//! Cells that a spreadsheet would evaluate.
//!
//! A spreadsheet takes a cell that begins with one of a few characters for a formula, which can send what is in the sheet elsewhere, or
//! run a program (<https://owasp.org/www-community/attacks/CSV_Injection>). An apostrophe before it makes the cell text. A cell that
//! has apostrophes itself gets one more, so that every value reads back as it was.

use std::borrow::Cow;

/// What formulas begin with, also in East Asian width.
const BEGINNINGS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

fn is_like_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(BEGINNINGS)
}

/// Returns the cell of a text, which no spreadsheet evaluates.
pub(super) fn guarded(text: &str) -> Cow<'_, str> {
    if is_like_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// Returns the text of a cell.
pub(super) fn unguarded(cell: &str) -> &str {
    if is_like_formula(cell) { cell.strip_prefix('\'').unwrap_or(cell) } else { cell }
}
