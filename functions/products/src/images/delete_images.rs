//! Schedule: deletes the files of pictures that were removed a month before.

use domain::catalogue::Leftovers;
use edge::queue::Failure;
use edge::schedule::{Tick, in_time, work_off};
use store::{Change, DueRow, Stored};
use telemetry::chain;

use crate::files::Bucket;
use crate::images::rows::{LEFTOVERS, LeftoversRow, leftovers_key};
use crate::store::Products;

/// Deletes the files that are due, as many as the time allows. The next run continues.
///
/// # Errors
/// If some of them cannot be deleted. They delay no others, and are tried again in the next run.
pub async fn delete_images((products, bucket): (Products, Bucket), tick: Tick) -> Result<(), Failure> {
    let (products, bucket, tick) = (&products, &bucket, &tick);
    let due = LEFTOVERS.due::<Leftovers>(&products.table, tick.now).await;
    let delete = |DueRow { value, entry }: DueRow<Leftovers>| async move {
        let deleted = in_time(tick.deadline, async { delete(products, bucket, &value?, tick).await }).await;
        deleted.inspect_err(|failure| {
            tracing::error!(key = %entry.key, error = %chain(failure.as_ref()), "files are not deleted");
        })
    };
    work_off(due.rows(), tick.deadline, delete).await.finish_all()
}

/// Deletes the files of a change, and then forgets it. A file that is gone already is no error.
async fn delete(products: &Products, bucket: &Bucket, due: &Leftovers, tick: &Tick) -> Result<(), Failure> {
    for file in &due.files {
        bucket.delete(file).await?;
    }
    let forget = async |found: Option<Stored<Leftovers>>| {
        Ok::<_, Failure>(found.map(|found| Change::beside().delete::<LeftoversRow>(&found)))
    };
    products.table.at::<LeftoversRow>(leftovers_key(due.change_id)).change(tick, forget).await?;
    Ok(())
}
