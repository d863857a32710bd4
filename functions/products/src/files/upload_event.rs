//! What S3 reports about uploaded files.

use std::str::FromStr;

use aws_lambda_events::s3::{S3Event, S3EventRecord};
use edge::Cause;
use edge::queue::{Content, Name};
use serde::Deserialize;
use serde::de::Error as _;
use serde_json::Value;

/// What S3 sends when a bucket's notifications are set up.
const TEST: &str = "s3:TestEvent";

/// A report about uploaded files.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Value")]
pub struct UploadEvent {
    request_id: String,
    /// The keys of the files' objects.
    keys: Vec<String>,
}

impl TryFrom<Value> for UploadEvent {
    type Error = serde_json::Error;

    fn try_from(body: Value) -> Result<Self, serde_json::Error> {
        if body["Event"] == TEST {
            return Ok(Self { request_id: TEST.to_owned(), keys: Vec::new() });
        }
        if !body["Records"].is_array() {
            return Err(serde_json::Error::custom("missing field `Records`"));
        }
        let S3Event { records, .. } = serde_json::from_value(body)?;
        let id = |record: &S3EventRecord| record.response_elements.get("x-amz-request-id").cloned();
        let request_id = records.iter().find_map(id).unwrap_or_default();
        Ok(Self { request_id, keys: records.into_iter().filter_map(|record| key(&record)).collect() })
    }
}

/// Returns the key of the object that a record is about. A record writes it as in a form: `a+b%2Fc`.
fn key(record: &S3EventRecord) -> Option<String> {
    let written = record.s3.object.key.as_ref()?;
    let pair = format!("key={written}");
    let decoded: Vec<(String, String)> = serde_urlencoded::from_str(&pair).ok()?;
    decoded.into_iter().next().map(|(_, key)| key)
}

impl UploadEvent {
    /// Returns the ids after which the uploaded files in `folder` are named. Objects of other names were announced by nobody.
    pub fn ids<T: FromStr>(&self, folder: &str) -> impl Iterator<Item = T> {
        self.keys.iter().filter_map(move |key| key.strip_prefix(folder)?.parse().ok())
    }
}

impl Content for UploadEvent {
    fn cause(&self) -> Cause {
        Cause::new(&self.request_id)
    }

    fn name(&self) -> Name {
        let subject = self.keys.first().cloned();
        Name { event_id: self.request_id.clone(), event_type: "s3.ObjectCreated".into(), subject }
    }
}

#[cfg(test)]
mod tests {
    use domain::words::id::ImageId;
    use serde_json::json;

    use super::*;

    fn event(keys: &[&str]) -> Value {
        let record = |key: &&str| {
            json!({
                "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "eu-west-1",
                "eventTime": "2026-11-29T12:00:00.000Z", "eventName": "ObjectCreated:Put",
                "userIdentity": { "principalId": "AWS:AROAEXAMPLE:bodega-dev-products-add-image" },
                "requestParameters": { "sourceIPAddress": "203.0.113.7" },
                "responseElements": { "x-amz-request-id": "C3D13FE58DE4C810", "x-amz-id-2": "FMyUVURIY8" },
                "s3": {
                    "s3SchemaVersion": "1.0", "configurationId": "uploads",
                    "bucket": {
                        "name": "bodega", "ownerIdentity": { "principalId": "A3NL1KOZZKExample" },
                        "arn": "arn:aws:s3:::bodega",
                    },
                    "object": { "key": key, "size": 1024, "eTag": "d41d8cd9", "sequencer": "0055AED6DCD9" },
                },
            })
        };
        json!({ "Records": keys.iter().map(record).collect::<Vec<_>>() })
    }

    fn images(body: &Value) -> Vec<String> {
        let event = UploadEvent::parse(&body.to_string()).unwrap();
        event.ids::<ImageId>("uploads/").map(|image| image.to_string()).collect()
    }

    #[test]
    fn an_event_names_the_pictures_whose_files_were_uploaded() {
        let image = "img_01KAR8J3YT5QZ8W2N6V4C1D7EF";
        let key = format!("uploads/{image}");
        assert_eq!(
            images(&event(&[&key, "uploads%2F01KAR8J3YT5QZ8W2N6V4C1D7EF", "images/x.jpg", ""])),
            [image]
        );
        assert_eq!(images(&event(&[&key.replace('/', "%2F")])), [image]);
        let name = UploadEvent::parse(&event(&[&key]).to_string()).unwrap().name();
        assert_eq!((&*name.event_id, name.subject), ("C3D13FE58DE4C810", Some(key)));
    }

    #[test]
    fn s3s_test_event_names_none_and_anything_else_is_not_an_event() {
        let test = json!({
            "Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2026-11-29T12:00:00.000Z", "Bucket": "bodega",
            "RequestId": "5582815E1AEA5ADF", "HostId": "8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR+YstdA6Knx4Ip8EXAMPLE",
        });
        assert_eq!(images(&test), [""; 0]);
        for other in [json!({}), json!([]), json!({ "Records": 1 }), json!({ "Records": [{}] })] {
            assert!(UploadEvent::parse(&other.to_string()).is_err(), "{other}");
        }
    }
}
