/* A Java fleet of KCL 3 and workers of ours would take shards from each other for ever; a stopped one is to be
 * taken over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lease/kcl_fleet.h"

enum { NOW_S = 1795000000 };

static bool add(struct kcl_workers *workers, const char *text, bool of_lease_table)
{
    cJSON *item = cJSON_Parse(text);
    assert_non_null(item);
    bool good = kcl_workers_add(workers, item, of_lease_table);
    cJSON_Delete(item);
    return good;
}

static struct kcl_workers workers_of(const int64_t *ages_s, size_t count)
{
    struct kcl_workers workers = {0};
    for (size_t i = 0; i < count; i++) {
        char text[128];
        snprintf(text, sizeof text, "{\"wid\":{\"S\":\"w%zu\"},\"lut\":{\"N\":\"%lld\"}}", i,
                 (long long)(NOW_S - ages_s[i]));
        assert_true(add(&workers, text, false));
    }
    return workers;
}

static void test_rows(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool of_lease_table;
        size_t count;
    } rows[] = {
        {"{\"wid\":{\"S\":\"a\"},\"lut\":{\"N\":\"5\"},\"sts\":{\"M\":{}}}", false, 1},
        {"{\"wid\":{\"S\":\"a\"},\"lut\":{\"N\":\"5\"}}", true, 0}, /* no row of a lease table */
        {"{\"leaseKey\":{\"S\":\"a\"},\"entityType\":{\"S\":\"WORKER_METRIC_STATS\"},\"lut\":{\"N\":\"5\"}}",
         true, 1},
        {"{\"leaseKey\":{\"S\":\"a\"},\"entityType\":{\"S\":\"LEASE\"},\"lut\":{\"N\":\"5\"}}", true, 0},
        {"{\"leaseKey\":{\"S\":\"a\"},\"lut\":{\"N\":\"5\"}}", true, 0},
        {"{\"wid\":{\"N\":\"1\"},\"lut\":{\"N\":\"5\"}}", false, 0},
        {"{\"wid\":{\"S\":\"a\"},\"lut\":{\"N\":\"5.5x\"}}", false, 0},
        {"{\"wid\":{\"S\":\"a\"},\"lut\":{\"S\":\"5\"}}", false, 0},
        {"{\"wid\":{\"S\":\"a\"}}", false, 0},
        {"{}", false, 0},
        {"[]", true, 0},
        {"7", false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct kcl_workers workers = {0};
        assert_true(add(&workers, rows[i].text, rows[i].of_lease_table));
        if (workers.count != rows[i].count) {
            fail_msg("%s gave %zu workers", rows[i].text, workers.count);
        }
        kcl_workers_free(&workers);
    }
}

static void test_ages(void **state)
{
    (void)state;
    static const struct {
        int64_t age_s;
        enum kcl_fleet_verdict verdict;
    } cases[] = {
        {0, KCL_FLEET_RUNNING},   {59, KCL_FLEET_RUNNING},    {60, KCL_FLEET_RUNNING},
        {61, KCL_FLEET_DOUBTFUL}, {900, KCL_FLEET_DOUBTFUL},  {901, KCL_FLEET_NONE},
        {-1, KCL_FLEET_DOUBTFUL}, {-300, KCL_FLEET_DOUBTFUL}, {-100000, KCL_FLEET_DOUBTFUL},
        {86400, KCL_FLEET_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct kcl_workers now = workers_of(&cases[i].age_s, 1);
        struct kcl_workers running = {0};
        enum kcl_fleet_verdict verdict = KCL_FLEET_NONE;
        assert_true(kcl_fleet_judge(NULL, &now, NOW_S * INT64_C(1000), &verdict, &running));
        if (verdict != cases[i].verdict || running.count != (verdict == KCL_FLEET_RUNNING ? 1 : 0)) {
            fail_msg("age %lld s: verdict %d", (long long)cases[i].age_s, (int)verdict);
        }
        kcl_workers_free(&running);
        kcl_workers_free(&now);
    }
}

/* A clock that is minutes off does not hide a fleet: its rows change while we look. */
static void test_changes(void **state)
{
    (void)state;
    struct kcl_workers before = workers_of((const int64_t[]){200, 400, -500}, 3);
    struct kcl_workers running = {0};
    enum kcl_fleet_verdict verdict = KCL_FLEET_NONE;
    assert_true(kcl_fleet_judge(&before, &before, NOW_S * INT64_C(1000), &verdict, &running));
    assert_int_equal(verdict, KCL_FLEET_DOUBTFUL);
    assert_int_equal(running.count, 0);
    struct kcl_workers now = workers_of((const int64_t[]){200, 370, -500, 300}, 4);
    assert_true(kcl_fleet_judge(&before, &now, NOW_S * INT64_C(1000), &verdict, &running));
    assert_int_equal(verdict, KCL_FLEET_RUNNING);
    assert_int_equal(running.count, 2); /* one that wrote, one that came */
    assert_string_equal(running.at[0].id, "w1");
    assert_string_equal(running.at[1].id, "w3");
    kcl_workers_free(&running);
    kcl_workers_free(&now);
    kcl_workers_free(&before);
}

static void test_words(void **state)
{
    (void)state;
    struct kcl_workers running = {0};
    assert_true(add(&running, "{\"wid\":{\"S\":\"10.0.0.1\\n\\u001b[31m\"},\"lut\":{\"N\":\"5\"}}", false));
    struct status status = kcl_fleet_refusal("orders", &running);
    assert_int_equal(status.code, STATUS_INVALID);
    assert_non_null(strstr(status.reason, "KCL 3 is running on 'orders' (10.0.0.1??[31m);"));
    assert_non_null(strstr(status.reason, "stop it, wait 60 s, then start"));
    char text[400];
    char name[201];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    for (int i = 0; i < 5; i++) {
        snprintf(text, sizeof text, "{\"wid\":{\"S\":\"%d%s\"},\"lut\":{\"N\":\"5\"}}", i, name);
        assert_true(add(&running, text, false));
    }
    char app[256];
    memset(app, 'a', sizeof app - 1);
    app[sizeof app - 1] = '\0';
    status = kcl_fleet_refusal(app, &running);
    assert_non_null(strstr(status.reason, " and 3 more"));
    assert_non_null(strstr(status.reason, "taken over where it stood")); /* the remedy is not cut off */
    kcl_workers_free(&running);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_ages),
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
