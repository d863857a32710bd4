// Derived from docs/api/openapi.json by generate.js. Do not edit it.
/** The routes that take an Idempotency-Key, so that repeating a request has no other effect than sending it once. */
export const KEYED = new Set([
    "POST /admin/catalogue/imports",
    "POST /admin/catalogue/products/{product_id}/images",
    "POST /admin/catalogue/variants/{sku}/prices",
    "POST /cart/checkout",
    "POST /orders",
    "POST /products",
    "POST /stock/{sku}/adjustments",
]);
