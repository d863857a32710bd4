//! Why a change of the catalogue is refused.

use crate::catalogue::{MAX_IMAGES, MAX_VARIANTS};
use crate::refusals;
use crate::words::goods::Sku;
use crate::words::id::ImageId;
use crate::words::money::Currency;

refusals! {
    /// Why a product was not created, changed or shown.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum ProductRefusal {
        /// The product has no variant, or more than [`MAX_VARIANTS`].
        #[error("a product must have 1 to {MAX_VARIANTS} variants")]
        VariantCount => Invalid, "variant_count", "Send 1 to 50 variants.";
        /// Two variants have the same SKU.
        #[error("duplicate sku: {0}")]
        DuplicateSku(Sku) => Invalid, "duplicate_sku", "Use a different SKU for each variant.";
        /// The variants' prices are in more than one currency.
        #[error("all variants of a product must be priced in one currency")]
        MixedCurrencies => Invalid, "mixed_currencies", "Price all variants in one currency.";
        /// A price is zero.
        #[error("the price of {0} must be above zero")]
        FreeOfCharge(Sku) => Invalid, "free_of_charge", "Send a price above zero.";
        /// The payment gateway does not charge the prices' currency.
        #[error("{} cannot be charged", .currency.code())]
        CurrencyNotCharged {
            /// The prices' currency.
            currency: Currency,
        } => Invalid, "currency_not_supported",
            "Price the product in a currency that the payment gateway charges.";
        /// A price has a fraction that the payment gateway does not charge.
        #[error("the price of {sku} must be a multiple of {step} minor units")]
        PriceNotCharged {
            /// The SKU.
            sku: Sku,
            /// The smallest amount that is charged.
            step: i64,
        } => Invalid, "price_not_chargeable", "Round the price; `detail` has the step.";
        /// A new variant has no price.
        #[error("a new variant needs a price")]
        PriceMissing => Invalid, "price_missing", "Send the variant's `price`.";
        /// The price of an existing variant is another.
        #[error("the price of {0} cannot be changed here")]
        PriceDiffers(Sku) => Conflict, "price_differs",
            "Leave `price` out here, and change it with `POST /admin/catalogue/variants/{sku}/prices`.";
        /// The reduced price is not below the price.
        #[error("the reduced price of {0} must be below its price")]
        SaleNotLower(Sku) => Invalid, "sale_not_lower", "Send a reduced price below `price`, or no `sale`.";
        /// The reduction would end before it begins.
        #[error("the end of the reduction is in the past")]
        SaleEnded => Invalid, "sale_ended", "Send an `until` in the future.";
        /// The titles of product and variant together are too long for a line of an order.
        #[error(
            "the titles of the product and of {0} are too long: together they may have 200 characters"
        )]
        TitleTooLong(Sku) => Invalid, "title_too_long", "Shorten one of the titles.";
        /// Another product has the slug.
        #[error("the slug is taken by another product")]
        SlugTaken => Conflict, "slug_taken", "Choose another slug.";
        /// Another product has the SKU.
        #[error("the sku {0} is taken by another product")]
        SkuTaken(Sku) => Conflict, "sku_taken", "Choose another SKU.";
        /// The file of a picture is larger than 10 MiB.
        #[error("a picture may have up to 10 MiB")]
        ImageTooLarge => Invalid, "image_too_large", "Send a smaller picture, or compress it more.";
        /// The product has as many pictures as it may have.
        #[error("the product has {MAX_IMAGES} pictures already")]
        TooManyImages => Conflict, "too_many_images", "Remove a picture first.";
        /// The product has no such picture, or the request names it twice.
        #[error("the product has no picture {0}, or it is named twice")]
        UnknownImage(ImageId) => Invalid, "unknown_image", "Name each of the product's pictures at most once.";
        /// The product does not exist, or the caller may not see it.
        #[error("product not found")]
        NotFound => NotFound, "product_not_found", "Check the id or slug.";
    }
}
