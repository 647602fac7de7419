-- Whether the sums are of as many rows as there are; they are not where somebody wrote rows by SQL.
SELECT
    (
        SELECT count(*)
        FROM token_usage
        WHERE timestamp < coalesce((SELECT until FROM usage_hours_until), TIMESTAMP '-infinity')
    ) = (
        SELECT coalesce(sum(reports), 0)
        FROM usage_hours
        WHERE hour < coalesce((SELECT until FROM usage_hours_until), TIMESTAMP '-infinity')
    ) AS agree;
