-- One row what rules ask of subscribers' first days, and a stream on which they do. Key: activity, days, currency, stream.
select activity, days, currency, stream from {{ source('inputs', 'activities') }}
