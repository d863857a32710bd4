//! Markdown tables with aligned columns, so that the source is readable.

/// Returns a table. Figures are right-aligned, everything else is left-aligned.
pub(crate) fn markdown(heads: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([heads[column].chars().count()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let of_figures = |column: usize| {
        let figure = |cell: &String| cell.chars().all(|c| c.is_ascii_digit() || " .–".contains(c));
        column > 0 && rows.iter().filter_map(|row| row.get(column)).all(figure)
    };
    let figures: Vec<bool> = (0..heads.len()).map(of_figures).collect();
    let line = |cells: Vec<&str>| {
        let cells = cells.iter().zip(&widths).zip(&figures).map(|((cell, width), figures)| match figures {
            false => format!(" {cell:<width$} "),
            true => format!(" {cell:>width$} "),
        });
        format!("|{}|\n", cells.collect::<Vec<_>>().join("|"))
    };
    let rule = widths.iter().zip(&figures).map(|(width, figures)| match figures {
        false => "-".repeat(width + 2),
        true => format!("{}:", "-".repeat(width + 1)),
    });
    let rule = format!("|{}|\n", rule.collect::<Vec<_>>().join("|"));
    let body: String = rows.iter().map(|row| line(row.iter().map(String::as_str).collect())).collect();
    line(heads.to_vec()) + &rule + &body
}

/// Groups digits by thousands: `1 234 567`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// Formats capacity units, with one decimal if they are not whole.
pub(super) fn units(units: f64) -> String {
    if units.fract().abs() < f64::EPSILON { format!("{units:.0}") } else { format!("{units:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_right_aligned_and_text_is_left_aligned() {
        let rows = [["a", "1", "x"], ["bcdef", "23", "2 yz"]].map(|row| row.map(str::to_owned).to_vec());
        let expected =
            "| name  |  n | of   |\n|-------|---:|------|\n| a     |  1 | x    |\n| bcdef | 23 | 2 yz |\n";
        assert_eq!(markdown(&["name", "n", "of"], &rows), expected);
    }

    #[test]
    fn numbers_are_grouped_and_units_have_at_most_one_decimal() {
        assert_eq!(
            [grouped(7), grouped(1234), grouped(123_456), grouped(1_234_567)],
            ["7", "1 234", "123 456", "1 234 567"]
        );
        assert_eq!([units(0.0), units(0.5), units(12.0)], ["0", "0.5", "12"]);
    }
}
