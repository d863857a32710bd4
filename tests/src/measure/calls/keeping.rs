//! Calls by which the staff keep the catalogue.

use domain::catalogue::REMOVED_KEPT;
use image::ImageFormat;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::json;

use super::{Error, Recorder, Visitor, items, run_schedule, text};
use crate::{import, picture, upload};

impl Recorder<'_> {
    pub(super) async fn keeping(&mut self, admin: &Visitor<'_>, product: &str) -> Result<(), Error> {
        let kept = format!("/admin/catalogue/products/{product}");
        self.step("with its stock", &["show-product"], admin.get(&kept)).await?;
        for (what, patch) in [
            ("another description", json!({ "description": "Counted." })),
            ("another slug", json!({ "slug": "a-counted-product" })),
            ("another title", json!({ "title": "A counted product" })),
        ] {
            self.step(what, &["update-product"], admin.amend(Method::PATCH, &kept, &patch)).await?;
        }
        let price = json!({ "amount": 200, "currency": "EUR" });
        for (what, sku, variant) in [
            ("a new one", "MEASURED-2", json!({ "title": "Two", "price": price })),
            ("another title", "MEASURED-1", json!({ "title": "The first" })),
        ] {
            let path = format!("{kept}/variants/{sku}");
            self.step(what, &["put-variant"], admin.amend(Method::PUT, &path, &variant)).await?;
        }
        Box::pin(self.picture(admin, &kept)).await?;
        Box::pin(self.files(admin)).await?;
        let movements = admin.get("/admin/catalogue/stock/MEASURED-1/movements");
        self.step("one", &["list-stock-movements"], movements).await?;
        let movements = admin.get("/admin/catalogue/stock/MEASURED-2/movements");
        self.step("none yet", &["list-stock-movements"], movements).await?;
        let watch = "/stock/MEASURED-2/watch";
        for (what, on) in [("the first", true), ("no longer", false)] {
            self.step(what, &["watch-stock"], admin.put(watch, &json!({ "on": on }))).await?;
        }
        let category = "/admin/catalogue/categories/measured";
        let named = json!({ "title": "Measured" });
        self.step("a new one", &["put-category"], admin.amend(Method::PUT, category, &named)).await?;
        self.step("all", &["list-categories"], admin.get("/categories")).await?;
        self.step("an empty one", &["remove-category"], admin.delete(category)).await?;
        let (sku, policy) = ("/admin/catalogue/stock/MEASURED-1", json!({ "low_at": 3 }));
        self.step("another threshold", &["set-stock-policy"], admin.amend(Method::PUT, sku, &policy)).await?;
        let sharded = "/admin/catalogue/stock/MEASURED-2";
        let (two, four) = (json!({ "low_at": 3, "shards": 2 }), json!({ "low_at": 3, "shards": 4 }));
        self.step("two shards", &["set-stock-policy"], admin.amend(Method::PUT, sharded, &two)).await?;
        self.step("four shards", &["set-stock-policy"], admin.amend(Method::PUT, sharded, &four)).await?;
        let delivery = json!({ "delta": 40, "reason": "for the shards" });
        let delivery = admin.post("/stock/MEASURED-2/adjustments", Some("shards"), &delivery);
        self.step("four shards", &["adjust-stock"], delivery).await?;
        let four = admin.get("/admin/catalogue/stock?sku=MEASURED-2");
        self.step("four shards", &["list-stock"], four).await?;
        let low = admin.get("/admin/catalogue/stock?low=true");
        let (found, _) = self.step("low", &["list-stock"], low).await?;
        self.rename_last(&format!("what runs low: {}", items(&found)));
        let one = admin.get("/admin/catalogue/stock?sku=MEASURED-1");
        self.step("one SKU", &["list-stock"], one).await?;
        let prices = "/admin/catalogue/variants/MEASURED-1/prices";
        let until = json!("2100-01-01T00:00:00Z");
        for (what, key, price) in [
            ("another price", "dearer", json!({ "price": price })),
            (
                "a reduction",
                "reduced",
                json!({ "price": price, "sale": { "price": { "amount": 150, "currency": "EUR" }, "until": until } }),
            ),
        ] {
            self.step(what, &["change-price"], admin.post(prices, Some(key), &price)).await?;
        }
        self.step("two", &["get-price-history"], admin.get(prices)).await?;
        let unchanged = admin.get("/admin/catalogue/variants/MEASURED-2/prices");
        self.step("none yet", &["get-price-history"], unchanged).await?;
        for (what, query) in [
            ("those for sale", "status=active"),
            ("drafts", "status=draft"),
            ("archived", "status=archived"),
            ("by SKU", "sku=MEASURED-1"),
            ("by an earlier slug", "slug=a-measured-product"),
        ] {
            let path = format!("/admin/catalogue/products?{query}");
            let (found, _) = self.step(what, &["find-products"], admin.get(&path)).await?;
            self.rename_last(&format!("{what}: {}", items(&found)));
        }
        Ok(())
    }

    async fn files(&mut self, admin: &Visitor<'_>) -> Result<(), Error> {
        let rows: String =
            (0..32).map(|number| import::row(&format!("measured-{number}"), "2.00", 0)).collect();
        let file = (import::HEADER.to_owned() + &rows).into_bytes();
        for (what, key) in [("32 new products", "import"), ("the same file again", "import-again")] {
            let announcement = import::announcement(&file, "csv");
            let announce = admin.post("/admin/catalogue/imports", Some(key), &announcement);
            let (announced, _) = self.step("a file", &["create-import"], announce).await?;
            let upload = async {
                match upload::upload(&announced, file.clone()).await? {
                    (200, _) => Ok(()),
                    (status, answer) => Err(format!("the bucket replied {status}: {answer}").into()),
                }
            };
            self.step(what, &["run-import"], upload).await?;
            let path = format!("/admin/catalogue/imports/{}", text(&announced, "import_id")?);
            self.step("one that is done", &["get-import"], admin.get(&path)).await?;
        }
        for status in ["active", "draft", "archived"] {
            let path = format!("/admin/catalogue/export?format=csv&status={status}");
            self.step(&format!("{status} products"), &["export-catalogue"], admin.get(&path)).await?;
        }
        Ok(())
    }

    async fn picture(&mut self, admin: &Visitor<'_>, kept: &str) -> Result<(), Error> {
        let file = picture::draw(1_920, 1_280, ImageFormat::Jpeg);
        let announcement = picture::announcement(&file, "image/jpeg");
        let path = format!("{kept}/images");
        let announce = admin.post(&path, Some("picture"), &announcement);
        self.step("a JPEG", &["add-image"], announce).await?;
        let again = admin.post(&path, Some("picture"), &announcement);
        let (announced, _) = self.step("the same again", &["add-image"], again).await?;
        let upload = async {
            match upload::upload(&announced, file).await? {
                (200, _) => Ok(()),
                (status, answer) => Err(format!("the bucket replied {status}: {answer}").into()),
            }
        };
        self.step("a JPEG of 1,920 × 1,280", &["finish-image"], upload).await?;
        let none = json!({ "images": [] });
        self.step("without its picture", &["update-product"], admin.amend(Method::PATCH, kept, &none))
            .await?;
        let deleted = Timestamp::now() + REMOVED_KEPT + SignedDuration::from_mins(1);
        let run = run_schedule(self.cloud, "delete-images", deleted);
        self.step("three files", &["delete-images"], run).await?;
        Ok(())
    }
}
