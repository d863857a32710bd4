//! Writes invoices and credit notes as pages, which print well: one template, and its words in each language.

use std::sync::OnceLock;

use domain::invoices::{Invoice, InvoiceKind, InvoiceLine};
use domain::words::locale::Language;
use domain::words::money::{Money, MoneyError, Ppm};
use minijinja::value::Serde;
use minijinja::{Environment, Error, Value};
use serde::Serialize;

const PAGE: &str = "invoice.html";

const ENGLISH: &[(&str, &str)] = &[
    (PAGE, include_str!("templates/invoice.html")),
    ("words.html", include_str!("templates/words.en.html")),
];

const GERMAN: &[(&str, &str)] = &[
    (PAGE, include_str!("templates/invoice.html")),
    ("words.html", include_str!("templates/words.de.html")),
];

/// What the template shows.
#[derive(Serialize)]
struct Sheet<'a> {
    language: &'a str,
    is_credit_note: bool,
    invoice: &'a Invoice,
    lines: Vec<SheetLine<'a>>,
    deductions: Vec<SheetLine<'a>>,
    net: Money,
    taxes: Vec<Taxed<'a>>,
}

#[derive(Serialize)]
struct SheetLine<'a> {
    #[serde(flatten)]
    line: &'a InvoiceLine,
    /// The amount, with the tax if prices contain it.
    price: Money,
    /// Whether it is a part of the price of its pieces.
    is_part: bool,
}

#[derive(Serialize)]
struct Taxed<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    jurisdiction: Option<&'a str>,
    rate: Ppm,
    net: Money,
    tax: Money,
    gross: Money,
}

/// Writes an invoice or credit note as a page.
///
/// # Errors
/// If a template does not parse, or uses a variable that is not set.
pub fn page(
    invoice: &Invoice,
    language: Language,
) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let sheet = Sheet::of(invoice, language)?;
    Ok(templates(language)?.get_template(PAGE)?.render(Value::from(Serde(&sheet)))?)
}

impl<'a> Sheet<'a> {
    fn of(invoice: &'a Invoice, language: Language) -> Result<Self, MoneyError> {
        let content = &invoice.content;
        let added = content.tax_added;
        let line = |line: &'a InvoiceLine| -> Result<SheetLine<'a>, MoneyError> {
            let price = if added { line.amount.minus(line.tax)? } else { line.amount };
            Ok(SheetLine { line, price, is_part: line.sku.is_some() && line.quantity.is_none() })
        };
        let taxes = content.tax_lines.iter().map(|taxed| -> Result<Taxed<'a>, MoneyError> {
            let (net, gross) = if added {
                (taxed.base, taxed.base.plus(taxed.tax)?)
            } else {
                (taxed.base.minus(taxed.tax)?, taxed.base)
            };
            let jurisdiction = taxed.jurisdiction.as_deref();
            Ok(Taxed { jurisdiction, rate: taxed.rate, net, tax: taxed.tax, gross })
        });
        Ok(Self {
            language: language.tag(),
            is_credit_note: content.kind == InvoiceKind::CreditNote,
            invoice,
            lines: content.lines.iter().map(line).collect::<Result<_, MoneyError>>()?,
            deductions: content.deductions.iter().map(line).collect::<Result<_, MoneyError>>()?,
            net: content.total.minus(content.tax)?,
            taxes: taxes.collect::<Result<_, MoneyError>>()?,
        })
    }
}

/// Returns the templates of a language, which are parsed when it is used first.
fn templates(language: Language) -> Result<&'static Environment<'static>, Error> {
    static IN_ENGLISH: OnceLock<Environment<'static>> = OnceLock::new();
    static IN_GERMAN: OnceLock<Environment<'static>> = OnceLock::new();
    let (parsed, sources) = match language {
        Language::En => (&IN_ENGLISH, ENGLISH),
        Language::De => (&IN_GERMAN, GERMAN),
    };
    if let Some(parsed) = parsed.get() {
        return Ok(parsed);
    }
    let templates = writing::templates(sources, language)?;
    Ok(parsed.get_or_init(|| templates))
}
