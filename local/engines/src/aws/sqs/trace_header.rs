//! `AWSTraceHeader`, the only system attribute that SQS accepts from a message's sender: the trace that the message
//! belongs to. The embedded engine drops it, so inside the engine it is stored as a message attribute.

use serde_json::{Map, Value, json};

use super::items_mut;

const NAME: &str = "AWSTraceHeader";

/// Its name inside the engine.
const INSIDE: &str = "bodega.AWSTraceHeader";

/// Returns the request to send to the engine instead, if it differs.
pub(super) fn before(action: &str, request: &Value) -> Option<Value> {
    let mut passed_on = request.clone();
    match action {
        "SendMessage" => put_inside(&mut passed_on),
        "SendMessageBatch" => items_mut(&mut passed_on, "Entries").for_each(put_inside),
        "ReceiveMessage" => ask_for_it(&mut passed_on),
        _ => return None,
    }
    (passed_on != *request).then_some(passed_on)
}

/// Converts the engine's answer to SQS's own. Returns whether it changed.
pub(super) fn after(action: &str, request: &Value, answer: &mut Value) -> bool {
    match action {
        "SendMessage" => hide_digest(request, answer),
        "SendMessageBatch" => items_mut(answer, "Successful").fold(false, |changed, sent| {
            let entries = request["Entries"].as_array();
            let entry = entries.and_then(|entries| entries.iter().find(|entry| entry["Id"] == sent["Id"]));
            entry.is_some_and(|entry| hide_digest(entry, sent)) | changed
        }),
        "ReceiveMessage" => {
            let is_asked_for = ["AttributeNames", "MessageSystemAttributeNames"].iter().any(|names| {
                let names = request[*names].as_array().into_iter().flatten();
                names.into_iter().any(|name| name == "All" || name == NAME)
            });
            items_mut(answer, "Messages")
                .fold(false, |changed, message| take_out(message, is_asked_for) | changed)
        }
        _ => false,
    }
}

fn ask_for_it(request: &mut Value) {
    // The engine will reject a request that is not an object.
    let Some(request) = request.as_object_mut() else { return };
    match request.get_mut("MessageAttributeNames").and_then(Value::as_array_mut) {
        Some(names) => names.push(json!(INSIDE)),
        None => {
            request.insert("MessageAttributeNames".to_owned(), json!([INSIDE]));
        }
    }
}

fn put_inside(message: &mut Value) {
    if let Some(header) = message["MessageSystemAttributes"].get(NAME).cloned() {
        let attributes = &mut message["MessageAttributes"];
        if !attributes.is_object() {
            *attributes = Value::Object(Map::new());
        }
        attributes[INSIDE] = header;
    }
}

/// The engine's digest includes the header, so it is not the one that the sender expects.
fn hide_digest(sent: &Value, answer: &mut Value) -> bool {
    let traced = sent["MessageSystemAttributes"].get(NAME).is_some();
    let answer = answer.as_object_mut().filter(|_| traced);
    answer.is_some_and(|answer| answer.remove("MD5OfMessageAttributes").is_some())
}

fn take_out(message: &mut Value, is_asked_for: bool) -> bool {
    let Some(fields) = message.as_object_mut() else { return false };
    let Some(attributes) = fields.get_mut("MessageAttributes").and_then(Value::as_object_mut) else {
        return false;
    };
    let Some(header) = attributes.remove(INSIDE) else { return false };
    if attributes.is_empty() {
        fields.remove("MessageAttributes");
    }
    fields.remove("MD5OfMessageAttributes");
    if is_asked_for {
        message["Attributes"][NAME] = header["StringValue"].clone();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

    fn sent() -> Value {
        let header = json!({ "DataType": "String", "StringValue": HEADER });
        json!({ "MessageBody": "b", "MessageSystemAttributes": { NAME: header } })
    }

    #[test]
    fn a_trace_header_is_received_as_sent() {
        let inside = before("SendMessage", &sent()).unwrap();
        let mut received = json!({ "Messages": [{
            "Body": "b",
            "Attributes": {},
            "MessageAttributes": inside["MessageAttributes"],
            "MD5OfMessageAttributes": "0",
        }] });
        let unasked = received.clone();
        assert!(after("ReceiveMessage", &json!({ "AttributeNames": ["All"] }), &mut received));
        assert_eq!(received["Messages"][0], json!({ "Body": "b", "Attributes": { NAME: HEADER } }));
        let mut received = unasked;
        assert!(after("ReceiveMessage", &json!({ "AttributeNames": ["SenderId"] }), &mut received));
        assert_eq!(
            received["Messages"][0],
            json!({ "Body": "b", "Attributes": {} }),
            "the header was not requested"
        );
    }

    #[test]
    fn the_senders_other_attributes_are_unchanged() {
        let mut request = json!({ "Entries": [{ "Id": "1", "MessageBody": "b" }, { "Id": "2" }] });
        request["Entries"][1] = sent();
        request["Entries"][1]["Id"] = json!("2");
        let inside = before("SendMessageBatch", &request).unwrap();
        assert_eq!(inside["Entries"][0], request["Entries"][0]);
        assert_eq!(inside["Entries"][1]["MessageAttributes"][INSIDE]["StringValue"], HEADER);
        assert_eq!(before("SendMessage", &json!({ "MessageBody": "b" })), None);
        let mut answer = json!({ "Successful": [{ "Id": "2", "MD5OfMessageAttributes": "0" }] });
        assert!(after("SendMessageBatch", &request, &mut answer));
        assert_eq!(answer, json!({ "Successful": [{ "Id": "2" }] }));

        let own = json!({ "colour": { "DataType": "String", "StringValue": "blue" } });
        let mut both = sent();
        both["MessageAttributes"] = own.clone();
        let mut answer = json!({ "MD5OfMessageAttributes": "0" });
        assert!(after("SendMessage", &both, &mut answer), "the digest includes the header");
        assert_eq!(answer, json!({}));
        let inside = before("SendMessage", &both).unwrap()["MessageAttributes"].take();
        let mut received =
            json!({ "Messages": [{ "MessageAttributes": inside, "MD5OfMessageAttributes": "0" }] });
        assert!(after("ReceiveMessage", &json!({}), &mut received));
        assert_eq!(received, json!({ "Messages": [{ "MessageAttributes": own }] }));

        let mut received =
            json!({ "Messages": [{ "MessageAttributes": own, "MD5OfMessageAttributes": "0" }] });
        let untouched = received.clone();
        assert!(!after("ReceiveMessage", &json!({}), &mut received));
        assert_eq!(received, untouched);
        let mut without = json!({ "Messages": [{ "Body": "b" }] });
        assert!(!after("ReceiveMessage", &json!({}), &mut without));
        assert_eq!(without, json!({ "Messages": [{ "Body": "b" }] }));
    }

    #[test]
    fn a_request_that_is_not_an_object_is_unchanged() {
        for request in [json!([]), json!("text"), json!(1), Value::Null] {
            for action in ["ReceiveMessage", "SendMessage", "SendMessageBatch"] {
                assert_eq!(before(action, &request), None, "{action} {request}");
            }
        }
    }
}
