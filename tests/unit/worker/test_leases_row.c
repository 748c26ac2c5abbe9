/* Whatever a lease table holds, the person on call must see it as it is: rows of every KCL and of ours whole,
 * broken ones with the attribute and the reason, other things counted and not shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/unit/seed.h"
#include "worker/leases/leases_row.h"

#define SOUND                                                                                                \
    "\"leaseKey\":{\"S\":\"shardId-1\"},\"leaseCounter\":{\"N\":\"7\"},\"checkpoint\":{\"S\":"               \
    "\"TRIM_HORIZON\"},\"checkpointSubSequenceNumber\":{\"N\":\"0\"},\"ownerSwitchesSinceCheckpoint\":{"     \
    "\"N\":\"2\"}"

static enum leases_row_kind read_text(const char *text, struct leases_pool *pool, struct leases_row *row)
{
    cJSON *item = cJSON_Parse(text);
    assert_non_null(item);
    enum leases_row_kind kind = leases_row_read(item, pool, row);
    cJSON_Delete(item);
    return kind;
}

static void a_row_of_java_is_read_whole(void **state)
{
    (void)state;
    struct leases_pool pool = {0};
    struct leases_row row;
    assert_int_equal(
        read_text(
            "{" SOUND ",\"leaseOwner\":{\"S\":\"new\"},\"checkpointOwner\":{\"S\":\"old\"},"
            "\"pendingCheckpoint\":{\"S\":\"123\"},\"pendingCheckpointSubSequenceNumber\":{\"N\":\"4\"},"
            "\"pendingCheckpointState\":{\"B\":\"AAA=\"},\"throughputKBps\":{\"N\":\"12.5\"},"
            "\"startingHashKey\":{\"S\":\"0\"},\"endingHashKey\":{\"S\":\"1\"},"
            "\"parentShardId\":{\"SS\":[\"p1\",\"p2\"]},\"childShardIds\":{\"SS\":[\"c1\"]},"
            "\"entityType\":{\"S\":\"LEASE\"},\"color\":{\"M\":{\"a\":{\"N\":\"1\"}}}}",
            &pool, &row),
        LEASES_ROW_LEASE);
    assert_string_equal(row.defect, "");
    assert_string_equal(row.shard, "shardId-1");
    assert_string_equal(row.owner, "new");
    assert_string_equal(leases_row_holder(&row), "old");
    assert_false(leases_row_is_ours(&row));
    assert_string_equal(row.pending_checkpoint, "123");
    assert_int_equal(row.pending_sub_sequence, 4);
    assert_true(row.pending_state);
    assert_string_equal(row.throughput_kbps, "12.5");
    assert_int_equal(row.counter, 7);
    assert_int_equal(row.switches, 2);
    assert_int_equal(row.parents.count, 2);
    assert_string_equal(row.parents.at[1], "p2");
    assert_string_equal(row.children.at[0], "c1");
    assert_string_equal(row.unknown, "{\"color\":{\"M\":{\"a\":{\"N\":\"1\"}}}}");
    leases_pool_free(&pool);
}

static void a_row_of_ours_is_read_whole(void **state)
{
    (void)state;
    struct leases_pool pool = {0};
    struct leases_row row;
    assert_int_equal(
        read_text("{" SOUND ",\"leaseOwner\":{\"S\":\"w-1\"},\"penstockOwner\":{\"S\":\"w-1\"},"
                  "\"penstockStream\":{\"S\":\"arn:x\"},\"penstockStart\":{\"N\":\"1763900000000\"},"
                  "\"penstockEpoch\":{\"N\":\"3\"},\"penstockRewind\":{\"S\":\"n0\"},"
                  "\"penstockCheckpointBy\":{\"S\":\"w-1#7\"},"
                  "\"penstockGap\":{\"M\":{\"after\":{\"S\":\"5\"},\"until\":{\"S\":\"9\"},\"found\":{\"S\":"
                  "\"2026-11-23T10:00:00.000Z\"},\"certain\":{\"BOOL\":true},\"count\":{\"N\":\"2\"}}}}",
                  &pool, &row),
        LEASES_ROW_LEASE);
    assert_string_equal(row.defect, "");
    assert_true(leases_row_is_ours(&row));
    assert_string_equal(row.stream_arn, "arn:x");
    assert_int_equal(row.start_wall_ms, 1763900000000);
    assert_int_equal(row.epoch, 3);
    assert_string_equal(row.rewind, "n0");
    assert_string_equal(row.writer, "w-1#7");
    assert_true(row.gap.present && row.gap.certain);
    assert_string_equal(row.gap.after, "5");
    assert_string_equal(row.gap.until, "9");
    assert_string_equal(row.gap.found, "2026-11-23T10:00:00.000Z");
    assert_int_equal(row.gap.count, 2);
    assert_string_equal(row.unknown, "");
    leases_pool_free(&pool);
}

static void a_key_of_several_streams_ends_with_the_shard(void **state)
{
    (void)state;
    static const char name[] = "1:eu-west-1$1$orders$2026-11-23T10_00_00.000:1";
    char text[1024];
    struct leases_pool pool = {0};
    struct leases_row row;
    for (int with_name = 0; with_name < 2; with_name++) {
        snprintf(
            text, sizeof text,
            "{\"leaseKey\":{\"S\":\"%s:shardId-9\"},\"leaseCounter\":{\"N\":\"1\"},\"checkpoint\":{\"S\":"
            "\"5\"},\"ownerSwitchesSinceCheckpoint\":{\"N\":\"0\"},\"shardId\":{\"S\":\"shardId-9\"}%s%s%s}",
            name, with_name ? ",\"streamName\":{\"S\":\"" : "", with_name ? name : "",
            with_name ? "\"}" : "");
        assert_int_equal(read_text(text, &pool, &row), LEASES_ROW_LEASE);
        assert_string_equal(row.shard, "shardId-9");
        assert_string_equal(row.defect, "");
    }
    leases_pool_free(&pool);
}

static void other_things_are_not_leases(void **state)
{
    (void)state;
    static const struct {
        const char *item;
        enum leases_row_kind kind;
    } cases[] = {
        {"{" SOUND ",\"entityType\":{\"S\":\"WORKER_METRIC_STATS\"}}", LEASES_ROW_OTHER},
        {"{\"leaseKey\":{\"S\":\"Leader\"},\"entityType\":{\"S\":\"LEADER\"}}", LEASES_ROW_OTHER},
        {"{\"leaseKey\":{\"S\":\"x\"},\"entityType\":{\"N\":\"1\"}}", LEASES_ROW_OTHER},
        {"{\"pk\":{\"S\":\"o1\"}}", LEASES_ROW_KEYLESS},
        {"{\"leaseKey\":{\"N\":\"1\"}}", LEASES_ROW_KEYLESS},
        {"{\"leaseKey\":{\"S\":\"\"}}", LEASES_ROW_KEYLESS},
        {"{}", LEASES_ROW_KEYLESS},
        {"[]", LEASES_ROW_KEYLESS},
        {"5", LEASES_ROW_KEYLESS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct leases_pool pool = {0};
        struct leases_row row;
        assert_int_equal(read_text(cases[i].item, &pool, &row), cases[i].kind);
        leases_pool_free(&pool);
    }
}

static void a_broken_row_names_the_attribute_and_the_reason(void **state)
{
    (void)state;
    static const struct {
        const char *item;
        const char *words;
    } cases[] = {
        {"{\"leaseKey\":{\"S\":\"k\"},\"checkpoint\":{\"S\":\"5\"},\"ownerSwitchesSinceCheckpoint\":{\"N\":"
         "\"0\"}"
         "}",
         "leaseCounter is missing"},
        {"{\"leaseKey\":{\"S\":\"k\"},\"leaseCounter\":{\"S\":\"5\"},\"checkpoint\":{\"S\":\"5\"},"
         "\"ownerSwitchesSinceCheckpoint\":{\"N\":\"0\"}}",
         "leaseCounter is of type S, not N"},
        {"{\"leaseKey\":{\"S\":\"k\"},\"leaseCounter\":{\"N\":\"1.5\"},\"checkpoint\":{\"S\":\"5\"},"
         "\"ownerSwitchesSinceCheckpoint\":{\"N\":\"0\"}}",
         "leaseCounter is no whole number of up to 18 digits"},
        {"{\"leaseKey\":{\"S\":\"k\"},\"leaseCounter\":{\"N\":\"-1\"},\"checkpoint\":{\"S\":\"5\"},"
         "\"ownerSwitchesSinceCheckpoint\":{\"N\":\"0\"}}",
         "leaseCounter is below 0"},
        {"{\"leaseKey\":{\"S\":\"k\"},\"leaseCounter\":{\"N\":\"1\"},\"checkpoint\":{\"S\":\"soon\"},"
         "\"ownerSwitchesSinceCheckpoint\":{\"N\":\"0\"}}",
         "checkpoint is neither a sequence number nor TRIM_HORIZON, LATEST, AT_TIMESTAMP or SHARD_END"},
        {"{\"leaseKey\":{\"S\":\"k\"},\"leaseCounter\":{\"N\":\"1\"},\"checkpoint\":{\"S\":\"\"},"
         "\"ownerSwitchesSinceCheckpoint\":{\"N\":\"0\"}}",
         "checkpoint is neither a sequence number nor TRIM_HORIZON, LATEST, AT_TIMESTAMP or SHARD_END"},
        {"{" SOUND ",\"leaseOwner\":{\"NULL\":true}}", "leaseOwner is of type NULL, not S"},
        {"{" SOUND ",\"parentShardId\":{\"S\":\"p\"}}", "parentShardId is of type S, not SS"},
        {"{" SOUND ",\"childShardIds\":{\"L\":[]},\"checkpointOwner\":{\"BOOL\":true}}",
         "checkpointOwner is of type BOOL, not S; childShardIds is of type L, not SS"},
        {"{\"leaseKey\":{\"S\":\"k\"}}",
         "leaseCounter is missing; checkpoint is missing; ownerSwitchesSinceCheckpoint is missing"},
        {"{" SOUND ",\"penstockGap\":{\"S\":\"x\"}}", "penstockGap is of type S, not M"},
        {"{" SOUND ",\"leaseOwner\":5}", "leaseOwner is of type ?, not S"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct leases_pool pool = {0};
        struct leases_row row;
        assert_int_equal(read_text(cases[i].item, &pool, &row), LEASES_ROW_LEASE);
        assert_string_equal(row.defect, cases[i].words);
        assert_true(leases_row_is_broken(&row));
        assert_false(leases_row_is_finished(&row));
        leases_pool_free(&pool);
    }
}

/* A value of any type, sound or not. */
static cJSON *random_value(struct random *random, int depth)
{
    static const char *const types[] = {"S", "N", "B", "SS", "NS", "BOOL", "NULL", "M", "L", "?"};
    static const char *const texts[] = {
        "",   "5",   "-3",       "SHARD_END", "999999999999999999999999999999999999",
        "\n", "a b", "\xff\xfe", "LATEST",    "1e5"};
    cJSON *value = cJSON_CreateObject();
    const char *type = types[random_below(random, 10)];
    cJSON *inner = NULL;
    switch (random_below(random, depth > 2 ? 4 : 6)) {
    case 0:
        inner = cJSON_CreateNumber((double)random_below(random, 100));
        break;
    case 1:
        inner = cJSON_CreateBool(1);
        break;
    case 2:
        inner = cJSON_CreateStringArray(texts, (int)random_below(random, 9));
        break;
    case 3:
        inner = cJSON_CreateString(texts[random_below(random, 10)]);
        break;
    default:
        inner = cJSON_CreateObject();
        cJSON_AddItemToObject(inner, "found", random_value(random, depth + 1));
        cJSON_AddItemToObject(inner, "after", random_value(random, depth + 1));
        break;
    }
    cJSON_AddItemToObject(value, type, inner);
    return value;
}

static void no_row_whatever_is_in_it_is_half_read(void **state)
{
    (void)state;
    static const char *const names[] = {
        "leaseOwner", "leaseCounter",   "checkpoint",     "ownerSwitchesSinceCheckpoint", "parentShardId",
        "streamName", "childShardIds",  "penstockGap",    "checkpointSubSequenceNumber",  "checkpointOwner",
        "entityType", "penstockRewind", "throughputKBps", "pendingCheckpointState",       "x",
    };
    struct random random;
    random_init(&random, test_seed());
    for (int round = 0; round < 20000; round++) {
        cJSON *item = cJSON_CreateObject();
        cJSON *key = cJSON_CreateObject();
        cJSON_AddItemToObject(key, "S", cJSON_CreateString("k"));
        cJSON_AddItemToObject(item, "leaseKey", key);
        for (size_t i = 0; i < random_below(&random, 12); i++) {
            cJSON_AddItemToObject(item, names[random_below(&random, 15)], random_value(&random, 0));
        }
        struct leases_pool pool = {0};
        struct leases_row row;
        enum leases_row_kind kind = leases_row_read(item, &pool, &row);
        assert_true(kind == LEASES_ROW_LEASE || kind == LEASES_ROW_OTHER);
        if (kind == LEASES_ROW_LEASE) {
            assert_string_equal(row.shard, "k");
            assert_true(leases_row_is_broken(&row) || row.checkpoint[0] != '\0');
            assert_non_null(row.owner);
            assert_non_null(row.gap.until);
            assert_true(row.unknown[0] == '\0' || row.unknown[0] == '{');
        }
        leases_pool_free(&pool);
        cJSON_Delete(item);
    }
}

static void a_pool_gives_texts_of_any_size(void **state)
{
    (void)state;
    struct leases_pool pool = {0};
    static char text[300000];
    memset(text, 'x', sizeof text - 1);
    const char *small = leases_pool_copy(&pool, "small");
    const char *great = leases_pool_copy(&pool, text);
    const char *other = leases_pool_copy(&pool, "other");
    assert_string_equal(small, "small");
    assert_string_equal(great, text);
    assert_string_equal(other, "other");
    leases_pool_free(&pool);
    leases_pool_free(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_of_java_is_read_whole),
        cmocka_unit_test(a_row_of_ours_is_read_whole),
        cmocka_unit_test(a_key_of_several_streams_ends_with_the_shard),
        cmocka_unit_test(other_things_are_not_leases),
        cmocka_unit_test(a_broken_row_names_the_attribute_and_the_reason),
        cmocka_unit_test(no_row_whatever_is_in_it_is_half_read),
        cmocka_unit_test(a_pool_gives_texts_of_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
