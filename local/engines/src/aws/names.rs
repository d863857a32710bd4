//! Translates the embedded DynamoDB's names into AWS's: the region and account in ARNs, and shard ids.
//!
//! The engine calls a shard `shardId-00000001-<table>`. AWS's shard ids have a number of twenty digits and eight
//! hexadecimal digits. boto3 and the AWS CLI reject shard ids as short as the engine's.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::Options;

/// The prefix of the engine's ARNs.
const ENGINES: &str = "arn:aws:dynamodb:dynoxide:000000000000:";

/// Translates between the engine's names and AWS's.
#[derive(Debug)]
pub(super) struct Names {
    region: String,
    arns: String,
}

impl Names {
    pub(super) fn new(options: &Options) -> Self {
        let arns = format!("arn:aws:dynamodb:{}:{}:", options.region, options.account);
        Self { region: options.region.clone(), arns }
    }

    /// Translates a request for the engine.
    pub(super) fn inward(&self, mut request: Value) -> Value {
        let stream = request["StreamArn"].as_str().unwrap_or_default().to_owned();
        for field in ["ShardId", "ExclusiveStartShardId"] {
            if request[field] == shard_id(&stream) {
                request[field] = Value::from(format!("shardId-00000001-{}", table_name(&stream)));
            }
        }
        rename(&mut request, &self.arns, ENGINES);
        request
    }

    /// Translates the engine's answer into AWS's names.
    pub(super) fn outward(&self, mut answer: Value) -> Value {
        rename(&mut answer, ENGINES, &self.arns);
        let stream = answer["StreamDescription"]["StreamArn"].as_str().unwrap_or_default().to_owned();
        for shard in objects_mut(&mut answer, "/StreamDescription/Shards") {
            shard.insert("ShardId".to_owned(), Value::from(shard_id(&stream)));
        }
        for record in objects_mut(&mut answer, "/Records") {
            record.insert("awsRegion".to_owned(), Value::from(self.region.as_str()));
        }
        answer
    }
}

/// The objects in a list, if the list exists.
fn objects_mut<'a>(answer: &'a mut Value, pointer: &str) -> impl Iterator<Item = &'a mut Map<String, Value>> {
    let list = answer.pointer_mut(pointer).and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut)
}

/// Replaces the prefix of every ARN field, at any depth. Items are left unchanged.
fn rename(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut().filter(|(name, _)| *name != "dynamodb") {
                match value.as_str().and_then(|text| text.strip_prefix(from)) {
                    Some(rest) if name.ends_with("Arn") => *value = Value::from(format!("{to}{rest}")),
                    _ => rename(value, from, to),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| rename(value, from, to)),
        _ => {}
    }
}

/// The id of a stream's only shard, derived from the stream's creation time and table.
fn shard_id(stream: &str) -> String {
    let label = stream.rsplit('/').next().unwrap_or_default();
    let digits: String = label.chars().filter(char::is_ascii_digit).take(13).collect();
    let digest = Sha256::digest(table_name(stream));
    let suffix: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("shardId-{digits:0>20}-{suffix}")
}

/// `arn:aws:dynamodb:eu-west-1:123456789012:table/<table>/stream/<label>`
fn table_name(stream: &str) -> &str {
    stream.split('/').nth(1).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const STREAM: &str = "table/orders/stream/1795441178.614000000";

    #[test]
    fn names_are_translated_to_awss_and_back() {
        let names = Names::new(&Options::in_memory("eu-west-1", "123456789012"));
        let there = format!("{ENGINES}{STREAM}");
        let here = format!("arn:aws:dynamodb:eu-west-1:123456789012:{STREAM}");
        let shard = "shardId-00000001795441178614-";
        let described = names.outward(json!({ "StreamDescription": {
            "StreamArn": there, "Shards": [{ "ShardId": "shardId-00000001-orders" }],
        } }));
        let described = &described["StreamDescription"];
        let id = described["Shards"][0]["ShardId"].as_str().unwrap();
        assert_eq!(described["StreamArn"], here.as_str());
        assert!(id.starts_with(shard) && id.len() == shard.len() + 8, "{id}");
        let asked = names.inward(json!({ "StreamArn": here, "ShardId": id }));
        assert_eq!(asked, json!({ "StreamArn": there, "ShardId": "shardId-00000001-orders" }));
        let elsewhere = json!({ "StreamArn": there, "ShardId": "shardId-other" });
        assert_eq!(names.inward(elsewhere.clone()), elsewhere);
    }

    #[test]
    fn an_answer_without_names_is_unchanged() {
        let names = Names::new(&Options::in_memory("eu-west-1", "123456789012"));
        let others = [json!({}), json!([]), json!("text"), json!({ "StreamDescription": { "Shards": [1] } })];
        for other in others.into_iter().chain([json!({ "TableNames": [] }), json!({ "Records": [1] })]) {
            assert_eq!(names.outward(other.clone()), other);
            assert_eq!(names.inward(other.clone()), other);
        }
    }

    #[test]
    fn arns_in_items_are_unchanged() {
        let names = Names::new(&Options::in_memory("eu-west-1", "123456789012"));
        let records = json!({ "Records": [{
            "awsRegion": "dynoxide", "dynamodb": { "NewImage": { "Arn": { "S": ENGINES } } },
        }] });
        let outward = names.outward(records.clone());
        assert_eq!(outward["Records"][0]["awsRegion"], "eu-west-1");
        assert_eq!(outward["Records"][0]["dynamodb"], records["Records"][0]["dynamodb"]);
    }
}
