// Derived from docs/api/openapi.json by generate.js. Do not edit it.
/** The routes that take an Idempotency-Key, so that repeating a request has no other effect than sending it once. */
export const KEYED = new Set([
    "POST /admin/catalogue/imports",
    "POST /admin/catalogue/products/{product_id}/images",
    "POST /admin/catalogue/variants/{sku}/prices",
    "POST /admin/orders/{order_id}/cancellations",
    "POST /admin/orders/{order_id}/notes",
    "POST /admin/orders/{order_id}/refunds",
    "POST /admin/orders/{order_id}/shipments",
    "POST /admin/returns/{return_id}/receipt",
    "POST /cart/checkout",
    "POST /orders",
    "POST /orders/{order_id}/returns",
    "POST /payments/{payment_id}/attempts",
    "POST /products",
    "POST /stock/{sku}/adjustments",
]);
