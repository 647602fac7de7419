-- How many selected rows there are, and a number that changes with any value of any of them.
SELECT count(*) AS rows, coalesce(bit_xor(hash(selected)), 0)::VARCHAR AS hashes
FROM (
    SELECT *
    FROM /*table*/ token_usage /**/
    WHERE timestamp >= (/*$start*/ '-infinity' /**/)::TIMESTAMP
        AND timestamp < (/*$end*/ 'infinity' /**/)::TIMESTAMP
        AND /*filters*/ true /**/
) AS selected;
