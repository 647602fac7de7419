-- `hashes` is text: DuckLake has no type for so many digits.
CREATE TABLE IF NOT EXISTS usage_migrated (
    source_made_at TIMESTAMP NOT NULL,
    rows BIGINT NOT NULL,
    hashes VARCHAR NOT NULL
);

DELETE FROM usage_migrated;

INSERT INTO usage_migrated VALUES ($made_at, $rows, $hashes);
