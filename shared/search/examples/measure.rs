//! Measures search over made-up catalogues: `cargo run --release -p search --example measure`.
//! The figures of docs/performance.md, as a Markdown table.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a program for developers")]

use std::time::{Duration, Instant};

use domain::catalogue::{Attributes, Product, ProductStatus, Variant};
use domain::words::goods::{Description, Goods, Title};
use domain::words::id::ProductId;
use domain::words::money::{Currency, Money, TaxRate};
use jiff::Timestamp;
use search::{Criteria, Entry, Index, Phrase, Sort, pack, unpack};

/// The words of a shop: few are frequent, most are rare.
const VOCABULARY: u64 = 30_000;
const ROUNDS: usize = 200;

/// A generator of numbers (xorshift), so that each run measures the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    /// Draws a word's number: the product of two draws favours small ones, as Zipf's law does.
    fn word(&mut self) -> String {
        let number = self.below(VOCABULARY) * self.below(VOCABULARY) / VOCABULARY;
        word(number)
    }

    fn words(&mut self, count: u64) -> String {
        (0..count).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }
}

/// Returns a word of two to five syllables.
fn word(number: u64) -> String {
    const SYLLABLES: [&str; 24] = [
        "ka", "lo", "mi", "ter", "es", "pre", "so", "gri", "nder", "cup", "mo", "ta", "bel", "ran", "de",
        "vin", "chi", "fol", "ga", "ur", "zen", "pat", "is", "on",
    ];
    let mut left = number.wrapping_mul(2_654_435_761) % 7_962_624;
    let count = 2 + number % 4;
    (0..count)
        .map(|_| {
            let syllable = SYLLABLES[usize::try_from(left % 24).unwrap()];
            left /= 24;
            syllable
        })
        .collect()
}

/// Products of `variants` each, with titles of three words and descriptions of sixty.
fn catalogue(products: u64, variants: u64) -> Vec<Entry> {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let product = |number: u64| {
        let variant = |place: u64, dice: &mut Dice| Variant {
            sku: format!("SKU-{number}-{place}").parse().unwrap(),
            title: Title::try_new(dice.word()).unwrap(),
            price: Money::new(i64::try_from(100 + dice.below(20_000)).unwrap(), Currency::EUR).unwrap(),
            sale: None,
            tax_rate: TaxRate::default(),
            goods: Goods::default(),
            content: None,
            retired: false,
            shards: 0,
        };
        let variants = (0..variants).map(|place| variant(place, &mut dice)).collect();
        let product = Product {
            product_id: ProductId::from_parts(number, 0),
            title: Title::try_new(dice.words(3)).unwrap(),
            description: Description::try_new(dice.words(60)).unwrap(),
            slug: format!("product-{number}").parse().unwrap(),
            category: format!("category-{}", dice.below(60)).parse().unwrap(),
            variants,
            images: Vec::new(),
            attributes: Attributes::default(),
            manufacturer: None,
            responsible_person: None,
            status: ProductStatus::Active,
            created_at: Timestamp::UNIX_EPOCH,
        };
        Entry::of(&product, Timestamp::UNIX_EPOCH, |_| !number.is_multiple_of(3)).unwrap()
    };
    (0..products).map(product).collect()
}

/// What customers type: words, beginnings, typing errors, several words, filters only, and the longest that is allowed.
fn searches() -> Vec<Criteria> {
    let mut dice = Dice(7);
    let mut searches = Vec::new();
    for round in 0..ROUNDS {
        let (one, two) = (dice.word(), dice.word());
        let long = dice.words(8);
        let typo = one.replacen(['e', 'a', 'o'], "u", 1);
        for phrase in [one.clone(), one[..2].to_owned(), typo, format!("{one} {two}"), String::new(), long] {
            let words = Phrase::try_new(phrase.chars().take(200).collect::<String>()).unwrap().words();
            let sort = [Sort::Relevance, Sort::Newest, Sort::PriceAsc, Sort::PriceDesc][round % 4];
            searches.push(Criteria {
                words,
                sort,
                in_stock: round.is_multiple_of(2),
                limit: 20,
                ..Criteria::default()
            });
        }
    }
    searches
}

/// Returns the resident memory of this process in bytes.
fn resident() -> u64 {
    let pid = sysinfo::get_current_pid().unwrap();
    let mut system = sysinfo::System::new().unwrap();
    system.refresh_processes(sysinfo::ProcessesToUpdate::Some(&[pid]), true);
    system.process(pid).map_or(0, sysinfo::Process::memory)
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1_000.0)
}

/// Packs a catalogue, and has another process load and search it, whose memory holds nothing else.
fn measure(products: u64, variants: u64) {
    let entries = catalogue(products, variants);
    let started = Instant::now();
    let packed = pack(&entries).unwrap();
    let packing = milliseconds(started.elapsed());
    let file = std::env::temp_dir().join(format!("bodega-search-{}", std::process::id()));
    std::fs::write(&file, packed.chunks.join("\n")).unwrap();
    let mut other = std::process::Command::new(std::env::current_exe().unwrap());
    let searched = other.arg(&file).output().unwrap();
    std::fs::remove_file(&file).unwrap();
    let bytes: usize = packed.chunks.iter().map(String::len).sum();
    let searched = String::from_utf8(searched.stdout).unwrap();
    println!(
        "| {products} | {} | {} | {bytes} | {packing} {searched}",
        products * variants,
        packed.chunks.len()
    );
}

fn load_and_search(file: &str) {
    let chunks = std::fs::read_to_string(file).unwrap();
    let (before, started) = (resident(), Instant::now());
    let read: Vec<Entry> = chunks.lines().flat_map(|chunk| unpack(chunk).unwrap()).collect();
    let index = Index::new(read).unwrap();
    let (loading, memory) = (milliseconds(started.elapsed()), resident().saturating_sub(before));
    let search = |wanted: &Criteria| {
        let started = Instant::now();
        std::hint::black_box(index.search(std::hint::black_box(wanted)));
        started.elapsed()
    };
    let mut took: Vec<Duration> = searches().iter().map(search).collect();
    took.sort_unstable();
    let [median, p99, longest] =
        [500, 990, 1_000].map(|part| milliseconds(took[(took.len() - 1) * part / 1_000]));
    print!("| {loading} | {memory} | {median} | {p99} | {longest} |");
}

fn main() {
    if let Some(file) = std::env::args().nth(1) {
        return load_and_search(&file);
    }
    println!(
        "| products | variants | chunks | bytes stored | pack, ms | load, ms | memory, bytes | search p50, ms | p99, ms | longest, ms |"
    );
    println!("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for (products, variants) in [(2_500, 2), (5_000, 1), (10_000, 2), (20_000, 1)] {
        measure(products, variants);
    }
}
