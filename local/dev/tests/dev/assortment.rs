//! The assortment of `cargo dev`, without a shop.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use dev::seed::Assortment;
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}

fn file(name: &str) -> Value {
    let path = root().join("local/dev/assortment").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn texts(list: &Value, name: &str) -> Vec<String> {
    let entries = list.as_array().unwrap().iter();
    entries.map(|entry| entry[name].as_str().unwrap().to_owned()).collect()
}

#[test]
fn each_product_has_pictures_of_its_own() {
    let assortment = Assortment::read(root()).unwrap();
    let drawn = assortment.draw(60).unwrap();
    let products: BTreeSet<&str> = drawn.iter().map(|(slug, _)| *slug).collect();
    assert_eq!(products, assortment.slugs().into_iter().collect());
    let different: BTreeMap<&[u8], &str> =
        drawn.iter().map(|(slug, jpeg)| (jpeg.as_slice(), *slug)).collect();
    assert_eq!(different.len(), drawn.len());
    assert!(drawn.iter().all(|(_, jpeg)| jpeg.starts_with(&[0xff, 0xd8, 0xff])));
}

#[test]
fn every_scene_and_every_tint_is_used() {
    let pictures: Vec<Value> = file("pictures.json").as_object().unwrap().values().cloned().collect();
    let pictures =
        Value::Array(pictures.iter().flat_map(|of_one| of_one.as_array().unwrap().clone()).collect());
    let folder = root().join("local/dev/assortment/scenes");
    let mut scenes = BTreeSet::new();
    for backdrop in ["lying", "standing"] {
        for scene in std::fs::read_dir(folder.join(backdrop)).unwrap() {
            let name = scene.unwrap().file_name().into_string().unwrap();
            scenes.insert(format!("{backdrop}/{}", name.strip_suffix(".svg").unwrap()));
        }
    }
    assert_eq!(texts(&pictures, "scene").into_iter().collect::<BTreeSet<_>>(), scenes);
    let tints: BTreeSet<String> = file("palette.json").as_object().unwrap().keys().cloned().collect();
    assert_eq!(texts(&pictures, "tint").into_iter().collect::<BTreeSet<_>>(), tints);
}

#[test]
fn the_assortment_has_drafts_reductions_and_what_is_low_or_sold_out_in_categories_of_the_tree() {
    let products = file("products.json");
    let variants: Vec<&Value> = products
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|product| product["variants"].as_array().unwrap())
        .collect();
    let count = |is: &dyn Fn(&Value) -> bool| variants.iter().filter(|variant| is(variant)).count();
    assert!(count(&|variant| variant["sale"].is_u64()) >= 5);
    assert!(count(&|variant| (1..=5).contains(&variant["stock"].as_u64().unwrap())) >= 5);
    assert!(count(&|variant| variant["stock"] == 0) >= 1);
    assert!(products.as_array().unwrap().iter().any(|product| product["status"] == "draft"));
    assert!(variants.iter().all(|variant| variant["sale"].as_u64() < variant["price"].as_u64()));
    let tree: BTreeSet<String> = texts(&file("categories.json"), "slug").into_iter().collect();
    let named: BTreeSet<String> = texts(&products, "category").into_iter().collect();
    assert_eq!(named.len(), 6);
    assert!(named.is_subset(&tree), "{named:?}");
}
