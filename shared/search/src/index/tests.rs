use domain::catalogue::{Attributes, Product, ProductStatus, Variant};
use domain::words::goods::{Description, Goods, Slug, Title};
use domain::words::id::ProductId;
use domain::words::money::{Currency, Money, TaxRate};
use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::pack::{CHUNK_LIMIT, pack, unpack};
use crate::ranking::Sort;
use crate::text::Phrase;

fn variant(sku: &str, title: &str, amount: i64) -> Variant {
    Variant {
        sku: sku.parse().unwrap(),
        title: Title::try_new(title).unwrap(),
        price: Money::new(amount, Currency::EUR).unwrap(),
        sale: None,
        tax_rate: TaxRate::default(),
        goods: Goods::default(),
        content: None,
        retired: false,
        shards: 0,
    }
}

fn product(number: u64, title: &str, category: &str, text: &str, variants: Vec<Variant>) -> Product {
    Product {
        product_id: ProductId::from_parts(number, 0),
        title: Title::try_new(title).unwrap(),
        description: Description::try_new(text).unwrap(),
        slug: crate::text::words(title)
            .collect::<Vec<_>>()
            .join("-")
            .parse()
            .unwrap_or_else(|_| "x".parse().unwrap()),
        category: category.parse().unwrap(),
        variants,
        images: Vec::new(),
        attributes: Attributes::default(),
        manufacturer: None,
        responsible_person: None,
        status: ProductStatus::Active,
        created_at: Timestamp::UNIX_EPOCH,
    }
}

/// The seed's catalogue, in the order in which it is created. Of the grinder there is none in stock.
fn catalogue() -> Vec<Entry> {
    let products = [
        product(
            1,
            "House espresso",
            "coffee",
            "Chocolate, hazelnut. Roasted on Mondays.",
            vec![variant("BEANS-250", "250 g", 790), variant("BEANS-1000", "1 kg", 2690)],
        ),
        product(
            2,
            "Ethiopia Guji",
            "coffee",
            "Washed, light roast: bergamot, peach, black tea.",
            vec![variant("GUJI-250", "250 g", 1290)],
        ),
        product(
            3,
            "Espresso cup",
            "tableware",
            "Stoneware, 80 ml, glazed by hand in Talavera.",
            vec![variant("CUP-BLUE", "Blue", 1450), variant("CUP-WHITE", "White", 1450)],
        ),
        product(
            4,
            "Hand grinder",
            "tools",
            "Steel burrs, 25 g at a time, packs into a rucksack.",
            vec![variant("GRINDER-01", "One size", 8900)],
        ),
        product(
            5,
            "Moka pot",
            "tools",
            "Aluminium, for three cups.",
            vec![variant("MOKA-3", "3 cups", 2490), variant("MOKA-6", "6 cups", 3290)],
        ),
        product(
            6,
            "Café crème",
            "coffee",
            "A lungo for the hand-held.",
            vec![variant("CREME-1", "1 kg", 2490)],
        ),
    ];
    products
        .iter()
        .filter_map(|product| Entry::of(product, Timestamp::UNIX_EPOCH, |sku| sku.as_ref() != "GRINDER-01"))
        .collect()
}

fn index() -> Index {
    Index::new(catalogue()).unwrap()
}

fn wanted(phrase: &str) -> Criteria {
    let words = Phrase::try_new(phrase.to_owned()).unwrap().words();
    Criteria { words, limit: 20, ..Criteria::default() }
}

fn slugs(found: &Found) -> Vec<String> {
    found.items.iter().map(|card| card.slug.to_string()).collect()
}

fn found(phrase: &str) -> Vec<String> {
    slugs(&index().search(&wanted(phrase)))
}

#[test]
fn words_are_found_with_typing_errors_and_as_beginnings() {
    assert_eq!(found("espreso"), ["espresso-cup", "house-espresso"], "one edit; of equals the newest first");
    assert_eq!(found("gri"), ["hand-grinder"], "the beginning of the last word");
    assert_eq!(found("gri hand"), [""; 0], "the beginning of another one");
    assert_eq!(found("zzzz"), [""; 0]);
    assert_eq!(found("CAFE crème"), ["cafe-creme"]);
    assert_eq!(found("ethopja"), [""; 0], "two edits in seven letters");
    assert_eq!(found("talavear"), ["espresso-cup"], "two edits in eight letters");
    assert_eq!(found("gujj"), ["ethiopia-guji"], "one edit in four letters");
    assert_eq!(found("guj x"), [""; 0]);
    assert_eq!(found("cap"), [""; 0], "none in three");
    assert_eq!(found("moka-3"), ["moka-pot"]);
    assert_eq!(found("MOKA3"), ["moka-pot"]);
    assert_eq!(found("espresso tableware"), ["espresso-cup"], "all words, from all fields");
    assert_eq!(found("\"espresso\" *"), ["espresso-cup", "house-espresso"]);
    assert_eq!(found("☕ *"), [""; 0], "no word finds nothing");
    assert_eq!(found("قهوة"), [""; 0]);
    assert_eq!(found("").len(), 6);
}

#[test]
fn a_title_weighs_more_than_a_text_and_an_exact_word_more_than_a_beginning() {
    assert_eq!(found("hand"), ["hand-grinder", "cafe-creme", "espresso-cup"]);
    let index = index();
    let scores = |phrase: &str| index.scores(&wanted(phrase).words.unwrap());
    // Newest first: crème, moka pot, hand grinder, espresso cup, Guji, house espresso.
    assert_eq!(scores("hand"), [5, 0, 17, 5, 0, 0], "1 + exact in the text 1 × 4, in the title 4 × 4");
    assert_eq!(scores("grind"), [0, 0, 15, 0, 0, 0], "1 + a beginning in title and SKU, (4 + 3) × 2");
    assert_eq!(scores("tools"), [0, 9, 9, 0, 0, 0], "1 + exact in the category 2 × 4");
    assert_eq!(scores("espreso"), [0, 0, 0, 5, 0, 5], "1 + one edit in the title 4 × 1");
}

#[test]
fn results_are_filtered_and_sorted() {
    let index = index();
    let tools = Some(vec!["tools".parse::<Slug>().unwrap()]);
    let by = |sort| Criteria { categories: tools.clone(), sort, ..wanted("") };
    let found = index.search(&by(Sort::PriceAsc));
    let prices: Vec<i64> = found.items.iter().map(|card| card.price.amount()).collect();
    assert_eq!(
        (slugs(&found), prices),
        (vec!["moka-pot".to_owned(), "hand-grinder".to_owned()], vec![2490, 8900])
    );
    assert_eq!(slugs(&index.search(&by(Sort::PriceDesc))), ["hand-grinder", "moka-pot"]);
    assert_eq!(slugs(&index.search(&by(Sort::Newest))), ["moka-pot", "hand-grinder"]);
    let in_stock = Criteria { in_stock: true, ..by(Sort::Newest) };
    assert_eq!(slugs(&index.search(&in_stock)), ["moka-pot"]);
    let between = |min, max| Criteria { min_price: Some(min), max_price: Some(max), ..wanted("") };
    assert_eq!(
        slugs(&index.search(&between(2491, 3290))),
        ["moka-pot", "house-espresso"],
        "a variant is enough"
    );
    assert_eq!(index.search(&between(791, 1289)).total, 0, "not one below and another above");
}

#[test]
fn a_facet_does_not_depend_on_its_own_filter() {
    let all =
        Criteria { max_price: Some(2600), categories: Some(vec!["coffee".parse().unwrap()]), ..wanted("") };
    let found = index().search(&all);
    assert_eq!((found.total, found.items.len()), (3, 3));
    let counts: Vec<(String, usize)> =
        found.facets.categories.iter().map(|facet| (facet.category.to_string(), facet.count)).collect();
    assert_eq!(counts, [("coffee".to_owned(), 3), ("tableware".to_owned(), 1), ("tools".to_owned(), 1)]);
    let [span] = found.facets.price[..] else { panic!("one currency") };
    assert_eq!((span.min.amount(), span.max.amount()), (790, 2690));
}

#[test]
fn pages_join_without_gaps_in_every_order() {
    let index = index();
    for sort in [Sort::Relevance, Sort::Newest, Sort::PriceAsc, Sort::PriceDesc] {
        let mut all = Criteria { sort, limit: 4, ..wanted("") };
        let whole = slugs(&index.search(&Criteria { limit: 100, ..all.clone() }));
        let mut pages = Vec::new();
        loop {
            let page = index.search(&all);
            assert_eq!(page.total, 6);
            pages.extend(slugs(&page));
            let Some(cursor) = page.next_cursor else { break };
            all.after = Some(Position::read(&cursor, sort).unwrap());
            assert!(Position::read(&cursor, Sort::Relevance).is_ok() == (sort == Sort::Relevance));
        }
        assert_eq!(pages, whole, "{sort:?}");
    }
}

#[test]
fn the_largest_products_fit_into_chunks() {
    let letters = |seed: u64| -> String {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from_u32(0x4e00 + u32::try_from(state % 20_000).unwrap()).unwrap()
        })
        .take(200)
        .collect()
    };
    let product = |number: u64| {
        let variants = (0..50)
            .map(|place| variant(&format!("{:0>40}", number * 50 + place), &letters(number * 50 + place), 1));
        let description: String =
            (0..60).map(|place| letters(place).chars().take(80).collect::<String>() + " ").collect();
        let mut product = product(number, "x", "c", &description, variants.collect());
        product.title = Title::try_new(letters(number)).unwrap();
        Entry::of(&product, Timestamp::UNIX_EPOCH, |_| true).unwrap()
    };
    let entries: Vec<Entry> = (0..40).map(product).collect();
    let packed = pack(&entries).unwrap();
    let longest = packed.chunks.iter().map(String::len).max().unwrap();
    assert!(packed.chunks.len() > 1 && longest <= CHUNK_LIMIT, "{} chunks, {longest}", packed.chunks.len());
    let unpacked: Vec<Entry> = packed.chunks.iter().flat_map(|chunk| unpack(chunk).unwrap()).collect();
    assert_eq!(unpacked, entries);
    assert!(unpack("x").is_err() && unpack(&packed.chunks[0][..100]).is_err());
    assert_eq!(pack(&[]).unwrap().chunks, [""; 0]);
}

/// Wagner and Fischer's algorithm.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, letter) in one.chars().enumerate() {
        let (mut diagonal, mut left) = (row[0], above + 1);
        row[0] = left;
        for (place, with) in other.iter().enumerate() {
            let cost = diagonal + usize::from(letter != *with);
            diagonal = row[place + 1];
            left = cost.min(left + 1).min(diagonal + 1);
            row[place + 1] = left;
        }
    }
    row[other.len()]
}

proptest! {
    #[test]
    fn a_word_is_found_if_and_only_if_it_is_near_or_begins_so(word in "[abé]{1,10}", sought in "[abé]{1,10}") {
        let entry = Entry::of(&product(1, "x", "c", &word, vec![variant("S", "y", 1)]), Timestamp::UNIX_EPOCH, |_| true).unwrap();
        let index = Index::new(vec![entry]).unwrap();
        let plain = |text: &str| text.replace('é', "e");
        let (word, plain_sought) = (plain(&word), plain(&sought));
        let forgiven = match plain_sought.len() { 0..4 => 0, 4..8 => 1, _ => 2 };
        let near = distance(&word, &plain_sought) <= forgiven;
        // `x`, `c`, `s` and `y` are farther from every word of these letters than what is forgiven.
        let is_found = index.search(&wanted(&sought)).total == 1;
        prop_assert_eq!(is_found, near || word.starts_with(&plain_sought));
    }

    #[test]
    fn no_phrase_and_no_cursor_panics(phrase in "\\PC{0,200}", cursor in "[A-Za-z0-9_-]{0,80}") {
        if let Ok(phrase) = Phrase::try_new(phrase) {
            let after = Position::read(&cursor, Sort::Relevance).ok();
            let criteria = Criteria { words: phrase.words(), limit: 20, after, ..Criteria::default() };
            prop_assert!(index().search(&criteria).total <= 6);
        }
    }
}
