/* An owner that lives must never be called expired, nor a dead one active; what was not watched is unknown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tests/unit/worker/leases_support.h"
#include "worker/leases/leases_state.h"

enum { FAILOVER_MS = 10000 };

static void every_state(void **state)
{
    (void)state;
    static const struct {
        const char *owner;
        const char *checkpoint_owner;
        const char *checkpoint;
        const char *defect;
        int64_t stood_ms; /* how long the counter is seen to stand */
        bool moved;
        enum leases_state state;
    } cases[] = {
        {"w", "", "5", "", 0, false, LEASES_UNKNOWN},
        {"w", "", "5", "", FAILOVER_MS - 1, false, LEASES_UNKNOWN},
        {"w", "", "5", "", FAILOVER_MS, false, LEASES_EXPIRED},
        {"w", "", "5", "", 0, true, LEASES_ACTIVE},
        {"w", "", "LATEST", "", FAILOVER_MS - 1, true, LEASES_ACTIVE},
        {"w", "", "5", "", FAILOVER_MS, true, LEASES_EXPIRED},
        {"", "", "5", "", 0, false, LEASES_UNOWNED},
        {"", "", "TRIM_HORIZON", "", 0, false, LEASES_WAITING},
        {"", "", "5", "", FAILOVER_MS, true, LEASES_UNOWNED},
        {"new", "old", "5", "", 0, false, LEASES_HANDING_OVER},
        {"new", "old", "5", "", 5, true, LEASES_HANDING_OVER},
        {"new", "old", "5", "", FAILOVER_MS, false, LEASES_EXPIRED},
        {"", "old", "5", "", 0, false, LEASES_HANDING_OVER},
        {"w", "", "SHARD_END", "", FAILOVER_MS, false, LEASES_FINISHED},
        {"", "", "SHARD_END", "", 0, false, LEASES_FINISHED},
        {"w", "", "5", "leaseCounter is missing", 0, true, LEASES_BROKEN},
        {"", "", "SHARD_END", "leaseCounter is missing", 0, true, LEASES_BROKEN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct leases_row row = leases_test_row("k");
        row.owner = cases[i].owner;
        row.checkpoint_owner = cases[i].checkpoint_owner;
        row.checkpoint = cases[i].checkpoint;
        row.defect = cases[i].defect;
        row.since_boot_ms = 1000;
        row.sent_boot_ms = 1000 + cases[i].stood_ms;
        row.moved = cases[i].moved;
        row.waits = cases[i].state == LEASES_WAITING;
        assert_string_equal(leases_state_name(leases_state_of(&row, FAILOVER_MS)),
                            leases_state_name(cases[i].state));
    }
}

static void names_of_states_read_back(void **state)
{
    (void)state;
    enum leases_state found;
    for (size_t i = 0; i < LEASES_STATE_COUNT; i++) {
        assert_true(leases_state_parse(leases_state_name((enum leases_state)i), &found));
        assert_int_equal(found, i);
    }
    assert_false(leases_state_parse("Active", &found));
}

struct look {
    const char *key;
    const char *owner;
    int64_t counter;
};

static void read_at(struct leases_list *list, const struct look *looks, size_t count, int64_t at_ms)
{
    *list = (struct leases_list){0};
    for (size_t i = 0; i < count; i++) {
        struct leases_row row = leases_test_row(looks[i].key);
        row.owner = looks[i].owner;
        row.counter = looks[i].counter;
        row.sent_boot_ms = at_ms;
        row.read_boot_ms = at_ms + 10;
        row.since_boot_ms = at_ms + 10;
        leases_test_add(list, &row);
    }
}

static const char *state_in(const struct leases_list *list, const char *key)
{
    const struct leases_row *row = leases_list_find(list, key);
    return row == NULL ? "gone" : leases_state_name(leases_state_of(row, FAILOVER_MS));
}

static void two_looks_decide_and_one_never_does(void **state)
{
    (void)state;
    static const struct look first[] = {{"b-still", "w1", 5}, {"c-moves", "w2", 5}, {"a-gone", "w3", 1}};
    static const struct look middle[] = {{"c-moves", "w2", 6}, {"b-still", "w1", 5}, {"d-new", "w4", 0}};
    static const struct look late[] = {{"c-moves", "w2", 6}, {"b-still", "w1", 5}, {"d-new", "w9", 0}};
    struct leases_list one;
    struct leases_list two;
    struct leases_list three;
    read_at(&one, first, 3, 0);
    assert_string_equal(state_in(&one, "c-moves"), "unknown");
    assert_true(leases_state_is_open(&one, FAILOVER_MS));
    read_at(&two, middle, 3, 5000);
    leases_state_follow(&two, &one);
    assert_string_equal(state_in(&two, "a-gone"), "gone");
    assert_string_equal(state_in(&two, "b-still"), "unknown");
    assert_string_equal(state_in(&two, "c-moves"), "active");
    assert_string_equal(state_in(&two, "d-new"), "unknown");
    read_at(&three, late, 3, FAILOVER_MS + 9); /* the first look's reply came at 10: not yet the whole time */
    leases_state_follow(&three, &two);
    assert_string_equal(state_in(&three, "b-still"), "unknown");
    leases_list_free(&three);
    read_at(&three, late, 3, FAILOVER_MS + 10);
    leases_state_follow(&three, &two);
    assert_string_equal(state_in(&three, "b-still"), "expired");
    assert_string_equal(state_in(&three, "c-moves"), "active");
    assert_string_equal(state_in(&three, "d-new"), "active"); /* another owner took it */
    assert_false(leases_state_is_open(&three, FAILOVER_MS));
    leases_list_free(&one);
    leases_list_free(&two);
    leases_list_free(&three);
}

static void a_lease_is_found_by_what_people_type(void **state)
{
    (void)state;
    static const char *const keys[] = {"shardId-01-aa", "shardId-02-ab", "shardId-02-ac", "x$y:shardId-03-ad",
                                       "x$z:shardId-03-ad"};
    struct leases_list list = {0};
    for (size_t i = 0; i < 5; i++) {
        struct leases_row row = leases_test_row(keys[i]);
        row.shard = strchr(keys[i], ':') != NULL ? strchr(keys[i], ':') + 1 : keys[i];
        leases_test_add(&list, &row);
    }
    static const struct {
        const char *name;
        const char *key; /* NULL: refused */
        const char *words;
    } cases[] = {
        {"shardId-02-ab", "shardId-02-ab", ""},
        {"shardId-01", "shardId-01-aa", ""},
        {"x$z:shardId-03-ad", "x$z:shardId-03-ad", ""},
        {"x$z", "x$z:shardId-03-ad", ""},
        {"shardId-02", NULL, "fits 2 leases (shardId-02-ab, shardId-02-ac)"},
        {"shardId-03-ad", NULL, "fits 2 leases (x$y:shardId-03-ad, x$z:shardId-03-ad)"},
        {"shardId-0", NULL, "fits 5 leases (shardId-01-aa, shardId-02-ab, shardId-02-ac, ...)"},
        {"nothing", NULL, "no lease 'nothing'"},
        {"", NULL, "no lease ''"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct leases_row *row = NULL;
        struct status status = leases_list_match(&list, cases[i].name, &row);
        assert_int_equal(status.code, cases[i].key == NULL ? STATUS_NOT_FOUND : STATUS_OK);
        assert_non_null(strstr(status.reason, cases[i].words));
        if (cases[i].key != NULL) {
            assert_string_equal(row->key, cases[i].key);
        }
    }
    leases_list_free(&list);
    assert_null(leases_list_find(&list, "x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state),
        cmocka_unit_test(names_of_states_read_back),
        cmocka_unit_test(two_looks_decide_and_one_never_does),
        cmocka_unit_test(a_lease_is_found_by_what_people_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
