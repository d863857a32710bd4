//! Categories: the tree in which customers browse.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::refusals;
use crate::words::goods::{CategoryTitle, Slug};

/// The maximum number of categories: they are kept in one row.
pub const MAX_CATEGORIES: usize = 500;

/// The maximum number of levels of the tree.
pub const MAX_DEPTH: usize = 4;

/// A category, apart from its slug.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Category {
    /// Its title.
    pub title: CategoryTitle,
    /// The category that it is part of; none for one of the first level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Slug>,
    /// Its place among the categories beside it, the lowest first. Those with the same position are sorted by title.
    #[serde(default)]
    pub position: u16,
}

/// All categories. They are a tree at any time: a parent is there, and no category is its own ancestor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub struct Categories {
    categories: BTreeMap<Slug, Category>,
}

/// Categories as they are stored: a list, since what a newer version adds to a row is not one more category.
#[derive(Serialize, Deserialize)]
struct Kept {
    categories: Vec<KeptCategory>,
}

#[derive(Serialize, Deserialize)]
struct KeptCategory {
    slug: Slug,
    title: CategoryTitle,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<Slug>,
    #[serde(default)]
    position: u16,
}

impl From<Kept> for Categories {
    fn from(kept: Kept) -> Self {
        let category =
            |KeptCategory { slug, title, parent, position }| (slug, Category { title, parent, position });
        Self { categories: kept.categories.into_iter().map(category).collect() }
    }
}

impl From<Categories> for Kept {
    fn from(categories: Categories) -> Self {
        let kept =
            |(slug, Category { title, parent, position })| KeptCategory { slug, title, parent, position };
        Self { categories: categories.categories.into_iter().map(kept).collect() }
    }
}

/// A category with those that are part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CategoryNode {
    /// The slug, by which products are listed.
    pub slug: Slug,
    /// Its title.
    pub title: CategoryTitle,
    /// The categories that are part of it, in their order.
    pub children: Vec<CategoryNode>,
}

refusals! {
    /// Why a category was not changed or removed.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum CategoryRefusal {
        /// There is no such category.
        #[error("category not found")]
        NotFound => NotFound, "category_not_found", "Check the slug.";
        /// The parent is not a category.
        #[error("the category {0}, which is to be the parent, does not exist")]
        ParentUnknown(Slug) => Invalid, "category_parent_unknown", "Create the parent first.";
        /// The category would be its own ancestor.
        #[error("the category would be its own ancestor")]
        Cycle => Invalid, "category_cycle", "Choose a parent that is not below the category.";
        /// The tree would have too many levels.
        #[error("categories have at most {MAX_DEPTH} levels")]
        Depth => Invalid, "category_depth", "Choose a parent of a higher level.";
        /// There are too many.
        #[error("there are {MAX_CATEGORIES} categories, which is the maximum")]
        TooMany => Conflict, "too_many_categories", "Remove a category first.";
        /// Another category or a product refers to it.
        #[error("the category has categories or products")]
        InUse => Conflict, "category_in_use", "Move its categories and products first.";
    }
}

impl Categories {
    /// Returns a category.
    #[must_use]
    pub fn get(&self, slug: &Slug) -> Option<&Category> {
        self.categories.get(slug)
    }

    /// Adds a category, or changes the one with this slug.
    ///
    /// # Errors
    /// If the parent does not exist or is below the category, or if there would be too many levels or categories.
    pub fn put(&self, slug: Slug, category: Category) -> Result<Self, CategoryRefusal> {
        if let Some(parent) = &category.parent {
            if *parent != slug && !self.categories.contains_key(parent) {
                return Err(CategoryRefusal::ParentUnknown(parent.clone()));
            }
            if self.with_descendants(&slug).contains(parent) {
                return Err(CategoryRefusal::Cycle);
            }
        }
        let above = category.parent.as_ref().map_or(0, |parent| self.level(parent));
        if above + self.height(&slug) > MAX_DEPTH {
            return Err(CategoryRefusal::Depth);
        }
        let mut changed = self.clone();
        changed.categories.insert(slug, category);
        if changed.categories.len() > MAX_CATEGORIES {
            return Err(CategoryRefusal::TooMany);
        }
        Ok(changed)
    }

    /// Removes a category that no other is part of.
    ///
    /// # Errors
    /// If it does not exist, or is a parent.
    pub fn remove(&self, slug: &Slug) -> Result<Self, CategoryRefusal> {
        if self.children(Some(slug)).next().is_some() {
            return Err(CategoryRefusal::InUse);
        }
        let mut changed = self.clone();
        changed.categories.remove(slug).ok_or(CategoryRefusal::NotFound)?;
        Ok(changed)
    }

    /// Returns a category with all that are below it; the slug alone if it is not a category.
    #[must_use]
    pub fn with_descendants(&self, slug: &Slug) -> BTreeSet<Slug> {
        let mut found = BTreeSet::from([slug.clone()]);
        let mut parents = vec![slug.clone()];
        while let Some(parent) = parents.pop() {
            for (child, _) in self.children(Some(&parent)) {
                if found.insert(child.clone()) {
                    parents.push(child.clone());
                }
            }
        }
        found
    }

    /// Returns a category and all that it is part of, the nearest first; the slug alone if it is not a category.
    #[must_use]
    pub fn with_ancestors(&self, slug: &Slug) -> Vec<Slug> {
        let parent = |slug: &Slug| self.categories.get(slug)?.parent.clone();
        std::iter::successors(Some(slug.clone()), parent).take(MAX_DEPTH).collect()
    }

    /// Returns the categories with others that only products name: at the end, with their slugs for titles.
    #[must_use]
    pub fn with_named(mut self, named: impl IntoIterator<Item = Slug>) -> Self {
        for slug in named {
            if let Ok(title) = CategoryTitle::try_new(slug.as_ref()) {
                let category = Category { title, parent: None, position: u16::MAX };
                self.categories.entry(slug).or_insert(category);
            }
        }
        self
    }

    /// Returns the tree: the categories of the first level, each with those below it.
    #[must_use]
    pub fn tree(&self) -> Vec<CategoryNode> {
        self.below(None)
    }

    fn below(&self, parent: Option<&Slug>) -> Vec<CategoryNode> {
        let mut children: Vec<_> = self.children(parent).collect();
        // They are sorted by slug already.
        children.sort_by(|(_, one), (_, other)| {
            one.position.cmp(&other.position).then_with(|| one.title.as_ref().cmp(other.title.as_ref()))
        });
        let node = |(slug, child): (&Slug, &Category)| CategoryNode {
            slug: slug.clone(),
            title: child.title.clone(),
            children: self.below(Some(slug)),
        };
        children.into_iter().map(node).collect()
    }

    fn children<'a>(&'a self, parent: Option<&'a Slug>) -> impl Iterator<Item = (&'a Slug, &'a Category)> {
        self.categories.iter().filter(move |(_, category)| category.parent.as_ref() == parent)
    }

    /// Returns the level of a category: 1 for one without a parent.
    fn level(&self, slug: &Slug) -> usize {
        let parent = self.categories.get(slug).and_then(|category| category.parent.as_ref());
        1 + parent.map_or(0, |parent| self.level(parent))
    }

    /// Returns the number of levels from a category down: 1 for one without children.
    fn height(&self, slug: &Slug) -> usize {
        1 + self.children(Some(slug)).map(|(child, _)| self.height(child)).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn slug(text: &str) -> Slug {
        text.parse().unwrap()
    }

    fn category(title: &str, parent: Option<&str>, position: u16) -> Category {
        Category { title: CategoryTitle::try_new(title).unwrap(), parent: parent.map(slug), position }
    }

    fn put(
        categories: &Categories,
        name: &str,
        parent: Option<&str>,
        position: u16,
    ) -> Result<Categories, CategoryRefusal> {
        categories.put(slug(name), category(&name.to_uppercase(), parent, position))
    }

    fn shop() -> Categories {
        let mut categories = Categories::default();
        for (name, parent, position) in [
            ("coffee", None, 2),
            ("beans", Some("coffee"), 1),
            ("filter", Some("beans"), 0),
            ("tools", None, 1),
        ] {
            categories = put(&categories, name, parent, position).unwrap();
        }
        categories
    }

    #[test]
    fn the_tree_is_in_the_order_of_positions_and_titles() {
        let categories = put(&shop(), "cups", Some("tools"), 0).unwrap();
        let categories = put(&categories, "grinders", Some("tools"), 0).unwrap();
        let tree = categories.tree();
        let names =
            |nodes: &[CategoryNode]| nodes.iter().map(|node| node.slug.to_string()).collect::<Vec<_>>();
        assert_eq!(names(&tree), ["tools", "coffee"]);
        assert_eq!(names(&tree[0].children), ["cups", "grinders"]);
        assert_eq!(names(&tree[1].children[0].children), ["filter"]);
        let below: Vec<String> =
            categories.with_descendants(&slug("coffee")).iter().map(ToString::to_string).collect();
        assert_eq!(below, ["beans", "coffee", "filter"]);
        assert_eq!(categories.with_descendants(&slug("old")), BTreeSet::from([slug("old")]));
        assert_eq!(categories.with_ancestors(&slug("old")), [slug("old")]);
    }

    #[test]
    fn categories_that_only_products_name_are_last() {
        let tree = shop().with_named(["beans", "aprons", "coffee"].map(slug)).tree();
        let names: Vec<_> = tree.iter().map(|node| (node.slug.as_ref(), node.title.as_ref())).collect();
        assert_eq!(names, [("tools", "TOOLS"), ("coffee", "COFFEE"), ("aprons", "aprons")]);
    }

    #[test]
    fn each_refusal() {
        let shop = shop();
        assert_eq!(put(&shop, "coffee", Some("beans"), 0), Err(CategoryRefusal::Cycle));
        assert_eq!(put(&shop, "coffee", Some("filter"), 0), Err(CategoryRefusal::Cycle));
        assert_eq!(put(&shop, "coffee", Some("coffee"), 0), Err(CategoryRefusal::Cycle));
        assert_eq!(put(&shop, "new", Some("new"), 0), Err(CategoryRefusal::Cycle));
        let unknown = Err(CategoryRefusal::ParentUnknown(slug("tea")));
        assert_eq!(put(&shop, "green", Some("tea"), 0), unknown);
        let four = put(&shop, "light", Some("filter"), 0).unwrap();
        assert_eq!(put(&four, "fifth", Some("light"), 0), Err(CategoryRefusal::Depth));
        assert_eq!(put(&four, "coffee", Some("tools"), 0), Err(CategoryRefusal::Depth), "with all below it");
        assert_eq!(shop.remove(&slug("coffee")), Err(CategoryRefusal::InUse));
        assert_eq!(shop.remove(&slug("tea")), Err(CategoryRefusal::NotFound));
        assert_eq!(shop.remove(&slug("filter")).unwrap().tree()[1].children[0].children, []);
        let mut full = Categories::default();
        for number in 0..MAX_CATEGORIES {
            full = put(&full, &format!("c-{number}"), None, 0).unwrap();
        }
        assert_eq!(put(&full, "one-more", None, 0), Err(CategoryRefusal::TooMany));
        assert!(put(&full, "c-7", Some("c-8"), 0).is_ok(), "an existing one still changes");
    }

    proptest! {
        #[test]
        fn any_sequence_of_changes_leaves_a_tree(
            changes in prop::collection::vec((0..12u8, prop::option::of(0..12u8), any::<bool>()), 1..80),
        ) {
            let mut categories = Categories::default();
            for (number, parent, removes) in changes {
                let name = format!("c-{number}");
                let parent = parent.map(|parent| format!("c-{parent}"));
                let changed = if removes {
                    categories.remove(&slug(&name))
                } else {
                    put(&categories, &name, parent.as_deref(), 0)
                };
                categories = changed.unwrap_or(categories);
                fn count(nodes: &[CategoryNode], level: usize) -> usize {
                    assert!(nodes.is_empty() || level <= MAX_DEPTH);
                    nodes.iter().map(|node| 1 + count(&node.children, level + 1)).sum()
                }
                prop_assert_eq!(count(&categories.tree(), 1), categories.categories.len(), "all are in the tree");
            }
        }
    }
}
