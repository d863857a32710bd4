//! Products as a file, which can be imported again.

use domain::catalogue::{Field, Product, Variant};

use crate::imports::file::formula::guarded;
use crate::imports::file::json_lines::{Line, LineVariant};

/// Returns the rows of products: one for each variant that is for sale. Of a product's own cells, only its first row has the text: the
/// others mean the same. With a header at the beginning of a file.
///
/// # Errors
/// If a row cannot be written.
pub fn csv_lines(
    products: &[Product],
    is_start: bool,
) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    if is_start {
        writer.write_record(Field::all().iter().map(|field| field.name()))?;
    }
    for product in products {
        for (number, variant) in for_sale(product).enumerate() {
            writer
                .write_record(Field::all().iter().map(|field| cell(*field, product, variant, number == 0)))?;
        }
    }
    Ok(String::from_utf8(writer.into_inner().map_err(|error| error.into_error())?)?)
}

fn cell(field: Field, product: &Product, variant: &Variant, is_first: bool) -> String {
    let once = |text: String| if is_first { text } else { String::new() };
    match field {
        Field::Slug => product.slug.to_string(),
        Field::Title => once(guarded(product.title.as_ref()).into_owned()),
        Field::Description => once(guarded(product.description.as_ref()).into_owned()),
        Field::Category => once(product.category.to_string()),
        Field::Status => once(status(product)),
        Field::Sku => variant.sku.to_string(),
        Field::VariantTitle => guarded(variant.title.as_ref()).into_owned(),
        Field::Price => variant.price.decimal(),
        Field::Currency => variant.price.currency().code().to_owned(),
        Field::TaxRate => variant.tax_rate.basis_points().to_string(),
        // What is exported changes no stock.
        Field::StockDelta => String::new(),
    }
}

fn status(product: &Product) -> String {
    let status = serde_json::to_value(product.status).ok();
    status.and_then(|status| status.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Returns products as JSON lines.
///
/// # Errors
/// If a line cannot be written.
pub fn json_lines(products: &[Product]) -> Result<String, serde_json::Error> {
    let mut text = String::new();
    for product in products {
        let of_line = |variant: &Variant| {
            let Variant { sku, title, price, tax_rate, .. } = variant.clone();
            LineVariant { sku, title, price, tax_rate: Some(tax_rate), stock_delta: None }
        };
        let variants: Vec<LineVariant> = for_sale(product).map(of_line).collect();
        if variants.is_empty() {
            continue;
        }
        let Product { slug, title, description, category, status, .. } = product.clone();
        let line = Line { slug, title, description, category, status: Some(status), variants };
        text.push_str(&serde_json::to_string(&line)?);
        text.push('\n');
    }
    Ok(text)
}

fn for_sale(product: &Product) -> impl Iterator<Item = &Variant> {
    product.variants.iter().filter(|variant| !variant.retired)
}
