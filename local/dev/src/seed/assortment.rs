//! The assortment of `cargo dev`: about forty more products, the tree of categories, and pictures of everything, from the folder
//! `local/dev/assortment`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt, TryStreamExt};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::SeedError;
use super::drawing::{Picture, Studio};
use super::goods::Goods;
use super::shop::{Keeper, Shop, text, upload};

/// The width and height of the pictures, in pixels.
const SIDE: u32 = 1_440;

/// How many products are put into the shop at a time. Drawing and resizing pictures takes a processor each.
const AT_ONCE: usize = 2;

/// How long the shop may take to check a picture, and how often it is asked. `cargo lambda watch` compiles a function at its first
/// invocation.
const CHECK_TIMEOUT: Duration = Duration::from_secs(120);
const CHECK_INTERVAL: Duration = Duration::from_millis(100);

/// The assortment.
#[derive(Debug)]
pub struct Assortment {
    categories: Vec<Category>,
    goods: Vec<Goods>,
    pictures: BTreeMap<String, Vec<Picture>>,
    studio: Arc<Studio>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Category {
    slug: String,
    title: String,
    #[serde(default)]
    parent: Option<String>,
    position: u16,
}

impl Assortment {
    /// Reads the assortment of the repository in `root`.
    ///
    /// # Errors
    /// If a file is missing or invalid.
    pub fn read(root: &Path) -> Result<Self, SeedError> {
        let folder = root.join("local/dev/assortment");
        Ok(Self {
            categories: parse(&folder.join("categories.json"))?,
            goods: parse(&folder.join("products.json"))?,
            pictures: parse(&folder.join("pictures.json"))?,
            studio: Arc::new(Studio::open(folder)?),
        })
    }

    /// Leaves out all products but those with these slugs.
    #[must_use]
    pub fn only(mut self, slugs: &[&str]) -> Self {
        self.goods.retain(|goods| slugs.contains(&goods.slug.as_str()));
        self.pictures.retain(|slug, _| slugs.contains(&slug.as_str()));
        self
    }

    /// Draws each picture with this width and height. Returns the files by the product's slug.
    ///
    /// # Errors
    /// If one cannot be drawn.
    pub fn draw(&self, side: u32) -> Result<Vec<(&str, Vec<u8>)>, SeedError> {
        let pictures = self
            .pictures
            .iter()
            .flat_map(|(slug, pictures)| pictures.iter().map(move |picture| (slug, picture)));
        pictures.map(|(slug, picture)| Ok((slug.as_str(), self.studio.draw(picture, side)?))).collect()
    }

    /// Returns the slugs of all products in the order in which they are put into the shop: those that are there already, which only
    /// lack pictures, and then the others.
    #[must_use]
    pub fn slugs(&self) -> Vec<&str> {
        let new: Vec<&str> = self.goods.iter().map(|goods| goods.slug.as_str()).collect();
        let there = self.pictures.keys().map(String::as_str).filter(|slug| !new.contains(slug));
        there.chain(new.iter().copied()).collect()
    }

    async fn put(&self, keeper: &Keeper, slug: &str) -> Result<(), SeedError> {
        let id = match self.goods.iter().find(|goods| goods.slug == slug) {
            Some(goods) => goods.offer(keeper).await?,
            None => keeper.id_of(slug).await?.ok_or_else(|| SeedError::Taken(slug.to_owned()))?,
        };
        let pictures = self.pictures.get(slug).map(Vec::as_slice).unwrap_or_default();
        let there = images(&keeper.product(&id).await?);
        // In their order: the first one is shown in lists.
        for (number, picture) in pictures.iter().enumerate().skip(there) {
            self.show(keeper, (slug, &id), picture, number).await?;
        }
        Ok(())
    }

    /// Gives a product its next picture, and waits until it has it.
    async fn show(
        &self,
        keeper: &Keeper,
        (slug, id): (&str, &str),
        picture: &Picture,
        number: usize,
    ) -> Result<(), SeedError> {
        let (studio, drawn) = (Arc::clone(&self.studio), picture.clone());
        let file = tokio::task::spawn_blocking(move || studio.draw(&drawn, SIDE)).await;
        let file = file.map_err(|error| SeedError::Drawing(picture.scene.clone(), error.into()))??;
        let sha256: String = Sha256::digest(&file).iter().map(|byte| format!("{byte:02x}")).collect();
        let key = format!("picture-{slug}-{}", &sha256[..16]);
        let announcement = json!({
            "content_type": "image/jpeg", "bytes": file.len(), "sha256": sha256, "alt": picture.alt,
        });
        let path = format!("/admin/catalogue/products/{id}/images");
        let announced = keeper.post(&path, &key, &announcement).await?;
        if !announced["upload"].is_null() {
            upload(&keeper.shop.client, &announced["upload"], file).await?;
        }
        let (image, began) = (text(&announced, "image_id"), Instant::now());
        loop {
            let kept = keeper.product(id).await?;
            if images(&kept) > number {
                return Ok(());
            }
            let mut uploads = kept["uploads"].as_array().into_iter().flatten();
            let why =
                uploads.find(|upload| upload["image_id"] == *image).and_then(|upload| upload["why"].as_str());
            if why.is_some() || began.elapsed() > CHECK_TIMEOUT {
                let why = why.unwrap_or("the shop has not looked at it yet").to_owned();
                return Err(SeedError::Picture { slug: slug.to_owned(), why });
            }
            tokio::time::sleep(CHECK_INTERVAL).await;
        }
    }
}

fn images(kept: &Value) -> usize {
    kept["product"]["images"].as_array().map_or(0, Vec::len)
}

/// Puts the assortment into the shop with this front door, which has its accounts and its first products. Continues if an earlier run
/// was interrupted. Returns whether there was anything to do.
///
/// # Errors
/// A request fails or is rejected, or a picture cannot be drawn.
pub async fn furnish(url: &str, assortment: &Assortment) -> Result<bool, SeedError> {
    let shop = Shop::at(url);
    let slugs = assortment.slugs();
    // The last product is put last, and its picture is the last step.
    let Some((last, others)) = slugs.split_last() else { return Ok(false) };
    match shop.get(&format!("/products/{last}")).await {
        Ok(shown) if shown["images"].is_array() => return Ok(false),
        Ok(_) | Err(SeedError::Refused { status: 404, .. }) => {}
        Err(error) => return Err(error),
    }
    let keeper = Keeper::of(shop).await?;
    for Category { slug, title, parent, position } in &assortment.categories {
        let mut category = json!({ "title": title, "position": position });
        if let Some(parent) = parent {
            category["parent"] = parent.as_str().into();
        }
        keeper.put(&format!("/admin/catalogue/categories/{slug}"), &category).await?;
    }
    let put = stream::iter(others).map(|slug| assortment.put(&keeper, slug));
    put.buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    assortment.put(&keeper, last).await?;
    Ok(true)
}

fn parse<T: DeserializeOwned>(path: &Path) -> Result<T, SeedError> {
    Ok(serde_json::from_str(&read(path)?)?)
}

/// Reads a file of the repository.
pub(super) fn read(path: &Path) -> Result<String, SeedError> {
    std::fs::read_to_string(path).map_err(|error| SeedError::File { path: path.to_owned(), error })
}
