import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

LANGUAGES = (
    "danish", "dutch", "english", "finnish", "french", "german", "italian", "norwegian",
    "portuguese", "simple", "spanish", "swedish",
)
CONFIGURATIONS = "\n".join(
    f"""
CREATE TEXT SEARCH CONFIGURATION assistant_{language} (COPY = pg_catalog.{language});
ALTER TEXT SEARCH CONFIGURATION assistant_{language}
    ALTER MAPPING FOR hword, hword_part, word
    WITH unaccent, {"simple" if language == "simple" else f"{language}_stem"};
"""
    for language in LANGUAGES
)
NO_CONFIGURATIONS = "\n".join(
    f"DROP TEXT SEARCH CONFIGURATION assistant_{language};" for language in LANGUAGES
)

FUNCTIONS = r"""
-- The title's words are of weight A, those of what it belongs to of B. Each carries its index, so
-- that a search walks the words of its own index alone: 'renew' of index 7 is '7:renew'.
CREATE FUNCTION assistant_words(index bigint, config regconfig, title text, context text, body text)
RETURNS tsvector LANGUAGE sql STABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
    SELECT regexp_replace((
        setweight(to_tsvector(config, left(title, 1000)), 'A')
        || setweight(to_tsvector(config, left(context, 1000)), 'B')
        || to_tsvector(config, left(body, 50000))
    )::text, '''(([^'']|'''')*)''', '''' || index || ':\1''', 'g')::tsvector
$$;

-- How often words stand there, all together.
CREATE FUNCTION assistant_size(words tsvector)
RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT coalesce(sum(cardinality(positions)), 0)::integer FROM unnest(words)
$$;

-- Each of the words by its weight, each further time counting less (which is what ts_rank does with
-- one word), and less in a long text than in a short one: BM25 in all but name.
CREATE FUNCTION assistant_score(
    words tsvector, size integer, terms tsquery[], weights float8[], average float8
) RETURNS float8 LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
    found float8 := 0;
BEGIN
    FOR i IN 1 .. coalesce(cardinality(terms), 0) LOOP
        found := found + weights[i] * ts_rank('{0.5, 0.5, 1.0, 0.6}', words, terms[i]);
    END LOOP;
    RETURN found * 1.7 / (1.3 + 0.4 * size / average);
END
$$;

-- `@@` is not leakproof, so that beneath a policy it uses no index: this reads with its owner's
-- rights, after it has asked whether the session may read the org at all. What it finds are
-- candidates: the caller shows only those that its reader may see.
CREATE FUNCTION assistant_candidates(
    org bigint, index bigint, kinds text[], wanted tsquery, must tsquery,
    terms tsquery[], weights float8[], average float8, most integer
) RETURNS TABLE (text_id bigint, kind text, record_id bigint, score float8)
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT accounts_session_reads(org) THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT t.id, t.kind::text, t.record_id,
        assistant_score(t.words, t.size, terms, weights, average) AS score
    FROM assistant_searchtext t
    WHERE t.words @@ wanted AND t.org_id = org AND t.index_id = index AND t.kind = ANY (kinds)
        AND (numnode(must) = 0 OR t.words @@ must)
    ORDER BY score DESC, t.id LIMIT most;
END
$$;
REVOKE EXECUTE ON FUNCTION assistant_candidates(
    bigint, bigint, text[], tsquery, tsquery, tsquery[], float8[], float8, integer
) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION assistant_candidates(
    bigint, bigint, text[], tsquery, tsquery, tsquery[], float8[], float8, integer
) TO revenue_web;

-- Where pgvector is, and new enough to hold halves. A database without it has no such table, and is
-- searched by words alone; this may be called again at any time.
CREATE FUNCTION assistant_make_vectors() RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
    IF to_regclass('assistant_searchvector') IS NOT NULL THEN
        RETURN true;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'vector') THEN
        BEGIN
            CREATE EXTENSION vector;
        EXCEPTION WHEN undefined_file OR feature_not_supported OR insufficient_privilege THEN
            RETURN false;
        END;
    END IF;
    IF to_regtype('halfvec') IS NULL THEN
        RETURN false;
    END IF;
    CREATE TABLE assistant_searchvector (
        text_id bigint PRIMARY KEY,
        index_id bigint NOT NULL,
        org_id bigint NOT NULL,
        kind text NOT NULL,
        digest uuid NOT NULL,
        embedding halfvec NOT NULL
    );
    CREATE INDEX search_vector_index ON assistant_searchvector (index_id, kind);
    PERFORM wall_build('assistant_searchvector');
    REVOKE INSERT, UPDATE, DELETE ON assistant_searchvector FROM revenue_web;
    CREATE FUNCTION assistant_forget_vectors() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $forget$
    BEGIN
        DELETE FROM assistant_searchvector v USING gone WHERE v.text_id = gone.id;
        RETURN NULL;
    END
    $forget$;
    CREATE TRIGGER assistant_forget_vectors AFTER DELETE ON assistant_searchtext
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION assistant_forget_vectors();
    RETURN true;
END
$$;
REVOKE EXECUTE ON FUNCTION assistant_make_vectors() FROM PUBLIC;
SELECT assistant_make_vectors();
"""
NO_FUNCTIONS = """
DROP TABLE IF EXISTS assistant_searchvector;
DROP TRIGGER IF EXISTS assistant_forget_vectors ON assistant_searchtext;
DROP FUNCTION IF EXISTS assistant_forget_vectors();
DROP FUNCTION assistant_make_vectors();
DROP FUNCTION assistant_candidates(
    bigint, bigint, text[], tsquery, tsquery, tsquery[], float8[], float8, integer
);
DROP FUNCTION assistant_score(tsvector, integer, tsquery[], float8[], float8);
DROP FUNCTION assistant_size(tsvector);
DROP FUNCTION assistant_words(bigint, regconfig, text, text, text);
"""
TABLES = ("searchpolicy", "searchindex", "searchtext")


def walled(name):
    return migrations.RunSQL(
        f"SELECT wall_build('assistant_{name}')", f"SELECT wall_remove('assistant_{name}')"
    )


def only_read(name):
    rights = "INSERT, UPDATE, DELETE ON assistant_"
    return migrations.RunSQL(
        f"REVOKE {rights}{name} FROM revenue_web", f"GRANT {rights}{name} TO revenue_web"
    )


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_marks_of_objects'),
        ('assistant', '0002_knowledge'),
        ('users', '0007_org_fiscal_month'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(CONFIGURATIONS, NO_CONFIGURATIONS),
        migrations.CreateModel(
            name='SearchIndex',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('embedder', models.CharField(choices=[('builtin', 'Built in'), ('local', 'A model on this machine'), ('endpoint', 'An endpoint')], default='builtin', max_length=8)),
                ('model', models.CharField(blank=True, default='', max_length=200)),
                ('base_url', models.CharField(blank=True, default='', max_length=300)),
                ('key', models.TextField(blank=True, default='')),
                ('language', models.CharField(choices=[('danish', 'Danish'), ('dutch', 'Dutch'), ('english', 'English'), ('finnish', 'Finnish'), ('french', 'French'), ('german', 'German'), ('italian', 'Italian'), ('norwegian', 'Norwegian'), ('portuguese', 'Portuguese'), ('simple', 'Several, or another (words as they are written)'), ('spanish', 'Spanish'), ('swedish', 'Swedish')], default='english', max_length=10)),
                ('activity_months', models.PositiveSmallIntegerField(default=24, help_text='How far back activities are searched by meaning.')),
                ('state', models.CharField(choices=[('building', 'Being built'), ('live', 'Answers'), ('failed', 'Failed')], default='building', max_length=8)),
                ('dimensions', models.PositiveIntegerField(help_text='Of its vectors; none: no vectors.', null=True)),
                ('notice', models.CharField(blank=True, default='', help_text='What it lacks, or why it failed.', max_length=500)),
                ('text_count', models.PositiveIntegerField(default=0)),
                ('fitted_on', models.PositiveIntegerField(default=0, help_text='Texts when its words were weighed.')),
                ('artefact', models.BinaryField(null=True)),
                ('sha256', models.CharField(blank=True, default='', max_length=64)),
                ('figures', models.JSONField(default=dict)),
                ('read_until', models.DateTimeField(help_text='The last change that it has taken in.', null=True)),
                ('made_at', models.DateTimeField()),
                ('live_at', models.DateTimeField(null=True)),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
            ],
            options={
                'verbose_name_plural': 'search indexes',
            },
        ),
        migrations.CreateModel(
            name='SearchPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('embedder', models.CharField(choices=[('builtin', 'Built in'), ('local', 'A model on this machine'), ('endpoint', 'An endpoint')], default='builtin', max_length=8)),
                ('model', models.CharField(blank=True, default='', max_length=200)),
                ('base_url', models.CharField(blank=True, default='', max_length=300)),
                ('key', models.TextField(blank=True, default='')),
                ('language', models.CharField(choices=[('danish', 'Danish'), ('dutch', 'Dutch'), ('english', 'English'), ('finnish', 'Finnish'), ('french', 'French'), ('german', 'German'), ('italian', 'Italian'), ('norwegian', 'Norwegian'), ('portuguese', 'Portuguese'), ('simple', 'Several, or another (words as they are written)'), ('spanish', 'Spanish'), ('swedish', 'Swedish')], default='english', max_length=10)),
                ('activity_months', models.PositiveSmallIntegerField(default=24, help_text='How far back activities are searched by meaning.')),
                ('changed_at', models.DateTimeField(null=True)),
                ('changed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('org', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='search_policy', to='users.org')),
            ],
            options={
                'verbose_name_plural': 'search policies',
            },
        ),
        migrations.CreateModel(
            name='SearchText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=8)),
                ('record_id', models.BigIntegerField()),
                ('title', models.TextField()),
                ('context', models.TextField(help_text='What it belongs to, and what is known of it in a word.')),
                ('body', models.TextField()),
                ('words', django.contrib.postgres.search.SearchVectorField()),
                ('size', models.PositiveIntegerField(help_text='Words, each as often as it stands there.')),
                ('digest', models.UUIDField(help_text='Of what it was made of: the same is not read again.')),
                ('index', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='texts', to='assistant.searchindex')),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
            ],
        ),
        migrations.AddIndex(
            model_name='searchindex',
            index=models.Index(fields=['org', '-made_at'], name='search_index_newest'),
        ),
        migrations.AddConstraint(
            model_name='searchindex',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'live')), fields=('org',), name='search_index_one_live'),
        ),
        migrations.AddConstraint(
            model_name='searchindex',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['building', 'live', 'failed'])), name='search_index_state_known'),
        ),
        migrations.AddConstraint(
            model_name='searchpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('embedder__in', ['builtin', 'local', 'endpoint']), ('language__in', ['danish', 'dutch', 'english', 'finnish', 'french', 'german', 'italian', 'norwegian', 'portuguese', 'simple', 'spanish', 'swedish'])), name='search_policy_known'),
        ),
        migrations.AddConstraint(
            model_name='searchpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('activity_months__gte', 1), ('activity_months__lte', 120)), name='search_policy_months'),
        ),
        migrations.AddIndex(
            model_name='searchtext',
            index=django.contrib.postgres.indexes.GinIndex(fields=['words'], name='search_text_words'),
        ),
        migrations.AddIndex(
            model_name='searchtext',
            index=models.Index(fields=['org'], name='search_text_org'),
        ),
        migrations.AddConstraint(
            model_name='searchtext',
            constraint=models.UniqueConstraint(fields=('index', 'kind', 'record_id'), name='search_text_once'),
        ),
        migrations.AddConstraint(
            model_name='searchtext',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['account', 'deal', 'contact', 'activity', 'passage'])), name='search_text_kind_known'),
        ),
        *(walled(name) for name in TABLES),
        only_read("searchindex"),
        only_read("searchtext"),
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
    ]
