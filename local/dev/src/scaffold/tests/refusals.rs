//! What is not written, and why.

use clap::error::ErrorKind;

use super::*;

fn refused(line: &str) -> Error {
    match typed(line).map_err(Error::from).and_then(|wanted| new(copy().path(), &wanted)) {
        Err(error) => error,
        Ok(written) => panic!("{line}: {written:?}"),
    }
}

fn name(path: &str) -> NameError {
    match refused(&format!("{path} GET /things")) {
        Error::Name(error) => error,
        other => panic!("{path}: {other:?}"),
    }
}

fn trigger(line: &str) -> TriggerError {
    match refused(line) {
        Error::Trigger(error) => error,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn names_that_lead_nowhere_are_refused() {
    assert!(matches!(name("products/withdraw-product"), NameError::Path(_)));
    assert!(matches!(name("stock/a/b"), NameError::Service(_)));
    assert!(matches!(name("products/../b"), NameError::Name(_)));
    assert!(matches!(name("products/a/WithdrawProduct"), NameError::Name(_)));
    assert!(matches!(name("products/kinds/type"), NameError::Reserved(_)));
    assert!(matches!(name("products/bin/find"), NameError::Reserved(_)));
}

#[test]
fn routes_that_lead_nowhere_are_refused() {
    let route = |rest: &str| trigger(&format!("products/catalogue/withdraw-product {rest}"));
    assert!(matches!(route("FETCH /products"), TriggerError::Method(_)));
    assert!(matches!(route("GET products"), TriggerError::Path(_)));
    assert!(matches!(route("GET /products/{a/b}"), TriggerError::Path(_)));
    assert!(matches!(route("GET /internal/a"), TriggerError::Internal));
    assert!(matches!(route("GET /a --role service"), TriggerError::Internal));
    assert_eq!(
        route("post /products"),
        TriggerError::RouteTaken {
            route: "POST /products".to_owned(),
            operation: "create-product".to_owned()
        }
    );
    assert_eq!(
        trigger("notifications/mails/list-mails GET /mails"),
        TriggerError::NoApi("notifications".to_owned())
    );
}

#[test]
fn an_operation_has_one_trigger() {
    let of = |rest: &str| trigger(&format!("orders/orders/apply-shipment {rest}"));
    assert_eq!(of(""), TriggerError::None);
    assert_eq!(of("--role staff"), TriggerError::None);
    assert_eq!(of("GET /shipments --queue order-events"), TriggerError::Several);
    assert_eq!(of("GET /shipments --schedule|\"rate(1 day)"), TriggerError::Several);
    assert_eq!(of("--queue order-events --schedule|\"rate(1 day)"), TriggerError::Several);
    assert_eq!(of("--queue order-events --role staff"), TriggerError::RoleWithoutRoute);
    assert_eq!(of("--role staff --schedule|\"rate(1 day)"), TriggerError::RoleWithoutRoute);
}

#[test]
fn unknown_roles_and_methods_without_a_path_are_refused_as_they_are_read() {
    let kind = |line: &str| match Cli::try_parse_from(["new", "a/b/c"].into_iter().chain(line.split(' '))) {
        Err(error) => error.kind(),
        Ok(_) => panic!("{line}"),
    };
    assert_eq!(kind("GET /things --role owner"), ErrorKind::InvalidValue);
    assert_eq!(kind("GET"), ErrorKind::MissingRequiredArgument);
}

#[test]
fn a_queue_exists_and_has_one_consumer() {
    let missing = trigger(QUEUE);
    let TriggerError::NoQueue { queue, known } = &missing else { panic!("{missing:?}") };
    assert_eq!(queue, "shipment-events");
    assert_eq!(
        known,
        "account-mails, audit-events, catalogue-imports, catalogue-uploads, customer-events, mail-events, notification-requests, order-events, payment-commands, stock-commands"
    );
    assert!(missing.to_string().contains("CONTRIBUTING.md"), "{missing}");
    let contributing = fs::read_to_string(repository().join("CONTRIBUTING.md")).unwrap();
    assert!(contributing.contains("\n### Queues and schedules\n"), "the errors name this section");
    assert_eq!(
        trigger("orders/orders/apply-shipment --queue order-events"),
        TriggerError::QueueTaken {
            queue: "order-events".to_owned(),
            consumer: "apply-payment-event".to_owned()
        }
    );
    assert!(matches!(trigger("orders/a/b --queue order-events-dead-letters"), TriggerError::NoQueue { .. }));
}

#[test]
fn a_service_that_consumes_nothing_gets_its_boundary_first() {
    let root = copy();
    add_queue(root.path());
    // Every service consumes a queue by now.
    let received = "            Action: [sqs:ReceiveMessage, sqs:DeleteMessage, sqs:GetQueueAttributes]\n";
    let limit = "            NotResource: !Sub \"${QueueArns}audit-events\"\n";
    let statement = format!("          - Effect: Deny\n{received}{limit}");
    replace(root.path(), "functions/users/template.yaml", &statement, "");
    let wanted = typed("users/accounts/note-shipment --queue shipment-events").unwrap();
    assert!(matches!(new(root.path(), &wanted), Err(Error::NoPlace { .. })));
}

#[test]
fn schedules_are_eventbridges() {
    for expression in ["daily", "rate(1 days)", "rate(5 seconds)", "cron(0 3 * * *)"] {
        let line = format!("payments/payments/close-books --schedule|\"{expression}");
        assert!(matches!(trigger(&line), TriggerError::Schedule(_)), "{expression}");
    }
}

#[test]
fn nothing_is_written_twice() {
    let root = copy();
    let wanted = typed(SCHEDULE).unwrap();
    new(root.path(), &wanted).unwrap();
    let before = read(root.path(), "functions/payments/template.yaml");
    assert!(matches!(new(root.path(), &wanted), Err(Error::Exists(_))));
    assert_eq!(read(root.path(), "functions/payments/template.yaml"), before);
}
