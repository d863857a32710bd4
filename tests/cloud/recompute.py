"""Adds a month up again from the events alone, in Python's standard library, and compares the sums with what the shop says it has: its
ledger, its documents, its stock and the balance at the payment gateway. It shares no code with the shop."""

import collections
import csv
import decimal
import json
import pathlib

# What the laptop's payment gateway takes for a dispute, won or lost.
DISPUTE_FEE = 2000
# What trade has delivered of each SKU, for each order.
PIECES_PER_ORDER = 3


def lines_of(path):
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file)


class Events:
    """The data of all events, by type. Each event counts once, however many queues it went to and however often it was sent."""

    def __init__(self, path):
        self.by_type = collections.defaultdict(dict)
        for event in lines_of(path):
            self.by_type[event["type"]][event["id"]] = event["data"]

    def of(self, name):
        return list(self.by_type[f"bodega.{name}"].values())

    def amounts(self, name, by):
        """The amounts of events of a type, in minor units, by an id that each of them has only once."""
        amounts = {}
        for data in self.of(name):
            if data[by] in amounts:
                raise AssertionError(f"two {name} of {data[by]}")
            amounts[data[by]] = data["amount"]["amount"]
        return amounts

    def returned(self):
        """The refunds that were made and came back, by their ids. One that failed at once never left."""
        made = {data["refund_id"] for data in self.of("refund.succeeded.v1")}
        return {data["refund_id"]: data for data in self.of("refund.failed.v1") if data["refund_id"] in made}


class Ledger:
    """The debits and credits of each account, in minor units, from the files that the shop gives to its accountant."""

    def __init__(self, folder):
        self.debits, self.credits = collections.Counter(), collections.Counter()
        self.by_day = collections.Counter()
        self.files = sorted(folder.glob("ledger-*.csv"))
        for path in self.files:
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    debit, credit = (int(decimal.Decimal(row[side]) * 100) for side in ("debit", "credit"))
                    self.debits[row["account"]] += debit
                    self.credits[row["account"]] += credit
                    self.by_day[row["day"]] += debit - credit

    def balance(self, account):
        return self.debits[account] - self.credits[account]


def money(events, ledger, gateway):
    """Compares every account. What the gateway has paid out is no event: it left the receivable for the bank, less fees."""
    captured = events.amounts("payment.captured.v1", "payment_id") | events.amounts("payment.part_captured.v1", "capture_id")
    refunded = events.amounts("refund.succeeded.v1", "refund_id")
    opened = events.amounts("dispute.opened.v1", "dispute_id")
    closed = events.of("dispute.closed.v1")
    decided = {outcome: sum(d["amount"]["amount"] for d in closed if d["outcome"] == outcome) for outcome in ("won", "lost")}
    returned = sum(data["amount"]["amount"] for data in events.returned().values())
    took, gave_back, disputed = sum(captured.values()), sum(refunded.values()), sum(opened.values())
    fees_of_disputes = DISPUTE_FEE * len(opened)
    received = took - gave_back + returned - disputed - fees_of_disputes + decided["won"]
    paid_out = ledger.balance("bank") + ledger.balance("gateway_fees") - fees_of_disputes
    unbalanced = {day: difference for day, difference in ledger.by_day.items() if difference}
    return [
        ("days on which debits differ from credits", unbalanced, {}),
        ("credited to customers' orders", ledger.credits["customer_orders"], took + returned),
        ("debited to customers' orders", ledger.debits["customer_orders"], gave_back),
        ("disputed and not decided", ledger.balance("disputed_funds"), disputed - decided["won"] - decided["lost"]),
        ("lost in disputes", ledger.balance("dispute_losses"), decided["lost"]),
        ("receivable from the payment gateway", ledger.balance("gateway_receivable"), received - paid_out),
        ("balance at the payment gateway", gateway["balance"], received - paid_out),
    ]


def documents(events, issued):
    """Compares invoices less credit notes with the money that is kept, for each order of which something was shipped."""
    kept = collections.Counter()
    for data in events.of("payment.captured.v1") + events.of("payment.part_captured.v1"):
        kept[data["order_id"]] += data["amount"]["amount"]
    for data in events.of("refund.succeeded.v1"):
        kept[data["order_id"]] -= data["amount"]["amount"]
    for data in events.returned().values():
        kept[data["order_id"]] += data["amount"]["amount"]
    # The credit note of a refund that came back stays, and says what its customer is owed.
    owed = {data["order_id"] for data in events.returned().values()}
    shipped = {data["order_id"] for data in events.of("order.shipped.v1")}
    disputed = {data["order_id"] for data in events.of("dispute.closed.v1") if data["outcome"] == "lost"}
    documented = collections.Counter()
    for document in issued:
        sign = {"invoice": 1, "credit_note": -1}[document["kind"]]
        documented[document["order_id"]] += sign * document["total"]["amount"]
    wrong = {order: (documented[order], kept[order]) for order in (shipped | set(documented)) - owed if documented[order] != kept[order]}
    kept_for_nothing = {order for order, amount in kept.items() if amount and order not in shipped | disputed}
    return [
        ("orders whose documents differ from the money kept", wrong, {}),
        ("invoices less credit notes", sum(documented.values()), sum((documented if order in owed else kept)[order] for order in shipped)),
        ("orders whose money is kept though nothing was shipped", kept_for_nothing, set()),
    ]


def stock(events, before, after):
    """Compares the counts of each SKU: what was received, sold, and is there."""
    sold, lost = collections.Counter(), collections.Counter()
    for data in events.of("order.confirmed.v1"):
        sold.update({line["sku"]: line["quantity"] for line in data["lines"]})
    # A cancellation is told again after a while, and happens once. It is of all that was ordered, with what was cancelled before.
    cancelled = {data["order"]["order_id"]: data["order"]["lines"] for data in events.of("order.cancelled.v2")}
    in_part = [data for data in events.of("order.lines_cancelled.v1") if data["order_id"] not in cancelled]
    for lines in [*cancelled.values(), *(data["lines"] for data in in_part)]:
        sold.subtract({line["sku"]: line["quantity"] for line in lines})
    for data in events.of("return.received.v1"):
        for line in data["lines"]:
            back = {what: line.get(what, 0) for what in ("restock", "write_off")}
            sold[line["sku"]] -= sum(back.values())
            lost[line["sku"]] += back["write_off"]
    delivered = PIECES_PER_ORDER * len(events.of("order.placed.v1"))
    at_first = {item["level"]["sku"]: item["level"] for item in before}
    compared = []
    for level in (item["level"] for item in after):
        sku = level["sku"]
        had = at_first[sku]
        expected_received = had["received"] + delivered - lost[sku]
        expected_sold = had["sold"] + sold[sku]
        counts = {name: level[name] for name in ("received", "sold", "reserved", "available")}
        expected = {
            "received": expected_received, "sold": expected_sold, "reserved": 0, "available": expected_received - expected_sold,
        }  # fmt: skip
        compared.append((f"pieces of {sku}", counts, expected))
    return compared


def compare(folder):
    """Prints what was compared, and returns what differs."""
    folder = pathlib.Path(folder)
    read = lambda name: json.loads((folder / name).read_text(encoding="utf-8"))  # noqa: E731
    events = Events(folder / "events.jsonl")
    for name, data in sorted(events.by_type.items()):
        print(f"{len(data):7} {name}")
    ledger = Ledger(folder)
    compared = [
        *money(events, ledger, read("gateway.json")),
        *documents(events, lines_of(folder / "documents.jsonl")),
        *stock(events, read("stock-before.json"), read("stock-after.json")),
    ]
    for what, found, expected in compared:
        print(f"{'same' if found == expected else 'DIFFERS'}: {what}: {found}" + ("" if found == expected else f", not {expected}"))
    return [what for what, found, expected in compared if found != expected]
