//! Files that cannot be imported, and rows that are wrong by what the catalogue has.

use super::*;

/// Runs the import of a file that fails as a whole, and returns why.
async fn fault(desk: &Desk, format: &str, file: &[u8]) -> (u64, String, String) {
    let import = desk.upload_as(announced(file, format), file).await;
    let report = desk.run(import).await;
    assert_eq!((report.status, report.rows, report.counts), (ImportState::Failed, None, counts(0, 0, 0, 0)));
    assert_eq!(desk.bucket.get(&format!("imports/{import}")).await.unwrap(), None, "removed");
    let [failure] = &report.failed[..] else { panic!("one failure: {report:?}") };
    let (row, column, code) = told(failure);
    (row, column.to_owned(), code.to_owned())
}

#[tokio::test]
async fn a_file_that_cannot_be_read_to_its_end_changes_nothing() {
    let desk = desk().await;
    let good = file_of(3);
    let with_header = |header: &str| good.replacen(HEADER, header, 1);
    let utf_16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let open_quote =
        format!("{good}{}", row("cup", "CUP", "1", "").replace("About", "\"About")) + &"x\n".repeat(40_000);
    for (file, expected) in [
        (with_header(&HEADER.replace("price", "cost")).into_bytes(), (1, "cost", "unknown_column")),
        (
            with_header("slug,title,description,category,sku,variant_title,price\n").into_bytes(),
            (1, "currency", "missing_column"),
        ),
        (utf_16, (1, "1", "not_utf8")),
        (open_quote.into_bytes(), (5, "", "row_too_long")),
        (HEADER.as_bytes().to_vec(), (1, "", "empty_file")),
        (b"\xef\xbb\xbf".to_vec(), (1, "", "empty_file")),
    ] {
        let (row, column, code) = fault(&desk, "csv", &file).await;
        assert_eq!((row, &*column, &*code), expected);
    }
    assert_eq!(fault(&desk, "jsonl", b"\n\n").await.2, "empty_file");
    assert!(desk.product("p-0").await.is_none());
}

#[tokio::test]
async fn a_file_of_1000001_rows_is_refused_at_the_last_of_them() {
    let desk = desk().await;
    // Rows that are wrong count, too: these are the shortest.
    let file = HEADER.to_owned() + &"x\n".repeat(1_000_001);
    assert_eq!(
        fault(&desk, "csv", file.as_bytes()).await,
        (1_000_002, String::new(), "too_many_rows".to_owned())
    );
}

#[tokio::test]
async fn a_file_that_is_not_the_announced_one_is_refused() {
    let desk = desk().await;
    let (announced_file, other) = (file_of(3), file_of(3).replace("14.50", "99.99"));
    let import = desk.upload_as(announced(announced_file.as_bytes(), "csv"), other.as_bytes()).await;
    let report = desk.run(import).await;
    assert_eq!((report.status, failed(&report)), (ImportState::Failed, vec![(1, "", "file_differs")]));
    let shorter = desk.upload_as(announced(announced_file.as_bytes(), "csv"), b"slug").await;
    let report = desk.run(shorter).await;
    assert_eq!(report.status, ImportState::Failed);
    assert!(desk.product("p-0").await.is_none());
}

#[tokio::test]
async fn a_file_that_is_not_there_is_waited_for_and_one_that_nobody_has_announced_is_ignored() {
    let desk = desk().await;
    for name in ["imp_01KAR8J3YT5QZ8W2N6V4C1D7EF", "products.csv", ""] {
        desk.deliver(uploaded(name), 300).await.unwrap();
    }
    let created = desk.announce(announced(b"file", "csv"), "k").await.unwrap();
    let import = created.body().unwrap().import_id;
    assert_eq!(desk.run(import).await.status, ImportState::Awaiting);
    assert_eq!(desk.messages().await, [""; 0]);
}

#[tokio::test]
async fn rows_that_the_catalogue_does_not_allow_are_reported() {
    let desk = desk().await;
    desk.shop.create(cups()).await.unwrap();
    let file = HEADER.to_owned()
        + &row("tray", "CUP-BLUE", "14.50", "")
        + &row("tray", "TRAY", "14.50", "")
        + &row("tray", "TRAY", "14.50", "")
        + &row("tray", "TRAY-2", "14.50", "").replace("EUR", "USD")
        + &row("tray", "TRAY-3", "0", "")
        + &row("tray", "TRAY-4", "1", "").replace("About", "All about");
    let report = desk.import(&file).await;
    assert_eq!(
        (report.counts, failed(&report)),
        (
            counts(1, 0, 0, 5),
            vec![
                (2, "sku", "sku_taken"),
                (4, "sku", "repeated_sku"),
                (5, "currency", "mixed_currencies"),
                (6, "price", "free_of_charge"),
                (7, "description", "product_differs"),
            ]
        )
    );
    assert_eq!(desk.product("tray").await.unwrap().value.variants.len(), 1);
}

#[tokio::test]
async fn json_lines_name_the_place_of_what_is_wrong() {
    let desk = desk().await;
    let mut wrong = cups();
    wrong["variants"][1]["price"]["amount"] = 0.into();
    let unreadable = json!({ "slug": "tray" });
    let file = format!("{wrong}\n{unreadable}\n{}\n", product("bowl", "kitchen", "BOWL", "active"));
    let import = desk.upload_as(announced(file.as_bytes(), "jsonl"), file.as_bytes()).await;
    let report = desk.run(import).await;
    assert_eq!((report.rows, report.counts), (Some(4), counts(2, 0, 0, 2)));
    let places: Vec<_> = report
        .failed
        .iter()
        .map(|failure| (failure.row, failure.pointer.as_deref().unwrap(), &*failure.code))
        .collect();
    assert_eq!(places, [(1, "/variants/1/price/amount", "free_of_charge"), (2, "", "invalid_json")]);
}

#[tokio::test]
async fn only_the_first_1000_wrong_rows_are_reported_one_by_one() {
    let desk = desk().await;
    let report = desk.import(&(file_of(1) + &"x\n".repeat(1_200))).await;
    assert_eq!((report.counts, report.failed.len()), (counts(1, 0, 0, 1_200), 1_000));
    let rows: Vec<u64> = report.failed.iter().map(|failure| failure.row).collect();
    assert_eq!(rows, (3..1_003).collect::<Vec<_>>());
}
