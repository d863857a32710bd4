//! Products that are made up from words, for a catalogue of any size. A number always gives the same product.

use super::goods::{Goods, Variant};

struct Kind {
    noun: &'static str,
    category: &'static str,
    /// How it is made or what it is made of.
    makes: &'static [&'static str],
    sizes: &'static [&'static str],
    /// The lowest price, in cents, and its tax, in hundredths of a percent.
    price: u32,
    tax_rate: u32,
}

const fn kind(
    noun: &'static str,
    category: &'static str,
    makes: &'static [&'static str],
    sizes: &'static [&'static str],
    price: u32,
) -> Kind {
    Kind { noun, category, makes, sizes, price, tax_rate: 2100 }
}

impl Kind {
    /// Returns it taxed as food is.
    const fn food(self) -> Self {
        Self { tax_rate: 1000, ..self }
    }
}

const ROASTS: &[&str] =
    &["Washed", "Natural", "Honey-processed", "Light-roasted", "Dark-roasted", "Decaffeinated"];
const LEAVES: &[&str] = &["Green", "Black", "White", "Smoked", "Spiced", "Jasmine"];
const CLAYS: &[&str] = &["Stoneware", "Porcelain", "Terracotta", "Earthenware", "Enamelled", "Glazed"];
const METALS: &[&str] = &["Steel", "Copper", "Brass", "Cast-iron", "Aluminium", "Enamelled"];
const WOODS: &[&str] = &["Oak", "Walnut", "Olive wood", "Beech", "Cherry", "Bamboo"];
const CLOTHS: &[&str] = &["Linen", "Cotton", "Waffle-woven", "Striped", "Checked", "Undyed"];
const LARDER: &[&str] = &["Organic", "Smoked", "Wild", "Salted", "Roasted", "Aged"];
const WEIGHTS: &[&str] = &["250 g", "500 g", "1 kg"];
const JARS: &[&str] = &["180 g", "350 g", "720 g"];
const TINS: &[&str] = &["50 g", "100 g", "250 g"];
const VESSELS: &[&str] = &["Small", "Medium", "Large"];
const SETS: &[&str] = &["Single", "Set of 2", "Set of 6"];

const KINDS: [Kind; 32] = [
    kind("espresso", "coffee", ROASTS, WEIGHTS, 790).food(),
    kind("filter coffee", "coffee", ROASTS, WEIGHTS, 890).food(),
    kind("breakfast coffee", "coffee", ROASTS, WEIGHTS, 690).food(),
    kind("leaf tea", "tea", LEAVES, TINS, 590).food(),
    kind("evening tea", "tea", LEAVES, TINS, 490).food(),
    kind("tea blend", "tea", LEAVES, TINS, 690).food(),
    kind("cup", "tableware", CLAYS, SETS, 990),
    kind("bowl", "tableware", CLAYS, VESSELS, 1290),
    kind("plate", "tableware", CLAYS, SETS, 1190),
    kind("teapot", "tableware", CLAYS, VESSELS, 3490),
    kind("jug", "tableware", CLAYS, VESSELS, 2290),
    kind("serving platter", "tableware", CLAYS, VESSELS, 2990),
    kind("kettle", "tools", METALS, VESSELS, 3990),
    kind("moka pot", "tools", METALS, &["1 cup", "3 cups", "6 cups"], 1990),
    kind("coffee scoop", "tools", METALS, &["Short", "Long"], 690),
    kind("milk jug", "tools", METALS, &["350 ml", "600 ml"], 1490),
    kind("grinder", "tools", METALS, &["Travel", "Kitchen"], 5990),
    kind("tea strainer", "tools", METALS, VESSELS, 790),
    kind("saucepan", "kitchen", METALS, &["16 cm", "20 cm", "24 cm"], 3990),
    kind("frying pan", "kitchen", METALS, &["20 cm", "24 cm", "28 cm"], 2990),
    kind("chopping board", "kitchen", WOODS, VESSELS, 1990),
    kind("spoon", "kitchen", WOODS, SETS, 590),
    kind("rolling pin", "kitchen", WOODS, &["Tapered", "Straight"], 1590),
    kind("salt cellar", "kitchen", WOODS, VESSELS, 1490),
    kind("tea towel", "kitchen", CLOTHS, SETS, 990),
    kind("apron", "kitchen", CLOTHS, &["Half", "Full"], 2490),
    kind("napkin", "tableware", CLOTHS, SETS, 790),
    kind("olives", "pantry", LARDER, JARS, 390).food(),
    kind("almonds", "pantry", LARDER, JARS, 590).food(),
    kind("anchovies", "pantry", LARDER, &["50 g", "100 g"], 490).food(),
    kind("paprika", "pantry", LARDER, TINS, 350).food(),
    kind("honey", "pantry", LARDER, JARS, 690).food(),
];

const PLACES: [&str; 48] = [
    "Albacete",
    "Alcoy",
    "Almagro",
    "Almería",
    "Aranjuez",
    "Astorga",
    "Ávila",
    "Baeza",
    "Béjar",
    "Biar",
    "Cádiz",
    "Cambados",
    "Cuenca",
    "Denia",
    "Écija",
    "Elche",
    "Estella",
    "Fisterra",
    "Frigiliana",
    "Girona",
    "Granada",
    "Guadix",
    "Haro",
    "Jaén",
    "Jaca",
    "Jerez",
    "La Bisbal",
    "Laredo",
    "León",
    "Llanes",
    "Lorca",
    "Mahón",
    "Manises",
    "Mérida",
    "Níjar",
    "Olot",
    "Orihuela",
    "Pals",
    "Plasencia",
    "Priego",
    "Ronda",
    "Sóller",
    "Soria",
    "Talavera",
    "Teruel",
    "Toledo",
    "Úbeda",
    "Zamora",
];

const OPENINGS: [&str; 6] = [
    "From a workshop of four people who have done this for three generations.",
    "Made in small batches, and never quite the same twice.",
    "We have used ours every day for years.",
    "The maker sends us a few boxes a month, and they rarely stay long.",
    "Simple on purpose, and made to be repaired.",
    "A regular of the Saturday market, now here as well.",
];

const DETAILS: [&str; 6] = [
    "Everything superfluous was left out.",
    "It gets better with time.",
    "A good present for somebody who has everything else.",
    "Packed without plastic.",
    "The colour varies a little with the season.",
    "It comes with a card that says who made it, and when.",
];

/// Returns the product with a number.
pub(super) fn product(number: u32) -> Goods {
    let rest = index(number);
    let (kind, rest) = (&KINDS[rest % KINDS.len()], rest / KINDS.len());
    let (place, rest) = (PLACES[rest % PLACES.len()], rest / PLACES.len());
    let (make, series) = (kind.makes[rest % kind.makes.len()], rest / kind.makes.len());
    let dice = Dice::of(number);
    let Kind { noun, category, sizes, price, tax_rate, .. } = kind;
    let series = if series == 0 { String::new() } else { format!(" No. {}", series + 1) };
    let title = format!("{make} {noun} {place}{series}");
    let step = price + price * dice.up_to(0, 12) / 10;
    let sizes = sizes.iter().take(index(1 + dice.up_to(1, 3)));
    let variants = sizes.zip(1..).map(|(size, nth)| Variant {
        sku: format!("M{number:06}-{nth}"),
        title: (*size).to_owned(),
        price: step * (nth + 1) / 20 * 10,
        tax_rate: *tax_rate,
        // One in eight is sold out.
        stock: if dice.up_to(1 + nth, 8) == 0 { 0 } else { 1 + dice.up_to(4 + nth, 90) },
        backorder: None,
        sale: None,
    });
    Goods {
        slug: format!("{}-{}-{number}", make, noun).to_lowercase().replace(' ', "-"),
        title,
        category: (*category).to_owned(),
        description: format!(
            "{} {make} {noun}, from {place}. {}",
            OPENINGS[index(dice.up_to(8, 6))],
            DETAILS[index(dice.up_to(9, 6))]
        ),
        status: "active".to_owned(),
        variants: variants.collect(),
    }
}

fn index(number: u32) -> usize {
    number.try_into().unwrap_or_default()
}

/// Numbers that look random and are the same at each run, in every version. (`SplitMix64`.)
struct Dice(u64);

impl Dice {
    fn of(number: u32) -> Self {
        Self(u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// Returns the throw with this number: 0 to `sides` - 1.
    fn up_to(&self, throw: u32, sides: u32) -> u32 {
        let mixed = self.0.wrapping_add(u64::from(throw + 1).wrapping_mul(0xd1b5_4a32_d192_ed03));
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed >> 33) % u64::from(sides)).try_into().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn twenty_thousand_numbers_are_as_many_products_of_one_to_three_variants() {
        let products: Vec<Goods> = (0..20_000).map(product).collect();
        let slugs: HashSet<&str> = products.iter().map(|goods| goods.slug.as_str()).collect();
        let titles: HashSet<&str> = products.iter().map(|goods| goods.title.as_str()).collect();
        let variants: Vec<&Variant> = products.iter().flat_map(|goods| &goods.variants).collect();
        let skus: HashSet<&str> = variants.iter().map(|variant| variant.sku.as_str()).collect();
        assert_eq!((slugs.len(), titles.len(), skus.len()), (20_000, 20_000, variants.len()));
        assert!((35_000..45_000).contains(&variants.len()), "{}", variants.len());
        assert!(products.iter().all(|goods| (1..=3).contains(&goods.variants.len())));
        assert!(variants.iter().all(|variant| (100..50_000).contains(&variant.price)));
        let sold_out = variants.iter().filter(|variant| variant.stock == 0).count();
        assert!((4_000..6_000).contains(&sold_out), "{sold_out}");
    }

    #[test]
    fn a_number_gives_the_same_product_at_each_run() {
        let Goods { slug, title, description, variants, .. } = product(4_711);
        let variants: Vec<_> = variants.iter().map(|v| (v.sku.as_str(), v.price, v.stock)).collect();
        assert_eq!((slug.as_str(), title.as_str()), ("earthenware-bowl-4711", "Earthenware bowl Almería"));
        assert_eq!(
            description,
            "Simple on purpose, and made to be repaired. Earthenware bowl, from Almería. A good present for somebody who has everything else."
        );
        assert_eq!(variants, [("M004711-1", 2450, 80), ("M004711-2", 3670, 2), ("M004711-3", 4900, 58)]);
    }
}
