//! `show-ledger`.

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use domain::payments::ledger::{Account, AccountTotal};
use edge::{Admin, Call, NoBody, Problem};
use payments::ledger::show_ledger;
use payments::ledger::show_ledger::{Ledger, Shown};

use crate::fixture::{Shop, dispute_reported, granted, now, placed, user};

async fn show(shop: &Shop, query: &str) -> Result<Shown, Problem> {
    let call = Call::new(Admin(user(9, true)), NoBody, now()).with_query(query)?;
    Ok(show_ledger(shop.payments.clone(), call).await?.body().cloned().unwrap())
}

async fn ledger(shop: &Shop, query: &str) -> Ledger {
    let ledger = match show(shop, query).await.unwrap() {
        Shown::Ledger(ledger) => Some(ledger),
        Shown::File(_) => None,
    };
    ledger.unwrap()
}

/// A payment of which a part was refunded, and which was disputed and lost.
async fn busy() -> Shop {
    let shop = Shop::open().await;
    shop.hear(&placed("pm_card_visa")).await.unwrap();
    shop.hear(&granted(1, 1_305)).await.unwrap();
    shop.bank.disputed(1, 2_385);
    shop.hear(&dispute_reported(1, "dp_1")).await.unwrap();
    shop.bank.decides(1, false);
    shop.hear(&dispute_reported(2, "dp_1")).await.unwrap();
    shop
}

fn sums(totals: &[AccountTotal]) -> Vec<(Account, i64, i64, i64)> {
    totals.iter().map(|total| (total.account, total.debit, total.credit, total.balance)).collect()
}

#[tokio::test]
async fn a_month_is_added_up_by_account_and_day() {
    use Account::{CustomerOrders, DisputeLosses, DisputedFunds, GatewayFees, GatewayReceivable};
    let shop = busy().await;
    let found = ledger(&shop, "month=2026-11").await;
    let expected = [
        (GatewayReceivable, 3_690, 1_305 + 4_385, -2_000),
        (CustomerOrders, 1_305, 3_690, -2_385),
        (GatewayFees, 2_000, 0, 2_000),
        (DisputedFunds, 2_385, 2_385, 0),
        (DisputeLosses, 2_385, 0, 2_385),
    ];
    assert_eq!(sums(&found.accounts), expected);
    let [day] = found.days.as_slice() else { panic!("{found:?}") };
    assert_eq!((day.day.to_string().as_str(), &day.accounts), ("2026-11-23", &found.accounts));
    let sum = |of: fn(&AccountTotal) -> i64| day.accounts.iter().map(of).sum::<i64>();
    assert_eq!(sum(|total| total.debit), sum(|total| total.credit));
    assert_eq!(i128::from(expected[0].3), i128::from(shop.bank.holds()), "the gateway agrees");
    assert_eq!(ledger(&shop, "day=2026-11-23").await, found);
    for empty in ["month=2026-10", "day=2026-11-22", "day=2026-11-24"] {
        assert_eq!(ledger(&shop, empty).await, Ledger { accounts: Vec::new(), days: Vec::new() }, "{empty}");
    }
}

#[tokio::test]
async fn a_file_has_a_line_for_each_account_and_day() {
    let shop = busy().await;
    let Shown::File(file) = show(&shop, "month=2026-11&format=csv").await.unwrap() else { panic!("a file") };
    insta::assert_snapshot!(file.text, @r"
    day,account,currency,debit,credit
    2026-11-23,gateway_receivable,EUR,36.90,56.90
    2026-11-23,customer_orders,EUR,13.05,36.90
    2026-11-23,gateway_fees,EUR,20.00,0.00
    2026-11-23,disputed_funds,EUR,23.85,23.85
    2026-11-23,dispute_losses,EUR,23.85,0.00
    ");
}

#[tokio::test]
async fn a_time_that_is_not_one_is_refused() {
    let shop = Shop::open().await;
    for query in
        ["", "month=2026-11&day=2026-11-23", "month=2026-13", "day=2026-02-30", "month=2026-11&format=xlsx"]
    {
        let problem = show(&shop, query).await.unwrap_err();
        assert_eq!((problem.status().as_u16(), problem.code()), (400, "invalid_query"), "{query}");
    }
}

/// Adds so many rows like that of the shop's first posting.
async fn repeat_a_posting(shop: &Shop, times: usize) {
    let (client, table) = (shop.engine.client(), shop.engine.name());
    let found = client
        .scan()
        .table_name(table)
        .filter_expression("#row = :posting")
        .expression_attribute_names("#row", "row")
        .expression_attribute_values(":posting", AttributeValue::S("posting".to_owned()));
    let posting = found.send().await.unwrap().items()[0].clone();
    for part in (0..times).collect::<Vec<_>>().chunks(25) {
        let puts = part.iter().map(|number| {
            let mut posting = posting.clone();
            posting.insert("sk".to_owned(), AttributeValue::S(format!("REPEATED#{number}")));
            let put = PutRequest::builder().set_item(Some(posting)).build().unwrap();
            WriteRequest::builder().put_request(put).build()
        });
        client.batch_write_item().request_items(table, puts.collect()).send().await.unwrap();
    }
}

#[tokio::test]
async fn a_month_of_more_postings_than_can_be_added_up_is_asked_for_by_day() {
    let shop = busy().await;
    let of_a_day = ledger(&shop, "day=2026-11-23").await.accounts;
    repeat_a_posting(&shop, 40_000).await;
    let problem = show(&shop, "month=2026-11").await.unwrap_err();
    assert_eq!((problem.status().as_u16(), problem.code()), (422, "too_many_postings"));
    let repeated = ledger(&shop, "day=2026-11-23").await.accounts;
    let debit = |accounts: &[AccountTotal]| accounts.iter().map(|account| account.debit).sum::<i64>();
    let added = debit(&repeated) - debit(&of_a_day);
    assert!(added > 0 && added % 40_000 == 0, "{added}: a day is added up, however many there are");
}

#[tokio::test]
async fn show_ledger_keeps_to_its_budget() {
    let shop = busy().await;
    let used = || shop.engine.used();
    used();
    ledger(&shop, "day=2026-11-23").await;
    assert_eq!(used(), "2 read, 0 written: 4 Query", "a day: one query per shard");
    ledger(&shop, "month=2026-11").await;
    assert_eq!(used(), "60 read, 0 written: 120 Query", "a month");
}
