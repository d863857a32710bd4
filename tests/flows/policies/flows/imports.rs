//! Flows in which the staff import and export products.

use engines::iam::Grant;
use tests::Reply;
use tests::import::{HEADER, announcement, row};
use tests::upload::{report, upload};

use super::{Flows, is_on, short};
use crate::policies::trial::Seen;

impl Flows<'_> {
    /// Runs the flow that needs the permission, if it is one of an import or an export.
    pub(super) async fn of_imports(&self, grant: &Grant, key: &str) -> Option<Seen> {
        Some(match (grant.function.as_str(), short(grant)) {
            (_, "ChangeMessageVisibility") => return None,
            ("create-import", "PutObject") => self.import(key).await,
            ("create-import", _) => Seen::Reply(self.announce_import(key, &Self::file(key, "")).await),
            ("get-import", _) => {
                let announced = self.announce_import(key, &Self::file(key, "")).await;
                let id = announced.body["import_id"].as_str().expect("an id");
                Seen::Reply(self.admin.get(&format!("/admin/catalogue/imports/{id}")).await)
            }
            ("export-catalogue", _) => {
                let status = match grant {
                    grant if is_on(grant, "DRAFTS") => "draft",
                    grant if is_on(grant, "ARCHIVE") => "archived",
                    _ => "active",
                };
                let path = format!("/admin/catalogue/export?format=csv&status={status}");
                Seen::Reply(self.admin.get(&path).await)
            }
            ("run-import", "ListBucket") => {
                self.report_import(key).await;
                Seen::Later
            }
            ("run-import", _) => {
                self.import(&self.unique("imported")).await;
                Seen::Later
            }
            _ => return None,
        })
    }

    /// Imports a product with stock, which the next file changes.
    pub(super) async fn prepare_import(&self) {
        let slug = self.unique("prepared");
        let file = format!("{HEADER}{}", row(&slug, "2.00", 20));
        self.import_file(&slug, &file).await;
        self.shop.settle().await;
        *self.prepared.borrow_mut() = slug;
    }

    /// Imports a file with a new product, and with another price and less stock for the prepared one.
    pub(super) async fn import(&self, key: &str) -> Seen {
        let prepared = self.prepared.borrow().clone();
        self.import_file(key, &Self::file(key, &prepared)).await
    }

    fn file(slug: &str, prepared: &str) -> String {
        let changed = if prepared.is_empty() { String::new() } else { row(prepared, "3.00", -16) };
        format!("{HEADER}{}{changed}", row(slug, "2.00", 1))
    }

    async fn import_file(&self, key: &str, file: &str) -> Seen {
        let announced = self.announce_import(key, file).await;
        assert_eq!(announced.status, 201, "{announced:?}");
        let (status, answer) =
            upload(&announced.body, file.as_bytes().to_vec()).await.expect("the bucket answers");
        Seen::Run(if status == 200 { Ok(()) } else { Err(answer) })
    }

    async fn announce_import(&self, key: &str, file: &str) -> Reply {
        self.admin.post("/admin/catalogue/imports", key, &announcement(file.as_bytes(), "csv")).await
    }

    /// Reports the upload of a file that was only announced.
    pub(super) async fn report_import(&self, key: &str) {
        let announced = self.announce_import(key, &Self::file(key, "")).await;
        let import_id = announced.body["import_id"].as_str().expect("an id");
        let mut buckets = self.shop.cloud().deployment().buckets.iter();
        let bucket = buckets.find(|bucket| !bucket.notifications.is_empty()).expect("the bucket of files");
        let event = report(&bucket.name, &format!("imports/{import_id}")).to_string();
        let of_imports = bucket.notifications.iter().find(|one| one.queue_arn.ends_with("catalogue-imports"));
        let queue = &of_imports.expect("the queue of imports").queue_arn;
        self.shop.cloud().endpoint().send_message(queue, &event).await.expect("the queue takes it");
    }
}
