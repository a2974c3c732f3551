//! Orders from a catalogue.

use super::Content;
use crate::capture::meta::json::Object;

/// Reads an order: what the customer says of it, then a line for each product.
pub(super) fn read(message: &Object<'_>) -> Option<Content> {
    let order = message.object("order")?;
    let catalogue = order.word("catalog_id").map(|id| format!("catalog_id: {id}"));
    let items = order.objects("product_items");
    let lines = order.word("text").into_iter().chain(items.iter().filter_map(line));
    Some(Content::saying("order", lines.chain(catalogue)))
}

/// `2 × SKU-9, 19.5 EUR`, as far as it is said.
fn line(item: &Object<'_>) -> Option<String> {
    let product = item.word("product_retailer_id")?;
    let quantity = item.word("quantity").map(|quantity| format!("{quantity} × "));
    let price = item.word("item_price").map(|price| match item.word("currency") {
        Some(currency) => format!(", {price} {currency}"),
        None => format!(", {price}"),
    });
    Some(format!("{}{product}{}", quantity.unwrap_or_default(), price.unwrap_or_default()))
}
