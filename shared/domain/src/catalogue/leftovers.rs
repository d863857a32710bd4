//! What is left in the bucket of pictures that products have no more.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::catalogue::Image;
use crate::words::id::ProductChangeId;

/// How long the files of a removed picture are kept: pages in caches and links in mails refer to them.
pub const REMOVED_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The files of the pictures that a change of a product has removed. No picture has another's files, and a picture that was removed
/// does not come back, so nothing else refers to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leftovers {
    /// The change.
    pub change_id: ProductChangeId,
    /// The names of the files.
    pub files: Vec<String>,
    /// When they are deleted.
    pub due_at: Timestamp,
}

impl Leftovers {
    /// Returns what a change that removes these pictures leaves; `None` if it removes none.
    #[must_use]
    pub fn of(change_id: ProductChangeId, removed: &[Image], now: Timestamp) -> Option<Self> {
        let files: Vec<String> = removed.iter().flat_map(Image::files).collect();
        (!files.is_empty()).then(|| Self { change_id, files, due_at: now + REMOVED_KEPT })
    }
}

impl Image {
    /// Returns the names of the files of its sizes.
    fn files(&self) -> impl Iterator<Item = String> {
        let path = self.url.trim_start_matches('/');
        let stem = path.strip_suffix(&format!("-{}.jpg", self.width)).unwrap_or(path);
        self.widths.iter().map(move |width| format!("{stem}-{width}.jpg"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::AltText;
    use crate::words::id::ImageId;

    #[test]
    fn every_size_of_every_removed_picture_is_left_for_30_days() {
        let picture = |name: &str, widths: &[u32]| Image {
            image_id: ImageId::from_parts(0, 0),
            url: format!("/images/prd_1/{name}-{}.jpg", widths.last().unwrap()),
            alt: AltText::try_new("").unwrap(),
            width: *widths.last().unwrap(),
            height: 100,
            widths: widths.to_vec(),
        };
        let (id, now) = (ProductChangeId::from_parts(0, 1), Timestamp::UNIX_EPOCH);
        let removed = [picture("aa", &[320, 960]), picture("bb", &[200])];
        let left = Leftovers::of(id, &removed, now).unwrap();
        assert_eq!(
            left.files,
            ["images/prd_1/aa-320.jpg", "images/prd_1/aa-960.jpg", "images/prd_1/bb-200.jpg"]
        );
        assert_eq!(left.due_at, "1970-01-31T00:00:00Z".parse().unwrap());
        assert_eq!(Leftovers::of(id, &[], now), None);
    }
}
