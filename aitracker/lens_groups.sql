-- Under whose name the money of an investor goes.

CREATE TABLE main.investor_ties AS
    WITH RECURSIVE ties AS (
        SELECT investor_id, parent_id, managed_by, affiliate_of, coalesce(known_from, DATE '9999-12-31') AS known_from
        FROM data.investors JOIN dated_sources USING (source_id)
    ), above AS (
        SELECT investor_id, 'parent' AS tie, parent_id AS up, known_from FROM ties WHERE parent_id IS NOT NULL
        UNION ALL SELECT investor_id, 'managed', coalesce(parent_id, managed_by), known_from FROM ties WHERE coalesce(parent_id, managed_by) IS NOT NULL
        UNION ALL SELECT investor_id, 'affiliates', coalesce(parent_id, affiliate_of), known_from FROM ties WHERE coalesce(parent_id, affiliate_of) IS NOT NULL
    ), chain AS (
        SELECT investor_id, unnest(['parent', 'managed', 'affiliates']) AS tie, investor_id AS root, 0 AS depth, DATE '0001-01-01' AS known_from FROM data.investors
        UNION ALL
        SELECT c.investor_id, c.tie, a.up, depth + 1, greatest(c.known_from, a.known_from)
        FROM chain c JOIN above a ON a.investor_id = c.root AND a.tie = c.tie WHERE depth < 9
    )
    FROM chain ORDER BY ALL;
COMMENT ON TABLE main.investor_ties IS 'Every firm above an investor, by kind of tie, how far up, and from when on all ties between are known.';

CREATE TABLE main.investor_roots AS
    SELECT investor_id, arg_max(root, depth) FILTER (tie = 'parent') AS parent_root,
        arg_max(root, depth) FILTER (tie = 'managed') AS managed_root,
        arg_max(root, depth) FILTER (tie = 'affiliates') AS affiliate_root
    FROM main.investor_ties GROUP BY investor_id ORDER BY investor_id;
COMMENT ON TABLE main.investor_roots IS 'The firm at the top of each investor: by control, by control or management, and by control or affiliation.';

-- Under whose name each investor goes, by the ties known by a date; `groups` takes the date from the connection's lens.
CREATE MACRO groups_known(grp, known_by) AS TABLE
    SELECT investor_id,
        CASE grp WHEN 'none' THEN investor_id WHEN 'managed' THEN managed_root WHEN 'affiliates' THEN affiliate_root ELSE parent_root END AS group_id
    FROM main.investor_roots WHERE known_by IS NULL
    UNION ALL
    SELECT investor_id, arg_max(root, depth)
    FROM main.investor_ties WHERE known_from <= known_by AND tie = grp GROUP BY investor_id
    UNION ALL
    SELECT investor_id, investor_id FROM data.investors WHERE known_by IS NOT NULL AND grp = 'none';
CREATE MACRO groups(grp) AS TABLE FROM groups_known(grp, CAST(getvariable('known_by') AS DATE));
