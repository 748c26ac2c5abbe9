/* Rows as Java wrote them must read as what they mean; rows nobody understands must be left alone; rows we
 * write must satisfy the serializers of KCL 1, 2 and 3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "lease/lease_item.h"

static const char arn[] = "arn:aws:dynamodb:eu-west-1:1:table/orders/stream/2026-11-23T10:00:00.000";

static enum lease_item_result read_text(const char *text, struct lease *lease)
{
    struct json_cursor item = json_cursor_of(slice_of_text(text));
    enum lease_item_result result = lease_item_read(&item, arn, lease);
    assert_true(json_cursor_is_at_end(&item)); /* the next item begins there */
    return result;
}

static enum lease_item_result read_tree(const cJSON *item, const char *stream_arn, struct lease *lease)
{
    char *text = cJSON_PrintUnformatted(item);
    assert_non_null(text);
    struct json_cursor cursor = json_cursor_of(slice_of_text(text));
    enum lease_item_result result = lease_item_read(&cursor, stream_arn, lease);
    cJSON_free(text);
    return result;
}

static void rows_of_java_are_understood(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *item;
        const char *owner;
        const char *checkpoint_owner;
        const char *checkpoint;
        int64_t counter;
        size_t parents;
        size_t children;
    } cases[] = {
        {"KCL 1.14",
         "{\"leaseKey\":{\"S\":\"s-1\"},\"leaseOwner\":{\"S\":\"host:9f\"},\"leaseCounter\":{\"N\":\"42\"},"
         "\"checkpoint\":{\"S\":\"300000000000000000499\"},\"checkpointSubSequenceNumber\":{\"N\":\"0\"},"
         "\"ownerSwitchesSinceCheckpoint\":{\"N\":\"2\"},\"parentShardId\":{\"SS\":[\"s-0\"]}}",
         "host:9f", "", "300000000000000000499", 42, 1, 0},
        {"KCL 2 pending checkpoint",
         "{\"leaseKey\":{\"S\":\"s-1\"},\"leaseCounter\":{\"N\":\"0\"},\"checkpoint\":{\"S\":\"TRIM_"
         "HORIZON\"},"
         "\"checkpointSubSequenceNumber\":{\"N\":\"0\"},\"ownerSwitchesSinceCheckpoint\":{\"N\":\"0\"},"
         "\"pendingCheckpoint\":{\"S\":\"5\"},\"pendingCheckpointSubSequenceNumber\":{\"N\":\"0\"},"
         "\"pendingCheckpointState\":{\"B\":\"AAA=\"},\"startingHashKey\":{\"S\":\"0\"},"
         "\"endingHashKey\":{\"S\":\"1\"}}",
         "", "", "TRIM_HORIZON", 0, 0, 0},
        {"KCL 3 hand-off",
         "{\"leaseKey\":{\"S\":\"s-1\"},\"leaseOwner\":{\"S\":\"new\"},\"checkpointOwner\":{\"S\":\"old\"},"
         "\"leaseCounter\":{\"N\":\"7\"},\"checkpoint\":{\"S\":\"LATEST\"},"
         "\"checkpointSubSequenceNumber\":{\"N\":\"0\"},\"ownerSwitchesSinceCheckpoint\":{\"N\":\"0\"},"
         "\"throughputKBps\":{\"N\":\"1.5\"},\"entityType\":{\"S\":\"LEASE\"}}",
         "new", "old", "LATEST", 7, 0, 0},
        {"finished, with children",
         "{\"leaseKey\":{\"S\":\"s-1\"},\"leaseCounter\":{\"N\":\"9\"},\"checkpoint\":{\"S\":\"SHARD_END\"},"
         "\"childShardIds\":{\"SS\":[\"s-2\",\"s-3\"]}}",
         "", "", "SHARD_END", 9, 0, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lease lease;
        print_message("%s\n", cases[i].name);
        assert_int_equal(read_text(cases[i].item, &lease), LEASE_ITEM_LEASE);
        assert_string_equal(lease.key, "s-1");
        assert_string_equal(lease.owner, cases[i].owner);
        assert_string_equal(lease.checkpoint_owner, cases[i].checkpoint_owner);
        assert_string_equal(lease.checkpoint, cases[i].checkpoint);
        assert_int_equal(lease.counter, cases[i].counter);
        assert_int_equal(lease.parent_count, cases[i].parents);
        assert_int_equal(lease.child_count, cases[i].children);
        assert_int_equal(lease.stream, LEASE_STREAM_UNSAID);
        assert_false(lease_holder_is_ours(&lease));
    }
}

#define WHOLE "\"leaseCounter\":{\"N\":\"1\"},\"checkpoint\":{\"S\":\"5\"}"

static void other_rows_are_left_alone(void **state)
{
    (void)state;
    static const struct {
        const char *item;
        enum lease_item_result result;
    } cases[] = {
        {"{\"leaseKey\":{\"S\":\"Leader\"},\"entityType\":{\"S\":\"LEADER\"}}", LEASE_ITEM_FOREIGN},
        {"{\"leaseKey\":{\"S\":\"w-1\"},\"entityType\":{\"S\":\"WORKER_METRIC_STATS\"},\"lut\":{\"N\":\"1\"}"
         "}",
         LEASE_ITEM_FOREIGN},
        {"{\"leaseKey\":{\"S\":\"x\"},\"entityType\":{\"N\":\"1\"}," WHOLE "}", LEASE_ITEM_FOREIGN},
        {"{}", LEASE_ITEM_KEYLESS},
        {"[]", LEASE_ITEM_KEYLESS},
        {"7", LEASE_ITEM_KEYLESS},
        {"{\"leaseKey\":\"bare\"," WHOLE "}", LEASE_ITEM_KEYLESS},
        {"{\"leaseKey\":{\"N\":\"1\"}," WHOLE "}", LEASE_ITEM_KEYLESS},
        {"{\"leaseKey\":{\"S\":\"\"}," WHOLE "}", LEASE_ITEM_KEYLESS},
        {"{\"leaseKey\":{\"S\":\"x\"}}", LEASE_ITEM_BROKEN},
        {"{\"leaseKey\":{\"S\":\"x\"},\"checkpoint\":{\"S\":\"5\"}}", LEASE_ITEM_BROKEN},
        {"{\"leaseKey\":{\"S\":\"x\"},\"leaseCounter\":{\"N\":\"1\"}}", LEASE_ITEM_BROKEN},
        {"{\"leaseKey\":{\"S\":\"x\"},\"leaseCounter\":{\"S\":\"1\"},\"checkpoint\":{\"S\":\"5\"}}",
         LEASE_ITEM_BROKEN},
        {"{\"leaseKey\":{\"S\":\"x\"},\"leaseCounter\":{\"N\":\"-1\"},\"checkpoint\":{\"S\":\"5\"}}",
         LEASE_ITEM_BROKEN},
        {"{\"leaseKey\":{\"S\":\"x\"},\"leaseCounter\":{\"N\":\"1\"},\"checkpoint\":{\"S\":\"SOON\"}}",
         LEASE_ITEM_BROKEN},
        {"{\"leaseKey\":{\"S\":\"x\"},\"leaseOwner\":{\"N\":\"1\"}," WHOLE "}", LEASE_ITEM_BROKEN},
        {"{\"leaseKey\":{\"S\":\"x\"},\"parentShardId\":{\"S\":\"p\"}," WHOLE "}", LEASE_ITEM_BROKEN},
        {"{\"leaseKey\":{\"S\":\"x\"},\"parentShardId\":{\"SS\":[1]}," WHOLE "}", LEASE_ITEM_BROKEN},
        {"{\"leaseKey\":{\"S\":\"x\"},\"penstockEpoch\":{\"N\":\"1000000\"}," WHOLE "}", LEASE_ITEM_BROKEN},
        {"{\"leaseKey\":{\"S\":\"x\"},\"parentShardId\":{\"SS\":[\"a\",\"b\",\"c\"]}," WHOLE "}",
         LEASE_ITEM_BROKEN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lease lease = {0};
        print_message("%s\n", cases[i].item);
        assert_int_equal(read_text(cases[i].item, &lease), cases[i].result);
        assert_int_equal(lease.broken, cases[i].result == LEASE_ITEM_BROKEN);
    }
}

/* A service may write its JSON in any way that means the same. */
static void a_row_may_be_written_in_many_ways(void **state)
{
    (void)state;
    struct lease lease;
    assert_int_equal(
        read_text(" { \"lease\\u004bey\" : { \"S\" : \"a\\/\\u00e4\" } , \"leaseOwner\":{\"\\u0053\":\"w\"},"
                  "\"leaseCounter\":{\"N\":\"1\"},\"leaseCounter\":{\"N\":\"2\"},\n"
                  "\"checkpoint\":{\"S\":\"5\"}, \"more\":{\"L\":[{\"M\":{}},{\"NULL\":true}]} } ",
                  &lease),
        LEASE_ITEM_LEASE);
    assert_string_equal(lease.key, "a/\xc3\xa4");
    assert_string_equal(lease.owner, "w");
    assert_int_equal(lease.counter, 1); /* of two the first */
    static const char *const broken[] = {
        "{\"leaseKey\":{\"S\":\"x\"},\"leaseOwner\":{\"S\":\"\\ud800\"}," WHOLE "}",
        "{\"leaseKey\":{\"S\":\"x\"},\"leaseOwner\":{\"S\":\"a\\u0000b\"}," WHOLE "}",
        "{\"leaseKey\":{\"S\":\"x\"},\"leaseOwner\":{}," WHOLE "}",
        "{\"leaseKey\":{\"S\":\"x\"},\"leaseOwner\":null," WHOLE "}",
    };
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        print_message("%s\n", broken[i]);
        assert_int_equal(read_text(broken[i], &lease), LEASE_ITEM_BROKEN);
        assert_string_equal(lease.key, "x");
    }
}

static void a_row_comes_back_as_it_was_written(void **state)
{
    (void)state;
    struct lease lease = {.counter = 3,
                          .switches = 1,
                          .start_wall_ms = 1763892000123,
                          .epoch = 7,
                          .stream = LEASE_STREAM_SAME,
                          .parent_count = 1};
    lease_copy_text(lease.key, sizeof lease.key, "shardId-1");
    lease_copy_text(lease.owner, sizeof lease.owner, "w-1");
    lease_copy_text(lease.marker, sizeof lease.marker, "w-1");
    lease_copy_text(lease.checkpoint, sizeof lease.checkpoint, "LATEST");
    lease_copy_text(lease.nonce, sizeof lease.nonce, "n-1");
    lease_copy_text(lease.writer, sizeof lease.writer, "w-1#2");
    lease_copy_text(lease.parents[0], sizeof lease.parents[0], "shardId-0");
    lease_add_child(&lease, "shardId-2");
    lease_add_child(&lease, "shardId-3");
    cJSON *item = lease_item_make(&lease, arn);
    assert_non_null(item);
    /* what KCL's setters refuse as null */
    static const char *const always[] = {"leaseKey", "leaseCounter", "ownerSwitchesSinceCheckpoint",
                                         "checkpoint", "checkpointSubSequenceNumber"};
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++) {
        assert_non_null(cJSON_GetObjectItemCaseSensitive(item, always[i]));
    }
    struct lease again;
    assert_int_equal(read_tree(item, arn, &again), LEASE_ITEM_LEASE);
    assert_memory_equal(&again, &lease, sizeof lease);
    assert_true(lease_holder_is_ours(&again));
    assert_int_equal(read_tree(item, "arn:of:another", &again), LEASE_ITEM_LEASE);
    assert_int_equal(again.stream, LEASE_STREAM_OTHER);
    cJSON_Delete(item);
}

static void an_empty_row_has_no_empty_sets_and_no_owner(void **state)
{
    (void)state;
    struct lease lease = {0};
    lease_copy_text(lease.key, sizeof lease.key, "s");
    lease_copy_text(lease.checkpoint, sizeof lease.checkpoint, "TRIM_HORIZON");
    cJSON *item = lease_item_make(&lease, arn);
    assert_null(cJSON_GetObjectItemCaseSensitive(item, "leaseOwner"));
    assert_null(cJSON_GetObjectItemCaseSensitive(item, "parentShardId"));
    assert_null(cJSON_GetObjectItemCaseSensitive(item, "childShardIds"));
    assert_null(cJSON_GetObjectItemCaseSensitive(item, "checkpointOwner"));
    cJSON_Delete(item);
}

/* A Java worker that takes a row leaves our marker behind: it must not be asked for a hand-over. */
static void a_marker_of_a_former_owner_does_not_count(void **state)
{
    (void)state;
    struct lease lease;
    assert_int_equal(read_text("{\"leaseKey\":{\"S\":\"x\"},\"leaseOwner\":{\"S\":\"java\"},"
                               "\"penstockOwner\":{\"S\":\"w-1\"}," WHOLE "}",
                               &lease),
                     LEASE_ITEM_LEASE);
    assert_false(lease_holder_is_ours(&lease));
}

static struct sequence_number number_of(const char *text)
{
    struct sequence_number number = {.length = 0};
    assert_true(text[0] == '\0' || sequence_number_parse(slice_of_text(text), &number));
    return number;
}

static struct lease_gap gap_of(uint32_t count, bool certain, const char *after, const char *until,
                               int64_t found)
{
    return (struct lease_gap){count, certain, number_of(after), number_of(until), found};
}

/* An operator who cannot see the gap cannot know that records are missing. */
static void a_gap_comes_back_as_it_was_written(void **state)
{
    (void)state;
    const struct lease_gap gaps[] = {gap_of(1, true, "", "", 1763892000123), gap_of(3, false, "5", "", 0),
                                     gap_of(999, true, "7", "300000000000000000000000499", 1)};
    for (size_t i = 0; i < sizeof gaps / sizeof gaps[0]; i++) {
        struct lease lease = {.gap = gaps[i]};
        lease_copy_text(lease.key, sizeof lease.key, "s");
        lease_copy_text(lease.checkpoint, sizeof lease.checkpoint, "SHARD_END");
        cJSON *item = lease_item_make(&lease, arn);
        assert_non_null(cJSON_GetObjectItemCaseSensitive(item, lease_gap_attribute));
        struct lease back;
        assert_int_equal(read_tree(item, arn, &back), LEASE_ITEM_LEASE);
        assert_true(lease_gap_equals(&back.gap, &gaps[i]));
        cJSON_Delete(item);
    }
}

static void a_gap_that_nobody_understands_is_still_one(void **state)
{
    (void)state;
    static const char *const gaps[] = {
        "{\"S\":\"x\"}",
        "{\"M\":{}}",
        "{\"M\":{\"found\":{\"S\":\"yesterday\"},\"certain\":{\"BOOL\":false},\"count\":{\"N\":\"1\"}}}",
        "{\"M\":{\"found\":{\"S\":\"2026-11-23T10:00:00Z\"},\"certain\":{\"S\":\"\"},\"count\":{\"N\":\"1\"}}"
        "}",
        "{\"M\":{\"found\":{\"S\":\"2026-11-23T10:00:00Z\"},\"certain\":{\"BOOL\":true},\"count\":{\"N\":"
        "\"0\"}}}",
        "{\"M\":{\"found\":{\"S\":\"2026-11-23T10:00:00Z\"},\"certain\":{\"BOOL\":true},\"count\":{\"N\":"
        "\"1\"},"
        "\"after\":{\"S\":\"TRIM_HORIZON\"}}}",
        "null",
    };
    for (size_t i = 0; i < sizeof gaps / sizeof gaps[0]; i++) {
        char text[400];
        snprintf(text, sizeof text, "{\"leaseKey\":{\"S\":\"x\"},\"penstockGap\":%s," WHOLE "}", gaps[i]);
        struct lease lease;
        print_message("%s\n", text);
        assert_int_equal(read_text(text, &lease), LEASE_ITEM_LEASE); /* the shard is served all the same */
        assert_int_equal(lease.gap.count, 1);
        assert_true(lease.gap.certain);
        assert_int_equal(lease.gap.after.length, 0);
    }
}

static void gaps_are_joined(void **state)
{
    (void)state;
    const struct lease_gap cases[][3] = {
        {gap_of(0, true, "9", "", 9), gap_of(1, false, "5", "8", 7), gap_of(1, false, "5", "8", 7)},
        {gap_of(1, false, "5", "8", 7), gap_of(0, true, "", "", 9), gap_of(1, false, "5", "8", 7)},
        {gap_of(1, false, "5", "8", 7), gap_of(2, true, "20", "30", 9), gap_of(3, true, "5", "30", 9)},
        {gap_of(2, true, "20", "30", 9), gap_of(1, false, "5", "8", 7), gap_of(3, true, "5", "30", 9)},
        {gap_of(1, false, "5", "", 7), gap_of(1, false, "20", "30", 9), gap_of(2, false, "5", "", 9)},
        {gap_of(1, false, "5", "8", 7), gap_of(1, false, "", "3", 6), gap_of(2, false, "", "8", 7)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lease_gap joined = lease_gap_join(&cases[i][0], &cases[i][1]);
        print_message("case %zu\n", i);
        assert_true(lease_gap_equals(&joined, &cases[i][2]));
    }
}

/* By the writer a state folder knows a row as its own. */
static void a_writer_is_told_from_another(void **state)
{
    (void)state;
    static const struct {
        const char *writer;
        bool mine;
    } cases[] = {
        {"w-1#7", true}, {"w-1#0", true}, {"w-10#7", false},  {"w#7", false},
        {"", false},     {"w-1", false},  {"w-1#7#7", false}, {"W-1#7", false},
    };
    char writer[LEASE_WRITER_BYTES];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].writer);
        assert_int_equal(lease_writer_is(cases[i].writer, "w-1"), cases[i].mine);
    }
    lease_make_writer("w-1", 7, writer);
    assert_string_equal(writer, "w-1#7");
    char longest[LEASE_OWNER_BYTES];
    memset(longest, 'w', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    lease_make_writer(longest, INT64_MAX, writer); /* nothing of it is cut off */
    assert_true(lease_writer_is(writer, longest));
    assert_string_equal(writer + sizeof longest - 1, "#9223372036854775807");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_java_are_understood),
        cmocka_unit_test(other_rows_are_left_alone),
        cmocka_unit_test(a_row_may_be_written_in_many_ways),
        cmocka_unit_test(a_row_comes_back_as_it_was_written),
        cmocka_unit_test(an_empty_row_has_no_empty_sets_and_no_owner),
        cmocka_unit_test(a_gap_comes_back_as_it_was_written),
        cmocka_unit_test(a_gap_that_nobody_understands_is_still_one),
        cmocka_unit_test(gaps_are_joined),
        cmocka_unit_test(a_marker_of_a_former_owner_does_not_count),
        cmocka_unit_test(a_writer_is_told_from_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
