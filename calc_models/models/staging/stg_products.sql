-- One row a product. Key: product_id.
select product_id, product_group from {{ source('inputs', 'products') }}
