/* What is told about a fleet must be right: who holds what, what happened, what is wrong, and how far behind it
 * is. A check that cries wolf is switched off; one that misses a dead worker is worse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/seed.h"
#include "tests/unit/worker/leases_support.h"
#include "worker/leases/leases_check.h"
#include "worker/leases/leases_events.h"
#include "worker/leases/leases_tree.h"
#include "worker/leases/leases_workers.h"

enum { FAILOVER_MS = 10000 };

/* A row in a few words. `life`: '?' not watched, '+' seen to move, '-' seen to stand. */
struct word {
    const char *key;
    const char *owner;
    const char *from; /* checkpointOwner */
    const char *checkpoint;
    char life;
    const char *parent; /* "" none */
    const char *child;
    bool gap;
};

static void make_list(struct leases_list *list, const struct word *words, size_t count, int64_t at_ms)
{
    *list = (struct leases_list){.began_boot_ms = at_ms, .ended_boot_ms = at_ms};
    for (size_t i = 0; i < count; i++) {
        struct leases_row row = leases_test_row(words[i].key);
        row.owner = words[i].owner;
        row.checkpoint_owner = words[i].from;
        row.checkpoint = words[i].checkpoint;
        row.parents = (struct leases_names){&words[i].parent, words[i].parent[0] != '\0'};
        row.children = (struct leases_names){&words[i].child, words[i].child[0] != '\0'};
        row.gap.present = words[i].gap;
        row.moved = words[i].life == '+';
        row.since_boot_ms = at_ms - (words[i].life == '-' ? FAILOVER_MS : 0);
        row.sent_boot_ms = at_ms;
        leases_test_add(list, &row);
    }
}

static const struct word fleet[] = {
    {"s1", "a", "", "5", '+', "", "", false},
    {"s2", "a", "", "5", '-', "", "", false},
    {"s3", "b", "", "5", '-', "", "", false},
    {"s4", "b", "a", "5", '+', "", "", false},
    {"s5", "", "", "TRIM_HORIZON", '?', "", "", false},
    {"s6", "c", "", "SHARD_END", '?', "", "s7", false},
    {"s8", "", "", "TRIM_HORIZON", '?', "s1", "", true},
    {"s9", "d", "x", "5", '-', "", "", false},
};
enum { FLEET = sizeof fleet / sizeof fleet[0] };

static void each_worker_has_its_part(void **state)
{
    (void)state;
    static const struct leases_worker expected[] = {
        {"a", false, 3, 2, 1, 0, 1, 0, 0, 5}, {"b", false, 1, 0, 1, 0, 0, 1, 0, 5},
        {"c", false, 0, 0, 0, 0, 0, 0, 1, 5}, {"d", false, 0, 0, 0, 0, 0, 1, 0, 5},
        {"x", false, 1, 0, 1, 0, 1, 0, 0, 5},
    };
    static const enum leases_state states[] = {LEASES_ACTIVE, LEASES_EXPIRED, LEASES_FINISHED, LEASES_UNKNOWN,
                                               LEASES_EXPIRED};
    struct leases_list list;
    struct leases_workers workers;
    make_list(&list, fleet, FLEET, 100000);
    struct status status = leases_workers_count(&list, FAILOVER_MS, &workers);
    assert_int_equal(status.code, STATUS_OK);
    assert_int_equal(workers.count, 5);
    assert_int_equal(workers.unowned, 1); /* s8 waits for s1 */
    for (size_t i = 0; i < 5; i++) {
        const struct leases_worker *worker = &workers.at[i];
        assert_string_equal(worker->name, expected[i].name);
        assert_int_equal(worker->held, expected[i].held);
        assert_int_equal(worker->active, expected[i].active);
        assert_int_equal(worker->expired, expected[i].expired);
        assert_int_equal(worker->giving, expected[i].giving);
        assert_int_equal(worker->getting, expected[i].getting);
        assert_int_equal(worker->finished, expected[i].finished);
        assert_int_equal(worker->of, expected[i].of);
        assert_int_equal(leases_worker_state(worker), states[i]);
    }
    leases_workers_free(&workers);
    leases_list_free(&list);
}

/* "problem:shard or owner" of each finding, a blank apart. */
static void name_findings(const struct leases_findings *findings, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < findings->count && used < size; i++) {
        const struct leases_finding *finding = &findings->at[i];
        used += (size_t)snprintf(text + used, size - used, "%s%s:%s", i > 0 ? " " : "", finding->problem,
                                 finding->shard[0] != '\0' ? finding->shard : finding->owner);
    }
}

static void check_finds_what_lasts_and_no_more(void **state)
{
    (void)state;
    static const struct {
        struct word first;
        struct word last;
        int64_t apart_ms;
        const char *problems;
    } cases[] = {
        {{"s", "a", "", "5", '?', "", "", false}, {"s", "a", "", "5", '+', "", "", false}, 5000, ""},
        {{"s", "a", "", "5", '?', "", "", false}, {"s", "a", "", "5", '?', "", "", false}, 5000, ""},
        {{"s", "a", "", "5", '?', "", "", false},
         {"s", "a", "", "5", '-', "", "", false},
         10000,
         "expired:a"},
        {{"s", "", "", "5", '?', "", "", false}, {"s", "", "", "5", '?', "", "", false}, 5000, "unowned:s"},
        {{"s", "a", "", "5", '?', "", "", false}, {"s", "", "", "5", '?', "", "", false}, 5000, ""},
        {{"s", "", "", "5", '?', "", "", false}, {"s", "a", "", "5", '+', "", "", false}, 5000, ""},
        {{"t", "", "", "5", '?', "", "", false}, {"s", "", "", "5", '?', "", "", false}, 5000, ""},
        {{"s", "b", "a", "5", '?', "", "", false}, {"s", "b", "a", "5", '+', "", "", false}, 39999, ""},
        {{"s", "b", "a", "5", '?', "", "", false},
         {"s", "b", "a", "5", '+', "", "", false},
         40000,
         "stuck-hand-over:s"},
        {{"s", "c", "a", "5", '?', "", "", false}, {"s", "b", "a", "5", '+', "", "", false}, 40000, ""},
        {{"s", "b", "a", "5", '?', "", "", false},
         {"s", "b", "a", "5", '-', "", "", false},
         10000,
         "expired:a stuck-hand-over:s"},
        {{"s", "a", "", "5", '?', "", "", true}, {"s", "a", "", "5", '+', "", "", true}, 5000, "gap:s"},
        {{"s", "a", "", "SHARD_END", '?', "", "c", false},
         {"s", "a", "", "SHARD_END", '-', "", "c", false},
         5000,
         "missing-lease:c"},
        {{"s", "a", "", "5", '?', "", "c", false}, {"s", "a", "", "5", '+', "", "c", false}, 5000, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct leases_list first;
        struct leases_list last;
        struct leases_findings findings = {0};
        char text[500];
        make_list(&first, &cases[i].first, 1, 100000);
        make_list(&last, &cases[i].last, 1, 100000 + cases[i].apart_ms);
        const struct leases_check_input input = {&first, &last, FAILOVER_MS};
        struct status status = leases_check_rows(&input, &findings);
        assert_int_equal(status.code, STATUS_OK);
        name_findings(&findings, text, sizeof text);
        assert_string_equal(text, cases[i].problems);
        assert_int_equal(leases_check_needs_time(&input), cases[i].apart_ms == 39999);
        leases_findings_free(&findings);
        leases_list_free(&first);
        leases_list_free(&last);
    }
}

static void open_shards_need_a_lease_unless_an_ancestor_is_still_read(void **state)
{
    (void)state;
    static const struct sequence_number ended = {.length = 1, .digits = {'9'}};
    struct stream_shard shards[] = {
        {.id = "a-finished", .last = ended},       {.id = "b-open-child", .parent_id = "a-finished"},
        {.id = "c-read", .last = ended},           {.id = "d-closed", .parent_id = "c-read", .last = ended},
        {.id = "e-open", .parent_id = "d-closed"}, {.id = "f-alone"},
        {.id = "g-orphan", .parent_id = "gone"},   {.id = "h-old", .last = ended},
        {.id = "i-leased", .parent_id = "h-old"},
    };
    struct leases_stream stream = {.description = {.shards = shards, .shard_count = 9}};
    static const struct word words[] = {
        {"a-finished", "", "", "SHARD_END", '?', "", "", false},
        {"c-read", "w", "", "5", '+', "", "", false},
        {"i-leased", "w", "", "5", '+', "", "", false},
    };
    struct leases_list list;
    struct leases_findings findings = {0};
    char text[500];
    make_list(&list, words, 3, 0);
    const struct leases_check_input input = {&list, &list, FAILOVER_MS};
    struct status status = leases_check_shards(&input, &stream, list.by_key[0], &findings);
    assert_int_equal(status.code, STATUS_OK);
    name_findings(&findings, text, sizeof text);
    assert_string_equal(text, "missing-lease:b-open-child missing-lease:f-alone missing-lease:g-orphan");
    leases_findings_free(&findings);
    leases_list_free(&list);
}

static void lag_that_matters_is_a_problem(void **state)
{
    (void)state;
    static const struct {
        const char *checkpoint;
        struct leases_lag lag;
        const char *problems;
    } cases[] = {
        {"5", {.kind = LEASES_LAG_KNOWN, .ms = 60000, .note = ""}, ""},
        {"5", {.kind = LEASES_LAG_KNOWN, .ms = 60001, .note = ""}, "lag:s"},
        {"5", {.kind = LEASES_LAG_TRIMMED, .ms = -1, .note = "x"}, "trimmed:s"},
        {"5", {.kind = LEASES_LAG_UNKNOWN, .ms = -1, .note = "x"}, "lag-unknown:s"},
        {"LATEST", {.kind = LEASES_LAG_UNKNOWN, .ms = -1, .note = "x"}, ""},
        {"SHARD_END", {.kind = LEASES_LAG_DONE, .note = ""}, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct leases_row row = leases_test_row("s");
        row.checkpoint = cases[i].checkpoint;
        const struct leases_shown shown = {.row = &row, .lag = cases[i].lag};
        struct leases_findings findings = {0};
        char text[100];
        struct status status = leases_check_lag(&shown, 1, 60000, &findings);
        assert_int_equal(status.code, STATUS_OK);
        name_findings(&findings, text, sizeof text);
        assert_string_equal(text, cases[i].problems);
        leases_findings_free(&findings);
    }
}

static void lag_is_known_or_unknown_and_never_a_false_zero(void **state)
{
    (void)state;
    static const struct {
        struct leases_lag_page page;
        bool closed;
        bool decided;
        enum leases_lag_kind kind;
        int64_t ms;
    } cases[] = {
        {{true, 7000, false, 1, 10000}, false, true, LEASES_LAG_KNOWN, 3000},
        {{true, 11000, false, 1, 10000}, false, true, LEASES_LAG_KNOWN, 0}, /* clocks differ */
        {{false, 0, false, 1, 10000}, false, false, LEASES_LAG_UNKNOWN, -1},
        {{false, 0, false, 4, 10000}, false, false, LEASES_LAG_UNKNOWN, -1},
        {{false, 0, false, 5, 10000}, false, true, LEASES_LAG_KNOWN, 0},
        {{false, 0, false, 5, 10000}, true, false, LEASES_LAG_UNKNOWN, -1},
        {{false, 0, false, 25, 10000}, true, true, LEASES_LAG_UNKNOWN, -1},
        {{false, 0, true, 1, 10000}, true, true, LEASES_LAG_KNOWN, 0},
        {{true, 7000, true, 1, 10000}, true, true, LEASES_LAG_KNOWN, 3000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct leases_lag lag;
        assert_int_equal(leases_lag_judge(&cases[i].page, cases[i].closed, &lag), cases[i].decided);
        assert_int_equal(lag.kind, cases[i].kind);
        assert_int_equal(lag.ms, cases[i].ms);
    }
}

static struct status collect_event(void *context, const struct leases_event *event)
{
    char *text = context;
    size_t used = strlen(text);
    snprintf(text + used, 1000 - used, "%s %s %s>%s; ", event->row->shard, event->what, event->before,
             event->after);
    return status_ok();
}

static void events_are_what_differs(void **state)
{
    (void)state;
    static const struct word before[] = {
        {"s1", "a", "", "5", '+', "", "", false},
        {"s2", "a", "", "5", '+', "", "", false},
        {"s3", "a", "", "5", '+', "", "", false},
        {"s5", "a", "", "5", '+', "", "", false},
    };
    static const struct word after[] = {
        {"s1", "a", "", "5", '+', "", "", false}, /* a renewal is no event */
        {"s2", "b", "a", "6", '+', "", "", true},
        {"s4", "b", "", "5", '?', "", "", false},
        {"s5", "a", "", "SHARD_END", '-', "", "", false},
    };
    struct leases_list one;
    struct leases_list two;
    char text[1000] = "";
    make_list(&one, before, 4, 0);
    make_list(&two, after, 4, 0);
    const struct leases_events_sink sink = {text, collect_event, "", FAILOVER_MS};
    struct status status = leases_events_tell(&one, &two, &sink);
    assert_int_equal(status.code, STATUS_OK);
    assert_string_equal(text, "s2 owner a>b; s2 hand-over >a; s2 checkpoint 5>6; s2 gap >possible; "
                              "s2 state active>handing-over; s3 gone active>; s4 seen >unknown; s4 owner >b; "
                              "s5 checkpoint 5>SHARD_END; s5 state active>finished; ");
    text[0] = '\0';
    status = leases_events_tell(NULL, &one, &sink);
    assert_int_equal(status.code, STATUS_OK);
    assert_non_null(strstr(text, "s1 seen >active; s1 owner >a; "));
    leases_list_free(&one);
    leases_list_free(&two);
}

/* Any graph of parents and children, circles and rows that name themselves included, is drawn whole. */
static void a_tree_has_every_row_once(void **state)
{
    (void)state;
    enum { MOST = 30 };
    static const char *const names[MOST] = {"s00", "s01", "s02", "s03", "s04", "s05", "s06", "s07",
                                            "s08", "s09", "s10", "s11", "s12", "s13", "s14", "s15",
                                            "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23",
                                            "s24", "s25", "s26", "s27", "s28", "s29"};
    struct random random;
    random_init(&random, test_seed());
    for (int round = 0; round < 2000; round++) {
        const char *related[MOST][4];
        struct leases_list list = {0};
        size_t count = 1 + (size_t)random_below(&random, MOST - 5);
        for (size_t i = 0; i < count; i++) {
            struct leases_row row = leases_test_row(names[i]);
            for (size_t k = 0; k < 4; k++) {
                related[i][k] = names[random_below(&random, MOST)];
            }
            row.parents = (struct leases_names){related[i], (size_t)random_below(&random, 3)};
            row.children = (struct leases_names){related[i] + 2, (size_t)random_below(&random, 3)};
            struct status added = leases_list_add(&list, &row);
            assert_int_equal(added.code, STATUS_OK);
        }
        struct status status = leases_list_sort(&list);
        assert_int_equal(status.code, STATUS_OK);
        struct leases_tree tree;
        status = leases_tree_make(&list, false, &tree);
        assert_int_equal(status.code, STATUS_OK);
        size_t seen[MOST] = {0};
        for (size_t i = 0; i < tree.count; i++) {
            const struct leases_leaf *leaf = &tree.at[i];
            assert_int_equal(strlen(leaf->branch), leaf->depth * 3);
            assert_true(i > 0 || leaf->depth == 0);
            assert_true(i == 0 || leaf->depth <= tree.at[i - 1].depth + 1);
            seen[(leaf->row->key[1] - '0') * 10 + leaf->row->key[2] - '0'] += leaf->missing ? 0 : 1;
            assert_true(!leaf->missing || leases_list_find(&list, leaf->row->key) == NULL);
        }
        for (size_t i = 0; i < MOST; i++) {
            assert_int_equal(seen[i], i < count ? 1 : 0);
        }
        leases_tree_free(&tree);
        leases_list_free(&list);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_worker_has_its_part),
        cmocka_unit_test(check_finds_what_lasts_and_no_more),
        cmocka_unit_test(open_shards_need_a_lease_unless_an_ancestor_is_still_read),
        cmocka_unit_test(lag_that_matters_is_a_problem),
        cmocka_unit_test(lag_is_known_or_unknown_and_never_a_false_zero),
        cmocka_unit_test(events_are_what_differs),
        cmocka_unit_test(a_tree_has_every_row_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
