/* ---
description: >
  Every product that was reviewed: a variant (a size, a color) of its parent product. The raw data
  has attributes of the parent only, so variants share them. Should reviews name more than one
  parent for a product, the smallest id stays.
tests:
  not_null: [product_id, parent_product_id]
  unique: [product_id]
  relationships: {parent_product_id: silver.dim_parent_products.parent_product_id}
--- */
SELECT p.product_id, parent_product_id, i.material, i.color, i.size, i.style, i.manufacturer
FROM (
  SELECT product_id, min(parent_product_id) AS parent_product_id
  FROM silver.merged_reviews
  GROUP BY product_id
) p
JOIN silver.items i USING (parent_product_id)
