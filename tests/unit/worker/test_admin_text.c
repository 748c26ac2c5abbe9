/* What programs read: /metrics, /leases and the EMF line. What breaks else: an unknown lag shows as 0, a name from outside
 * spoils the format, or a counter is added up twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "admin_world.h"
#include "aws/json.h"
#include "worker/admin/admin_json.h"
#include "worker/admin/emf.h"
#include "worker/admin/metrics_text.h"

static const char *text_of(struct bytes *bytes)
{
    const char *text = NULL;
    struct status status = bytes_terminate(bytes, &text);
    assert_int_equal(status.code, STATUS_OK);
    return text;
}

static const char *metrics_of(const struct admin_world *world, bool per_shard, struct bytes *bytes)
{
    bytes_init(bytes, 1 << 20);
    struct status status = metrics_text_write(&world->snapshot, per_shard, bytes);
    assert_int_equal(status.code, STATUS_OK);
    return text_of(bytes);
}

static void test_metrics(void **state)
{
    (void)state;
    struct admin_world world;
    admin_world_init(&world);
    world.sources.app = "quo\"te\\and\nline";
    world.shards[1].stats.lag_ms = -1;
    world.shards[2].stats.lag_ms = 1500;
    struct bytes bytes;
    const char *text = metrics_of(&world, true, &bytes);
    assert_non_null(strstr(text, "app=\"quo\\\"te\\\\and\\nline\""));
    assert_non_null(strstr(text, "\npenstock_lag_seconds{shard=\"shardId-0\"} 0\n"));
    assert_null(strstr(text, "penstock_lag_seconds{shard=\"shardId-1\"}")); /* unknown is absent, never 0 */
    assert_non_null(strstr(text, "\npenstock_lag_seconds{shard=\"shardId-2\"} 1.5\n"));
    assert_non_null(strstr(text, "\npenstock_lag_unknown_shards 1\n"));
    assert_non_null(strstr(text, "\npenstock_lag_max_seconds 2\n")); /* what is unknown can be 2 s */
    assert_non_null(strstr(text, "\npenstock_leases_total{state=\"unknown\"} 1\n"));
    assert_non_null(
        strstr(text, "penstock_aws_requests_total{service=\"dynamodb\",operation=\"Scan\",code=\"OK\"} 7\n"));
    assert_null(strstr(text, "penstock_aws_pace_requests_per_second")); /* nothing is held back */
    bytes_free(&bytes);
    world.snapshot.clients[0].counts.send_rate = 2.5;
    text = metrics_of(&world, false, &bytes);
    assert_non_null(strstr(text, "\npenstock_aws_pace_requests_per_second{service=\"dynamodb\"} 2.5\n"));
    assert_null(strstr(text, "shardId-"));
    assert_null(strstr(text, "penstock_poll_budget")); /* there is none */
    assert_null(strstr(text, "# TYPE penstock_lag_seconds ")); /* no head without a series */
    bytes_free(&bytes);
}

static void test_poll_budget(void **state)
{
    (void)state;
    struct admin_world world;
    admin_world_init(&world);
    world.snapshot.poll_budget =
        (struct poll_budget_counts){.calls_per_second = 50, .waits = 7, .waited_ms = 1250, .waiting = 2};
    struct bytes bytes;
    const char *text = metrics_of(&world, false, &bytes);
    assert_non_null(strstr(text, "\npenstock_poll_budget_calls_per_second 50\n"));
    assert_non_null(strstr(text, "\npenstock_poll_budget_waits_total 7\n"));
    assert_non_null(strstr(text, "\npenstock_poll_budget_wait_seconds_total 1.25\n"));
    assert_non_null(strstr(text, "\npenstock_poll_budget_waiting_shards 2\n"));
    bytes_free(&bytes);
}

static void test_nothing_is_known_at_first(void **state)
{
    (void)state;
    struct admin_world world;
    admin_world_init(&world);
    world.snapshot = (struct admin_snapshot){.phase = ADMIN_STARTING, .wall_ms = WORLD_WALL};
    struct bytes bytes;
    const char *text = metrics_of(&world, true, &bytes);
    assert_non_null(strstr(text, "\npenstock_phase{phase=\"starting\"} 1\n"));
    assert_null(strstr(text, "penstock_leases_held"));
    bytes_free(&bytes);
    struct status status = admin_json_leases(&world.snapshot, &bytes);
    assert_int_equal(status.code, STATUS_OK);
    cJSON *tree = NULL;
    status = json_parse(bytes_slice(&bytes), &tree);
    assert_int_equal(status.code, STATUS_OK);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(tree, "leases")));
    cJSON_Delete(tree);
    bytes_free(&bytes);
}

static void test_every_metric_is_documented(void **state)
{
    (void)state;
    for (size_t id = 0; id < METRIC_COUNT; id++) {
        const struct metric *metric = metric_of((enum metric_id)id);
        assert_non_null(metric->name);
        assert_non_null(metric->labels);
        assert_true(strlen(metric->help) > 1 && strchr(metric->help, '|') == NULL &&
                    strchr(metric->help, '\\') == NULL);
        bool total = strstr(metric->name, "_total") != NULL;
        assert_true(metric->type != METRIC_COUNTER || total);
        for (size_t other = 0; other < id; other++) {
            assert_string_not_equal(metric->name, metric_of((enum metric_id)other)->name);
        }
    }
}

static void test_leases_as_json(void **state)
{
    (void)state;
    struct admin_world world;
    admin_world_init(&world);
    snprintf(world.rows[3].key, sizeof world.rows[3].key, "a\"b\\c\x01</script>");
    world.rows[0].gap = (struct lease_gap){.count = 2, .certain = true, .found_wall_ms = WORLD_WALL};
    admin_world_show_rows(&world);
    world.shards[1].stats.lag_ms = -1;
    world.shards[1].stats.read_up_to_wall_ms = 0;
    world.snapshot.moves[0] = (struct lease_move){.key = "s", .from = "", .to = "w-1", .how = "new shard"};
    world.snapshot.move_count = 1;
    struct bytes bytes;
    bytes_init(&bytes, 1 << 20);
    struct status status = admin_json_leases(&world.snapshot, &bytes);
    assert_int_equal(status.code, STATUS_OK);
    cJSON *tree = NULL;
    status = json_parse(bytes_slice(&bytes), &tree);
    assert_string_equal(status.reason, "");
    const cJSON *leases = json_array(tree, "leases");
    assert_int_equal(cJSON_GetArraySize(leases), WORLD_ROWS);
    const cJSON *first = cJSON_GetArrayItem(leases, 0);
    assert_int_equal(cJSON_GetObjectItem(json_object(first, "gap"), "count")->valueint, 2);
    assert_int_equal(cJSON_GetObjectItem(json_object(first, "own"), "lag_ms")->valueint, 0);
    assert_int_equal(cJSON_GetObjectItem(json_object(first, "own"), "until_trim_minutes")->valueint, 1439);
    const cJSON *unknown = json_object(cJSON_GetArrayItem(leases, 1), "own");
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(unknown, "lag_ms")));
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(unknown, "behind_ms")));
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(unknown, "until_trim_minutes")));
    const cJSON *last = cJSON_GetArrayItem(leases, 3);
    assert_true(slice_equals_text(json_text(last, "shard"), world.rows[3].key));
    assert_true(slice_equals_text(json_text(last, "state"), "unknown"));
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(last, "own")));
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(cJSON_GetArrayItem(json_array(tree, "moves"), 0), "from")));
    cJSON_Delete(tree);
    bytes_free(&bytes);
}

static cJSON *emf_of(const struct admin_world *world, const struct metric_values *before,
                     struct metric_values *ret_now)
{
    struct bytes bytes;
    bytes_init(&bytes, EMF_LINE_BYTES);
    metric_values_collect(&world->snapshot, ret_now);
    struct status status = emf_write(&world->snapshot, ret_now, before, &bytes);
    assert_string_equal(status.reason, "");
    assert_int_equal(bytes.at[bytes.length - 1], '\n');
    assert_ptr_equal(memchr(bytes.at, '\n', bytes.length), bytes.at + bytes.length - 1); /* one line */
    cJSON *tree = NULL;
    status = json_parse(bytes_slice(&bytes), &tree);
    assert_string_equal(status.reason, "");
    bytes_free(&bytes);
    return tree;
}

/* The specification: every metric named in the directive is a number at the root, and dimensions are texts there. */
static void check_directive(const cJSON *tree)
{
    const cJSON *aws = json_object(tree, "_aws");
    assert_true(cJSON_IsNumber(cJSON_GetObjectItem(aws, "Timestamp")));
    const cJSON *directive = cJSON_GetArrayItem(json_array(aws, "CloudWatchMetrics"), 0);
    assert_true(slice_equals_text(json_text(directive, "Namespace"), "Penstock"));
    assert_true(slice_equals_text(json_text(tree, "App"), "app"));
    const cJSON *metrics = json_array(directive, "Metrics");
    assert_in_range(cJSON_GetArraySize(metrics), 15, 100);
    const cJSON *metric = NULL;
    cJSON_ArrayForEach(metric, metrics)
    {
        const cJSON *value = cJSON_GetObjectItem(tree, cJSON_GetObjectItem(metric, "Name")->valuestring);
        assert_true(cJSON_IsNumber(value));
    }
}

static double number(const cJSON *tree, const char *name)
{
    const cJSON *item = cJSON_GetObjectItem(tree, name);
    assert_true(cJSON_IsNumber(item));
    return item->valuedouble;
}

static void test_emf(void **state)
{
    (void)state;
    struct admin_world world;
    admin_world_init(&world);
    struct metric_values none;
    struct metric_values first;
    struct metric_values second;
    for (size_t id = 0; id < METRIC_COUNT; id++) {
        none.at[id] = NAN;
    }
    world.shards[2].stats.lag_ms = 1500;
    cJSON *tree = emf_of(&world, &none, &first);
    check_directive(tree);
    assert_true(number(tree, "RecordsProcessed") == 270);
    assert_true(number(tree, "MillisBehindLatest") == 1500);
    assert_true(number(tree, "CurrentLeases") == 3);
    assert_true(number(tree, "MinutesUntilTrim") > 1439);
    cJSON_Delete(tree);
    world.snapshot.totals.records_done = 300;
    for (size_t i = 0; i < WORLD_SHARDS; i++) {
        world.shards[i].stats.lag_ms = -1;
        world.shards[i].stats.read_up_to_wall_ms = 0;
    }
    tree = emf_of(&world, &first, &second);
    check_directive(tree);
    assert_true(number(tree, "RecordsProcessed") == 30); /* what was added */
    assert_true(number(tree, "CurrentLeases") == 3); /* a gauge stays */
    assert_null(cJSON_GetObjectItem(tree, "MillisBehindLatest")); /* unknown is left out, never 0 */
    assert_true(number(tree, "UnknownLagShards") == 3);
    cJSON_Delete(tree);
}

/* The longest names that settings allow, and numbers of a year of work. */
static void test_emf_fits_a_pipe(void **state)
{
    (void)state;
    struct admin_world world;
    admin_world_init(&world);
    static char name[256];
    memset(name, 'n', sizeof name - 1);
    world.sources.app = name;
    world.sources.table = name;
    static char worker[LEASE_OWNER_BYTES];
    memset(worker, 'w', sizeof worker - 1);
    world.sources.worker_id = worker;
    world.snapshot.totals.records_done = 1000000000000000;
    world.snapshot.sink.bytes_accepted = 1000000000000000000;
    world.snapshot.resident_bytes = 123456789012;
    struct metric_values none;
    struct metric_values now;
    for (size_t id = 0; id < METRIC_COUNT; id++) {
        none.at[id] = NAN;
    }
    struct bytes bytes;
    bytes_init(&bytes, EMF_LINE_BYTES);
    metric_values_collect(&world.snapshot, &now);
    struct status status = emf_write(&world.snapshot, &now, &none, &bytes);
    assert_string_equal(status.reason, "");
    bytes_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metrics),
        cmocka_unit_test(test_poll_budget),
        cmocka_unit_test(test_nothing_is_known_at_first),
        cmocka_unit_test(test_every_metric_is_documented),
        cmocka_unit_test(test_leases_as_json),
        cmocka_unit_test(test_emf),
        cmocka_unit_test(test_emf_fits_a_pipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
