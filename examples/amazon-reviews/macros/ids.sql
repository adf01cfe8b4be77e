-- Ids that are the same in every run, and in every program that follows these lines.

-- A review: UUIDv7 with the review's own millisecond; the other bits hash user and product.
CREATE MACRO review_id(user_id, product_id, reviewed_at) AS
  CAST(uuid_v7(epoch_ms(reviewed_at), user_id || chr(31) || product_id) AS VARCHAR);

-- A moment that reviews were written at: UUIDv7, one per millisecond.
CREATE MACRO time_id(moment) AS CAST(uuid_v7(epoch_ms(moment), 'time') AS VARCHAR);

-- Names: UUIDv5, one per distinct name, null for a null name. The namespaces are
-- uuid_v5(<DNS>, 'stores.amazon-reviews.example') and so on for brands and categories.
CREATE MACRO store_id(store) AS
  CAST(uuid_v5('3988996d-f548-543e-99cc-9e0ed1aa34a5', store) AS VARCHAR);
CREATE MACRO brand_id(brand) AS
  CAST(uuid_v5('2aab1d29-d451-59bb-8ae9-61a90f09cb5f', brand) AS VARCHAR);
CREATE MACRO category_id(category) AS
  CAST(uuid_v5('064b9138-beb8-5526-9d07-8b405cfb87a6', category) AS VARCHAR);
