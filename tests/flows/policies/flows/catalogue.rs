//! Flows in which the staff keep the catalogue.

use domain::catalogue::REMOVED_KEPT;
use engines::iam::Grant;
use image::ImageFormat;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use tests::Reply;
use tests::picture::{announcement, draw};
use tests::upload::{report, upload};

use super::{Flows, SHARDED, SKU, is_on, path, short};
use crate::policies::trial::Seen;

impl Flows<'_> {
    /// Runs the flow that needs the permission, if it is one of the catalogue's functions.
    pub(super) async fn of_catalogue(&self, grant: &Grant, key: &str) -> Option<Seen> {
        let (function, action) = (grant.function.as_str(), short(grant));
        let get = async |path: &str| Seen::Reply(self.customer.get(path).await);
        Some(match (function, action) {
            (_, "ChangeMessageVisibility") => return None,
            ("create-product", _) => Seen::Reply(self.create(action, key).await),
            ("update-product", _) if is_on(grant, "LEFTOVERS#*") => Seen::Reply(self.remove_pictures().await),
            ("update-product", _) => Seen::Reply(self.edit(key).await),
            ("delete-images", _) => self.delete_pictures(key).await,
            ("put-variant", _) => Seen::Reply(self.put_variant(action, key).await),
            ("search-products", _) => self.start_search().await,
            ("index-catalogue", _) => self.index(key).await,
            ("add-image", "PutObject") => self.upload_picture(key).await,
            ("add-image", _) if is_on(grant, "IMAGE#*") && action == "GetItem" => {
                self.announce_picture(key).await;
                Seen::Reply(self.announce_picture(key).await)
            }
            ("add-image", _) => Seen::Reply(self.announce_picture(key).await),
            ("finish-image", "ListBucket") => {
                self.report_picture(key).await;
                Seen::Later
            }
            ("finish-image", _) => {
                self.upload_picture(key).await;
                Seen::Later
            }
            ("show-product", _) => Seen::Reply(self.admin.get(&self.kept_path()).await),
            ("list-categories", _) => get("/categories").await,
            ("put-category", _) => Seen::Reply(self.put_category(key).await),
            ("remove-category", _) => Seen::Reply(self.remove_category(key).await),
            ("change-price", _) => Seen::Reply(self.change_price(action, key).await),
            ("get-price-history", _) => Seen::Reply(self.prices().await),
            ("list-stock-movements", _) => Seen::Reply(self.movements(action).await),
            ("list-stock", "BatchGetItem") => {
                Seen::Reply(self.admin.get(&format!("/admin/catalogue/stock?sku={SHARDED}")).await)
            }
            ("list-stock", "Query") => Seen::Reply(self.admin.get("/admin/catalogue/stock?low=true").await),
            ("list-stock", _) => {
                Seen::Reply(self.admin.get(&format!("/admin/catalogue/stock?sku={SKU}")).await)
            }
            ("set-stock-policy", "GetItem" | "UpdateItem") if is_on(grant, "STOCK#*") => {
                Seen::Reply(self.set_stock_policy().await)
            }
            ("set-stock-policy", _) => Seen::Reply(self.add_shard().await),
            ("adjust-stock", "BatchGetItem") => Seen::Reply(self.adjust_sharded(key, 1).await),
            ("rebalance-stock", _) => self.rebalance().await,
            ("watch-stock", "BatchGetItem") => Seen::Reply(self.watch_sharded().await),
            ("watch-stock", "DeleteItem") => {
                let watched = self.watch(key, true).await;
                assert!(watched.status < 300, "{watched:?}");
                Seen::Reply(self.watch(key, false).await)
            }
            ("watch-stock", _) => Seen::Reply(self.watch(key, true).await),
            ("announce-stock", "BatchGetItem") => self.announce_sharded().await,
            ("announce-stock", _) => self.announce(key).await,
            ("find-products", _) => Seen::Reply(self.find(grant).await),
            ("get-product", _) => get(&path("/products", &self.product, "slug")).await,
            ("list-products", _) if grant.resource.ends_with("/gsi2") => get("/products").await,
            ("list-products", _) => get("/products?category=coffee").await,
            _ => return None,
        })
    }

    pub(super) async fn create(&self, action: &str, key: &str) -> Reply {
        match action {
            // A repeated request reads the existing product.
            "GetItem" => self.admin.post("/products", "flows-product", &product("flows", SKU)).await,
            _ => self.admin.post("/products", key, &product(key, &key.to_uppercase())).await,
        }
    }

    /// Changes everything of the product that has rows of its own. The flows' earlier slug still leads to it.
    async fn edit(&self, key: &str) -> Reply {
        let patch = json!({ "title": format!("For {key}"), "slug": format!("for-{key}") });
        let request =
            self.admin.request(Method::PATCH, &self.kept_path()).header("if-match", "*").json(&patch);
        self.shop.send(request).await
    }

    /// Changes a variant, or adds one.
    async fn put_variant(&self, action: &str, key: &str) -> Reply {
        let sku = if action == "UpdateItem" { SKU.to_owned() } else { key.to_uppercase() };
        let mut variant = json!({ "title": format!("For {key}") });
        if sku != SKU {
            variant["price"] = json!({ "amount": 100, "currency": "EUR" });
        }
        let path = format!("{}/variants/{sku}", self.kept_path());
        let request = self.admin.request(Method::PUT, &path).header("if-match", "*").json(&variant);
        self.shop.send(request).await
    }

    /// Indexes the catalogue, which has changed.
    pub(super) async fn index(&self, key: &str) -> Seen {
        let created = self.create("PutItem", &self.unique(key)).await;
        assert_eq!(created.status, 201, "{created:?}");
        self.fire("index-catalogue", Timestamp::now()).await
    }

    /// Starts a process for search, which loads the snapshot as it starts.
    pub(super) async fn start_search(&self) -> Seen {
        self.start("search-products").await
    }

    /// Starts a process of a function that reads something as it starts, and starts without it, too.
    pub(super) async fn start(&self, function: &str) -> Seen {
        let cloud = self.shop.cloud();
        cloud.host().try_start(function).await.expect("it starts");
        let denials = cloud.policies().denials();
        let denied = denials.borrow().iter().next().map(ToString::to_string);
        Seen::Run(denied.map_or(Ok(()), Err))
    }

    async fn remove_pictures(&self) -> Reply {
        let none = self
            .admin
            .request(Method::PATCH, &self.kept_path())
            .header("if-match", "*")
            .json(&json!({ "images": [] }));
        self.shop.send(none).await
    }

    /// Removes a picture, and deletes its files.
    async fn delete_pictures(&self, key: &str) -> Seen {
        self.upload_picture(key).await;
        self.shop.settle().await;
        assert_eq!(self.remove_pictures().await.status, 200);
        self.fire("delete-images", Timestamp::now() + REMOVED_KEPT + SignedDuration::from_mins(1)).await
    }

    /// Announces the file of a picture, after the product's others were removed.
    async fn announce_picture(&self, key: &str) -> Reply {
        assert_eq!(self.remove_pictures().await.status, 200);
        self.admin
            .post(&format!("{}/images", self.kept_path()), key, &announcement(&a_picture(), "image/png"))
            .await
    }

    /// Announces a picture, and uploads it. Returns whether the bucket takes it.
    pub(super) async fn upload_picture(&self, key: &str) -> Seen {
        let announced = self.announce_picture(&self.unique(key)).await;
        assert_eq!(announced.status, 201, "{announced:?}");
        let (status, answer) = upload(&announced.body, a_picture()).await.expect("the bucket answers");
        Seen::Run(if status == 200 { Ok(()) } else { Err(answer) })
    }

    /// Reports the upload of a picture that was only announced.
    pub(super) async fn report_picture(&self, key: &str) {
        let announced = self.announce_picture(&self.unique(key)).await;
        let image_id = announced.body["image_id"].as_str().expect("an id");
        let mut buckets = self.shop.cloud().deployment().buckets.iter();
        let bucket = buckets.find(|bucket| !bucket.notifications.is_empty()).expect("the bucket of pictures");
        let event = report(&bucket.name, &format!("uploads/{image_id}")).to_string();
        let queue = &bucket.notifications[0].queue_arn;
        self.shop.cloud().endpoint().send_message(queue, &event).await.expect("the queue takes it");
    }

    /// Returns the product's path for staff.
    pub(super) fn kept_path(&self) -> String {
        path("/admin/catalogue/products", &self.product, "product_id")
    }

    async fn put_category(&self, key: &str) -> Reply {
        let path = format!("/admin/catalogue/categories/{key}");
        self.shop.send(self.admin.request(Method::PUT, &path).json(&json!({ "title": key }))).await
    }

    /// Removes a category that was just added.
    async fn remove_category(&self, key: &str) -> Reply {
        let added = self.put_category(key).await;
        assert!(added.status < 300, "{added:?}");
        let path = format!("/admin/catalogue/categories/{key}");
        self.shop.send(self.admin.request(Method::DELETE, &path)).await
    }

    /// Changes the price of a variant that no order needs. A reduction reads the prices before it.
    async fn change_price(&self, action: &str, key: &str) -> Reply {
        let added = self.put_variant("PutItem", key).await;
        assert!(added.status < 300, "{added:?}");
        let eur = |amount: i64| json!({ "amount": amount, "currency": "EUR" });
        let mut price = json!({ "price": eur(200) });
        if action == "Query" {
            price["sale"] = json!({ "price": eur(150), "until": "2100-01-01T00:00:00Z" });
        }
        let path = format!("/admin/catalogue/variants/{}/prices", key.to_uppercase());
        self.admin.post(&path, key, &price).await
    }

    /// Lists the prices of a SKU whose price has never changed, which needs every right.
    async fn prices(&self) -> Reply {
        self.admin.get(&format!("/admin/catalogue/variants/{SKU}/prices")).await
    }

    /// Lists the movements of a SKU: of one that has some, or of one that has none yet, whose stock is looked for.
    async fn movements(&self, action: &str) -> Reply {
        let sku = if action == "Query" { SKU } else { "FLOWS-EMPTY" };
        if sku != SKU {
            let added = self.put_variant("PutItem", "flows-empty").await;
            assert!(added.status < 300, "{added:?}");
        }
        self.admin.get(&format!("/admin/catalogue/stock/{sku}/movements")).await
    }

    /// Sets another threshold each time, of a SKU that never comes close to one.
    async fn set_stock_policy(&self) -> Reply {
        let low_at = self.low_at.get() % 4 + 1;
        self.low_at.set(low_at);
        let path = format!("/admin/catalogue/stock/{SKU}");
        let request = self.admin.request(Method::PUT, &path).header("if-match", "*");
        self.shop.send(request.json(&json!({ "low_at": low_at }))).await
    }

    /// Waits for a variant that nobody has bought, or no longer.
    async fn watch(&self, key: &str, on: bool) -> Reply {
        if on {
            let added = self.put_variant("PutItem", key).await;
            assert!(added.status < 300, "{added:?}");
        }
        self.put_watch(&key.to_uppercase(), on).await
    }

    pub(super) async fn put_watch(&self, sku: &str, on: bool) -> Reply {
        let path = format!("/stock/{sku}/watch");
        self.shop.send(self.customer.request(Method::PUT, &path).json(&json!({ "on": on }))).await
    }

    /// Announces a variant that a customer waits for.
    pub(super) async fn announce(&self, key: &str) -> Seen {
        let key = self.unique(key);
        let watched = self.watch(&key, true).await;
        assert!(watched.status < 300, "{watched:?}");
        let delivery = json!({ "delta": 1, "reason": "first delivery" });
        let path = format!("/stock/{}/adjustments", key.to_uppercase());
        let adjusted = self.admin.post(&path, &key, &delivery).await;
        assert!(adjusted.status < 300, "{adjusted:?}");
        self.fire("announce-stock", Timestamp::now()).await
    }

    /// Finds products by what needs the permission.
    async fn find(&self, grant: &Grant) -> Reply {
        let query = match grant {
            grant if is_on(grant, "CATALOGUE") => "status=active".to_owned(),
            grant if is_on(grant, "DRAFTS") => "status=draft".to_owned(),
            grant if is_on(grant, "ARCHIVE") => "status=archived".to_owned(),
            grant if is_on(grant, "SLUG#*") => "slug=flows".to_owned(),
            _ => format!("sku={SKU}"),
        };
        self.admin.get(&format!("/admin/catalogue/products?{query}")).await
    }
}

fn a_picture() -> Vec<u8> {
    draw(400, 200, ImageFormat::Png)
}

pub(super) fn product(slug: &str, sku: &str) -> Value {
    json!({
        "title": "A product for all flows", "description": "With enough stock.", "slug": slug, "category": "coffee",
        "status": "active",
        "variants": [{
            "sku": sku, "title": "One", "price": { "amount": 100, "currency": "EUR" }, "tax_rate": 1000,
        }],
    })
}
