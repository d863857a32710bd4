//! `PUT /admin/catalogue/products/{product_id}/variants/{sku}`: staff add a variant to a product, or change or retire it.

use domain::catalogue::{Product, ProductField, ProductRefusal, VariantEdit, VariantPut, known_content};
use domain::words::goods::{Content, Goods, Title};
use domain::words::id::ProductId;
use domain::words::money::{Money, TaxRate};
use edge::{Call, Problem, Reply, Staff};
use serde::Deserialize;
use store::{Change, Decision, Stored};

use crate::catalogue::changes::Revision;
use crate::catalogue::rows::{ProductRow, product_key};
use crate::stock::rows::{StockRow, listed};
use crate::store::Products;

/// What the variant is to be.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PutVariant {
    /// Distinguishes it from the product's other variants: `Blue, 250 ml`.
    pub title: Title,
    /// The price of one piece, tax included. Needed for a new variant; that of an existing one stays, and may be left out.
    pub price: Option<Money>,
    /// The tax that the price contains.
    #[serde(default)]
    pub tax_rate: TaxRate,
    /// What tax, carriers and the law of withdrawal ask about one piece; ordinary goods by default.
    #[serde(default)]
    pub goods: Goods,
    /// What one piece contains, if it is sold by weight, volume or length.
    #[serde(default, deserialize_with = "known_content")]
    pub content: Option<Content>,
    /// Whether it is no longer for sale, and not shown to customers.
    #[serde(default)]
    pub retired: bool,
}

/// Adds a variant without stock, or changes the one with this SKU, and with it what its stock repeats. Variants are never removed,
/// since orders refer to them.
///
/// # Errors
/// 404 for an unknown product; 409 if the SKU is another product's, or the price of an existing variant another; 412 if someone
/// has changed the product since it was read; 422 if a new variant has no price, one that cannot be charged or one of another
/// currency, if there are 50 already, or if the titles are too long together; 428 without `If-Match`.
pub async fn put_variant(
    products: Products,
    call: Call<PutVariant, Staff>,
) -> Result<Reply<Product>, Problem> {
    let product_id: ProductId = call.path("product_id")?;
    let PutVariant { title, price, tax_rate, goods, content, retired } = call.body.clone();
    let edit = VariantEdit { sku: call.path("sku")?, title, price, tax_rate, goods, content, retired };
    let revision = Revision::of(&call, product_id);
    let put = async |found: Option<Stored<Product>>| {
        let found = found.ok_or(ProductRefusal::NotFound)?;
        call.must_match(found.version)?;
        let to = |product| revision.to(&call, "put-variant", product, vec![ProductField::Variants]);
        Ok::<_, Problem>(match found.value.put_variant(edit.clone())? {
            None => Decision::new(None, false),
            Some(VariantPut::Changed(product, listing)) => {
                let change = listed(&listing).into_iter().fold(to(product), Change::update);
                Decision::new(Some(change), false)
            }
            Some(VariantPut::Added(product, stock)) => {
                let taken = ProductRefusal::SkuTaken(edit.sku.clone());
                Decision::new(Some(to(product).insert_or::<StockRow>(&stock, taken.into())), true)
            }
        })
    };
    let done = products.table.at::<ProductRow>(product_key(product_id)).change(&call, put).await?;
    let product = done.row.ok_or(ProductRefusal::NotFound)?;
    let reply = if done.answer { Reply::created_unseen(product.value) } else { Reply::ok(product.value) };
    Ok(reply.etag(product.version))
}
