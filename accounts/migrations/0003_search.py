import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations, models

# What parts words, in every alphabet alike: the classes of a regular expression would depend on
# the locale of the database.
FUNCTIONS = r"""
-- Who comes as the owner reads everything; the role of the pages what its request may reach.
CREATE FUNCTION accounts_session_reads(org bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT current_setting('role') <> 'revenue_web' OR wall_every_org()
        OR coalesce(org = ANY (wall_orgs()), false)
$$;

-- Of the database's own collation: that of ids, with which names are put together, knows ASCII alone.
CREATE FUNCTION accounts_folded(given text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE STRICT SET search_path FROM CURRENT AS $$
    SELECT btrim(regexp_replace(
        translate(
            lower(unaccent(left(given, 1000)) COLLATE "default"),
            E' \t\n\r\f\v\u00a0!"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~\u2013\u2014\u2018\u2019\u201c\u201d\u3000',
            repeat(' ', 60)
        ),
        ' {2,}', ' ', 'g'
    ))
$$;

-- 7 and "deal" and "Northwind renewal" are {7deal:northwind, 7deal:renewal}. O'Hara is found by
-- "o hara" and by "ohara".
CREATE FUNCTION accounts_search_words(org bigint, kind text, given text) RETURNS tsvector
LANGUAGE sql STABLE PARALLEL SAFE STRICT SET search_path FROM CURRENT AS $$
    SELECT CASE WHEN folded = '' THEN ''::tsvector ELSE array_to_tsvector(string_to_array(
        org || kind || ':' || replace(folded, ' ', ' ' || org || kind || ':'), ' '
    )) END
    FROM (SELECT btrim(accounts_folded(given) || CASE
        WHEN given ~ E'[\'\u2019]'
        THEN ' ' || accounts_folded(translate(given, E'\'\u2019', ''))
        ELSE ''
    END)) AS text(folded)
$$;

-- Every word begins some word of the record; `widen` also takes words that are written alike.
CREATE FUNCTION accounts_search_query(org bigint, kind text, given text, widen boolean)
RETURNS tsquery
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    marked text := org || kind || ':';
    asked text;
    alike text;
    whole text := '';
BEGIN
    IF NOT accounts_session_reads(org) THEN
        RETURN ''::tsquery;
    END IF;
    FOREACH asked IN ARRAY (string_to_array(accounts_folded(given), ' '))[:8] LOOP
        alike := '';
        IF widen AND length(asked) > 2 AND asked !~ '[0-9]' THEN
            SELECT coalesce(string_agg(format(' | %L', marked || near.word), ''), '') INTO alike
            FROM (
                SELECT w.word FROM accounts_searchword w
                WHERE w.org_id = org AND w.word % left(asked, 60)
                ORDER BY similarity(w.word, left(asked, 60)) DESC, w.word LIMIT 6
            ) AS near;
        END IF;
        whole := whole || CASE WHEN whole = '' THEN '' ELSE ' & ' END
            || format('(%L:*%s)', marked || asked, alike);
    END LOOP;
    RETURN whole::tsquery;
END
$$;

-- Operators that are not leakproof cannot use an index underneath a policy, so this reads with its
-- owner's rights, after it has asked whether the session may read the org at all. What it finds
-- are candidates: the caller shows only those that its reader may see.
CREATE FUNCTION accounts_search(org bigint, kinds text[], given text, widen boolean, most integer)
RETURNS TABLE (kind text, record_id bigint, closeness integer)
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    folded text := accounts_folded(given);
    one text;
    wanted tsquery;
BEGIN
    IF folded = '' OR NOT accounts_session_reads(org) THEN
        RETURN;
    END IF;
    FOREACH one IN ARRAY kinds LOOP
        wanted := accounts_search_query(org, one, given, widen);
        RETURN QUERY
        SELECT one, found.record_id, min(found.closeness)
        FROM (
            (
                SELECT e.record_id, CASE WHEN e.name = folded THEN 0 ELSE 1 END AS closeness
                FROM accounts_searchentry e
                WHERE e.org_id = org AND e.kind = one
                  AND e.name >= folded AND e.name < folded || U&'\+10FFFF'
                ORDER BY e.name LIMIT most
            )
            UNION ALL
            (
                SELECT e.record_id, CASE WHEN strpos(e.name, folded) > 0 THEN 2 ELSE 3 END
                FROM accounts_searchentry e WHERE e.words @@ wanted LIMIT most
            )
        ) AS found
        GROUP BY found.record_id;
    END LOOP;
END
$$;

REVOKE EXECUTE ON FUNCTION accounts_search_query(bigint, text, text, boolean) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION accounts_search(bigint, text[], text, boolean, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION accounts_search_query(bigint, text, text, boolean) TO revenue_web;
GRANT EXECUTE ON FUNCTION accounts_search(bigint, text[], text, boolean, integer) TO revenue_web;
"""
GONE = """
DROP FUNCTION accounts_search(bigint, text[], text, boolean, integer);
DROP FUNCTION accounts_search_query(bigint, text, text, boolean);
DROP FUNCTION accounts_search_words(bigint, text, text);
DROP FUNCTION accounts_folded(text);
DROP FUNCTION accounts_session_reads(bigint);
"""


# Pages write into neither, and read the words through the function alone: they are of all records.
WALLS = """
SELECT wall_build('accounts_searchentry');
SELECT wall_build('accounts_searchword');
REVOKE INSERT, UPDATE, DELETE ON accounts_searchentry FROM revenue_web;
REVOKE SELECT, INSERT, UPDATE, DELETE ON accounts_searchword FROM revenue_web;
"""
NO_WALLS = """
GRANT SELECT, INSERT, UPDATE, DELETE ON accounts_searchentry, accounts_searchword TO revenue_web;
SELECT wall_remove('accounts_searchword');
SELECT wall_remove('accounts_searchentry');
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_row_level_security")]
    operations = [
        TrigramExtension(),
        UnaccentExtension(),
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("account", "Account"),
                            ("contact", "Contact"),
                            ("deal", "Deal"),
                            ("lead", "Lead"),
                            ("product", "Product"),
                        ],
                        max_length=7,
                    ),
                ),
                ("record_id", models.BigIntegerField()),
                (
                    "name",
                    models.TextField(
                        db_collation="C", help_text="In small letters without accents."
                    ),
                ),
                (
                    "words",
                    django.contrib.postgres.search.SearchVectorField(
                        help_text="Each word carries its org and kind, so that no search walks another's words."
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="users.org",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "search entries",
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "record_id"), name="search_entry_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            kind__in=["account", "contact", "deal", "lead", "product"]
                        ),
                        name="search_entry_kind_known",
                    ),
                ],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["words"], name="search_entry_words"
                    ),
                    models.Index(fields=["org", "kind", "name"], name="search_entry_name"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("word", models.CharField(db_collation="C", max_length=60)),
                (
                    "org",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="users.org",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("org", "word"), name="search_word_once")
                ],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["word"], name="search_word_similar", opclasses=["gin_trgm_ops"]
                    )
                ],
            },
        ),
        migrations.RunSQL(FUNCTIONS, GONE),
        migrations.RunSQL(WALLS, NO_WALLS),
    ]
