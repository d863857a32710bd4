//! What a product page tells besides title and description: properties, and who answers for the product.

use std::collections::HashSet;

use nutype::nutype;
use serde::{Deserialize, Serialize};

use crate::words::is_one_line;

/// Maximum number of properties of a product.
pub const MAX_ATTRIBUTES: usize = 20;

/// The name of a property: `Material`.
#[nutype(
    sanitize(trim),
    validate(not_empty, len_char_max = 40, predicate = is_one_line),
    derive(Debug, Clone, PartialEq, Eq, Hash, AsRef, Display, Serialize, Deserialize)
)]
pub struct AttributeName(String);

/// The value of a property: `Porcelain`.
#[nutype(
    sanitize(trim),
    validate(not_empty, len_char_max = 200, predicate = is_one_line),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct AttributeValue(String);

/// A property of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Attribute {
    /// Its name.
    pub name: AttributeName,
    /// Its value.
    pub value: AttributeValue,
}

/// Up to [`MAX_ATTRIBUTES`] properties, each with a different name, in the order in which they are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Attribute>", into = "Vec<Attribute>")]
pub struct Attributes(Vec<Attribute>);

/// Why properties are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttributesError {
    /// More than [`MAX_ATTRIBUTES`].
    #[error("a product has up to {MAX_ATTRIBUTES} attributes")]
    TooMany,
    /// Two properties have the same name.
    #[error("duplicate attribute: {0}")]
    Duplicate(AttributeName),
}

impl TryFrom<Vec<Attribute>> for Attributes {
    type Error = AttributesError;

    fn try_from(attributes: Vec<Attribute>) -> Result<Self, AttributesError> {
        if attributes.len() > MAX_ATTRIBUTES {
            return Err(AttributesError::TooMany);
        }
        let mut names = HashSet::new();
        match attributes.iter().find(|attribute| !names.insert(&attribute.name)) {
            Some(twice) => Err(AttributesError::Duplicate(twice.name.clone())),
            None => Ok(Self(attributes)),
        }
    }
}

impl From<Attributes> for Vec<Attribute> {
    fn from(attributes: Attributes) -> Self {
        attributes.0
    }
}

impl Attributes {
    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A line about who answers for a product: a name, a postal or an electronic address.
#[nutype(
    sanitize(trim),
    validate(not_empty, len_char_max = 300, predicate = is_one_line),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct OperatorLine(String);

/// Who answers for a product. An offer on the Internet has to name its manufacturer, and a responsible person in the European Union
/// if the manufacturer is not there (Regulation (EU) 2023/988 on general product safety, Article 19).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EconomicOperator {
    /// The name, or the registered trade name or trade mark.
    pub name: OperatorLine,
    /// The postal address, in one line.
    pub postal_address: OperatorLine,
    /// The electronic address: an e-mail address, or that of a web page.
    pub electronic_address: OperatorLine,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_have_different_names_and_keep_their_order() {
        let attribute = |name: &str| Attribute {
            name: AttributeName::try_new(name).unwrap(),
            value: AttributeValue::try_new("Porcelain").unwrap(),
        };
        let names: Vec<String> = (0..=MAX_ATTRIBUTES).rev().map(|number| format!("Name {number}")).collect();
        let many: Vec<Attribute> = names.iter().map(|name| attribute(name)).collect();
        assert_eq!(Attributes::try_from(many.clone()), Err(AttributesError::TooMany));
        let kept = Attributes::try_from(many[..MAX_ATTRIBUTES].to_vec()).unwrap();
        assert_eq!(Vec::from(kept), many[..MAX_ATTRIBUTES]);
        let twice = vec![attribute("Material"), attribute("Colour"), attribute(" Material ")];
        let duplicate = AttributesError::Duplicate(AttributeName::try_new("Material").unwrap());
        assert_eq!(Attributes::try_from(twice), Err(duplicate));
    }
}
