/* Which shards get a lease, and where they start: a wrong answer loses records (a child at LATEST, a shard
 * left out) or replays a day (a finished parent leased again). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "lease/shard_graph.h"

enum { TEXT_MAX = 8 };

/* Shards "id<parent" with '.' behind when closed; rows "key<parent"; verdicts in the order of the shards:
 * '-' leave, 'T' trim horizon, 'L' latest. */
struct graph_case {
    const char *name;
    const char *shards[TEXT_MAX];
    const char *rows[TEXT_MAX];
    enum shard_start start;
    const char *verdicts;
};

static void split(const char *text, char *id, char *parent, bool *ret_closed)
{
    size_t length = strlen(text);
    *ret_closed = text[length - 1] == '.';
    length -= *ret_closed ? 1 : 0;
    const char *sign = memchr(text, '<', length);
    size_t first = sign == NULL ? length : (size_t)(sign - text);
    snprintf(id, STREAMS_SHARD_ID_BYTES, "%.*s", (int)first, text);
    snprintf(parent, STREAMS_SHARD_ID_BYTES, "%.*s", sign == NULL ? 0 : (int)(length - first - 1),
             sign == NULL ? "" : sign + 1);
}

static void run_case(const struct graph_case *one)
{
    struct stream_shard shards[TEXT_MAX] = {0};
    struct lease rows[TEXT_MAX] = {0};
    const struct lease *row_pointers[TEXT_MAX];
    size_t shard_count = 0;
    size_t row_count = 0;
    for (; shard_count < TEXT_MAX && one->shards[shard_count] != NULL; shard_count++) {
        bool closed;
        split(one->shards[shard_count], shards[shard_count].id, shards[shard_count].parent_id, &closed);
        shards[shard_count].last.length = closed ? 1 : 0;
        shards[shard_count].last.digits[0] = '9';
    }
    for (; row_count < TEXT_MAX && one->rows[row_count] != NULL; row_count++) {
        bool closed;
        char parent[STREAMS_SHARD_ID_BYTES];
        split(one->rows[row_count], rows[row_count].key, parent, &closed);
        rows[row_count].parent_count = parent[0] == '\0' ? 0 : 1;
        memcpy(rows[row_count].parents[0], parent, sizeof parent);
        row_pointers[row_count] = &rows[row_count];
    }
    struct shard_graph graph;
    assert_true(shard_graph_make(shards, shard_count, row_pointers, row_count, &graph));
    char verdicts[TEXT_MAX + 1] = {0};
    for (size_t i = 0; i < shard_count; i++) {
        bool related;
        verdicts[i] = "-TL"[shard_graph_judge(&graph, &shards[i], one->start, &related)];
    }
    shard_graph_free(&graph);
    print_message("%s\n", one->name);
    assert_string_equal(verdicts, one->verdicts);
}

static void each_shard_gets_its_verdict(void **state)
{
    (void)state;
    static const struct graph_case cases[] = {
        {"trim horizon: everything", {"a.", "b<a", "c"}, {NULL}, SHARD_START_TRIM_HORIZON, "TTT"},
        {"latest: open shards alone", {"a.", "b<a", "c"}, {NULL}, SHARD_START_LATEST, "-LL"},
        {"latest: an open parent of a child is closed", {"a", "b<a"}, {NULL}, SHARD_START_LATEST, "-L"},
        {"a row: nothing", {"a", "b"}, {"a"}, SHARD_START_TRIM_HORIZON, "-T"},
        {"a child of a leased shard never starts at latest", {"a.", "b<a"}, {"a"}, SHARD_START_LATEST, "-T"},
        {"a grandchild neither", {"a.", "b<a.", "c<b"}, {"a"}, SHARD_START_LATEST, "-TT"},
        {"a leased parent that was trimmed from the listing", {"b<a"}, {"a"}, SHARD_START_LATEST, "T"},
        {"a missing parent is tolerated", {"b<a"}, {NULL}, SHARD_START_TRIM_HORIZON, "T"},
        {"a parent whose child has a lease is done", {"a.", "b<a"}, {"b"}, SHARD_START_TRIM_HORIZON, "--"},
        {"even an open one", {"a", "b<a"}, {"b"}, SHARD_START_TRIM_HORIZON, "--"},
        {"a grandparent too, the link known from the row",
         {"a.", "b<a."},
         {"c<b"},
         SHARD_START_TRIM_HORIZON,
         "--"},
        {"a sibling that came late", {"a.", "b<a", "c<a"}, {"a", "b<a"}, SHARD_START_LATEST, "--T"},
        {"a sibling whose parent's lease is removed",
         {"a.", "b<a", "c<a"},
         {"b<a"},
         SHARD_START_TRIM_HORIZON,
         "--T"},
        {"left out at latest, closed since", {"a.", "b<a", "c"}, {"c"}, SHARD_START_LATEST_LATER, "LT-"},
        {"a circle ends", {"a<b.", "b<a."}, {NULL}, SHARD_START_TRIM_HORIZON, "TT"},
        {"its own parent", {"a<a"}, {NULL}, SHARD_START_TRIM_HORIZON, "T"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        run_case(&cases[i]);
    }
}

/* A long circle from a broken server must not hang a worker. */
static void a_hostile_lineage_is_bounded(void **state)
{
    (void)state;
    enum { MANY = 3000 };
    static struct stream_shard shards[MANY];
    for (size_t i = 0; i < MANY; i++) {
        snprintf(shards[i].id, sizeof shards[i].id, "s%zu", i);
        snprintf(shards[i].parent_id, sizeof shards[i].parent_id, "s%zu", (i + 1) % MANY);
    }
    struct shard_graph graph;
    assert_true(shard_graph_make(shards, MANY, NULL, 0, &graph));
    for (size_t i = 0; i < MANY; i++) {
        bool related;
        assert_int_equal(shard_graph_judge(&graph, &shards[i], SHARD_START_TRIM_HORIZON, &related),
                         SHARD_LEASE_AT_TRIM_HORIZON);
    }
    shard_graph_free(&graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_shard_gets_its_verdict),
        cmocka_unit_test(a_hostile_lineage_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
