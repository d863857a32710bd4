//! `docs/api/errors.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use domain::Code;

use super::{docs, refusals};

const HEAD: &str = "\
# Errors

Derived from the code: `BLESS=1 cargo test -p tests --test contract` writes this page.

Every error that an operation answers with is a problem (RFC 9457), `application/problem+json`.
Programs branch on `code`, which never changes.
`detail` is for people and may change.
For `invalid_body` and `malformed_json`, `errors` names each field by a JSON pointer.
`request_id` names the request in the logs.
`type` is a name, not an address: no domain under `.example` can be registered (RFC 2606).

```json
{
  \"type\": \"https://bodega.example/problems/out_of_stock\",
  \"title\": \"Conflict\",
  \"status\": 409,
  \"detail\": \"insufficient stock for CUP-BLUE\",
  \"code\": \"out_of_stock\",
  \"request_id\": \"JKJaXmPLvHcESHA=\"
}
```

The gateway refuses some requests itself, with `{ \"message\": \"…\" }`: 401 without an `Authorization` header, 403 without a valid signature on an
internal route, 404 for a path that is no route, 413 above 10 MB, 429 for too many requests, 500 and 503 when a function fails.
429, 500 and 503 are worth another try, with the same Idempotency-Key.
The front door's firewall refuses some more: with 403, or with 429 and a problem whose code is `too_many_requests`.
";

/// The page.
///
/// # Panics
/// When one code has two statuses.
#[must_use]
pub fn page() -> String {
    let mut known: BTreeMap<&str, &Code> = BTreeMap::new();
    let mut page = HEAD.to_owned();
    for (list, codes) in refusals::lists() {
        let mut rows = String::new();
        for code in codes {
            if let Some(other) = known.get(code.code) {
                assert_eq!(other.kind, code.kind, "{} has two statuses", code.code);
                continue;
            }
            known.insert(code.code, code);
            let (status, when) = (code.kind.status(), cell(&code.when.join("\n")));
            // Writing to a string does not fail.
            writeln!(rows, "| `{}` | {status} | {when} | {} |", code.code, cell(code.advice)).expect("a row");
        }
        if !rows.is_empty() {
            write!(
                page,
                "\n## {list}\n\n| code | status | when | what the client does |\n|---|---|---|---|\n{rows}"
            )
            .expect("a table");
        }
    }
    page
}

fn cell(text: &str) -> String {
    docs::prose(text).replace("\n\n", " ").replace('|', "\\|")
}
