//! Files that staff upload: to a presigned URL that accepts exactly the announced file. S3 reports what has arrived.

pub mod bucket;
pub mod upload;
pub mod upload_event;

pub use bucket::{Announced, Bucket, BucketError};
pub use upload::Upload;
pub use upload_event::UploadEvent;
