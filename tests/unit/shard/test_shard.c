/* A shard's life, every answer of GetShardIterator and GetRecords included. A user would see lost or
 * endlessly repeated changes, a stuck shard, or a stop that takes too long, if these fail. */
#include "tests/unit/shard/fixture.h"

static void expect_lines(struct fixture *fixture, const uint64_t *seqs, size_t count)
{
    mutex_lock(&fixture->lock);
    assert_int_equal(fixture->line_count, count);
    assert_memory_equal(fixture->seqs, seqs, count * sizeof *seqs);
    mutex_unlock(&fixture->lock);
}

#define EXPECT_LINES(fixture, ...)                                                                           \
    expect_lines(fixture, (const uint64_t[]){__VA_ARGS__},                                                   \
                 sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

static void expect_position(struct fixture *fixture, uint64_t value)
{
    struct sequence_number expected = number_of(value);
    struct sequence_number found;
    struct position_row row;
    assert_true(shard_read_position(fixture->shard, &found));
    assert_int_equal(sequence_number_compare(&expected, &found), 0);
    assert_ok(positions_load(fixture->environment.positions, FIXTURE_SHARD, &row));
    assert_int_equal(sequence_number_compare(&expected, &row.number), 0);
}

static void expect_request(struct fixture *fixture, size_t index, const char *part)
{
    mutex_lock(&fixture->lock);
    if (strstr(fixture->requests[index], part) == NULL) {
        fail_msg("request %zu is '%s', without '%s'", index, fixture->requests[index], part);
    }
    mutex_unlock(&fixture->lock);
}

static void open_letters(struct fixture *fixture)
{
    char place[96];
    snprintf(place, sizeof place, "file:%s/letters", fixture->folder);
    const struct dead_letters_options letters = {
        .place = place, .worker_id = "w-1", .table = "orders", .clock = clock_real()};
    assert_ok(dead_letters_open(&letters, &fixture->environment.letters));
}

/* Runs the script from `after` on to the end of the shard. */
static void run_to_end(struct fixture *fixture, uint64_t after)
{
    struct shard_start start = start_after(fixture, after);
    run_shard(fixture, &start);
    WAIT_UNTIL(fixture, shard_is_finished(fixture->shard));
    assert_int_equal(fixture->ended, 1);
    assert_int_equal(fixture->failed, 0);
    assert_int_equal(fixture->used, fixture->step_count);
}

static void test_whole_shard(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    add_iterator(&fixture);
    add_page(&fixture, 101, 103, "it\\u002d1");
    add_page(&fixture, 1, 0, "it-2");
    add_page(&fixture, 104, 105, NULL);
    run_to_end(&fixture, 0);
    EXPECT_LINES(&fixture, 101, 102, 103, 104, 105);
    expect_position(&fixture, 105);
    expect_request(&fixture, 0, "\"TRIM_HORIZON\"");
    expect_request(&fixture, 1, "\"it-0\"");
    expect_request(&fixture, 1, "\"Limit\":1000");
    expect_request(&fixture, 2, "\"it-1\"");
    expect_request(&fixture, 3, "\"it-2\"");
    struct shard_stats stats;
    shard_read_stats(fixture.shard, &stats);
    assert_int_equal(stats.records_read, 5);
    assert_int_equal(stats.records_done, 5);
    assert_int_equal(stats.calls, 3);
    assert_int_equal(stats.order_violations, 0);
    assert_string_equal(shard_id(fixture.shard), FIXTURE_SHARD);
    assert_ptr_equal(shard_user(fixture.shard), &fixture);
    assert_non_null(strstr(fixture.last_line, "\"ord\":\"000000#2026-11-23T10:00:00.000#"
                                              "0000000000000000000000000000000000000105\""));
    fixture_end(&fixture);
}

/* A server that gives the checkpoint's record again does not make a duplicate. */
static void test_start_behind_a_checkpoint(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    add_iterator(&fixture);
    add_page(&fixture, 99, 101, NULL);
    run_to_end(&fixture, 100);
    expect_request(&fixture, 0, "\"AFTER_SEQUENCE_NUMBER\"");
    expect_request(&fixture, 0, "\"SequenceNumber\":\"100\"");
    EXPECT_LINES(&fixture, 101);
    expect_position(&fixture, 101);
    fixture_end(&fixture);
}

static void test_expired_iterator(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    add_iterator(&fixture);
    add_page(&fixture, 1, 2, "it-1");
    add_error(&fixture, "GetRecords", "ExpiredIteratorException");
    add_iterator(&fixture);
    add_error(&fixture, "GetRecords", "ExpiredIteratorException");
    add_iterator(&fixture);
    add_page(&fixture, 3, 3, NULL);
    run_to_end(&fixture, 0);
    expect_request(&fixture, 3, "\"AFTER_SEQUENCE_NUMBER\"");
    expect_request(&fixture, 3, "\"SequenceNumber\":\"2\"");
    expect_request(&fixture, 5, "\"SequenceNumber\":\"2\"");
    EXPECT_LINES(&fixture, 1, 2, 3);
    assert_int_equal(positions_gap_count(fixture.environment.positions), 0);
    fixture_end(&fixture);
}

static void test_trimmed(void **state)
{
    (void)state;
    static const char *const calls[] = {"GetShardIterator", "GetRecords"};
    for (size_t i = 0; i < 2; i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        if (i == 1) {
            add_iterator(&fixture);
        }
        add_error(&fixture, calls[i], "TrimmedDataAccessException");
        add_iterator(&fixture);
        add_page(&fixture, 900, 901, NULL);
        run_to_end(&fixture, 100);
        expect_request(&fixture, fixture.step_count - 2, "\"TRIM_HORIZON\"");
        EXPECT_LINES(&fixture, 900, 901);
        assert_int_equal(positions_gap_count(fixture.environment.positions), 1);
        fixture_end(&fixture);
    }
}

/* Whatever passes, passes; nothing is lost meanwhile. */
static void test_calls_that_fail_for_a_while(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    add_error(&fixture, "GetShardIterator", "LimitExceededException");
    add_failure(&fixture, "GetShardIterator", STATUS_UNAVAILABLE);
    add_iterator(&fixture);
    add_error(&fixture, "GetRecords", "ProvisionedThroughputExceededException");
    add_error(&fixture, "GetRecords", "LimitExceededException");
    add_failure(&fixture, "GetRecords", STATUS_TIMEOUT);
    add_step(&fixture, "GetRecords", 500, strdup("{\"__type\":\"InternalServerError\"}"));
    add_step(&fixture, "GetRecords", 503, strdup("<html>busy</html>"));
    add_error(&fixture, "GetRecords", "AccessDeniedException");
    add_error(&fixture, "GetRecords", "ValidationException");
    add_iterator(&fixture);
    add_page(&fixture, 1, 1, NULL);
    run_to_end(&fixture, 0);
    EXPECT_LINES(&fixture, 1);
    fixture_end(&fixture);
}

static char *listing_text(const char *shard)
{
    char *text = NULL;
    assert_true(asprintf(&text,
                         "{\"StreamDescription\":{\"StreamArn\":\"" FIXTURE_ARN
                         "\",\"StreamStatus\":\"ENABLED\","
                         "\"Shards\":[{\"ShardId\":\"shardId-1\"},{\"ShardId\":\"%s\"}]}}",
                         shard) > 0);
    return text;
}

/* A shard is only given up when the service says three times that it is gone and the listing agrees. */
static void test_shard_gone(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    add_error(&fixture, "GetShardIterator", "ResourceNotFoundException");
    add_step(&fixture, "DescribeStream", 200, listing_text(FIXTURE_SHARD));
    add_iterator(&fixture);
    add_page(&fixture, 101, 101, "it-1");
    for (int i = 0; i < 4; i++) {
        add_error(&fixture, i == 0 ? "GetRecords" : "GetShardIterator", "ResourceNotFoundException");
        add_step(&fixture, "DescribeStream", i == 1 ? 500 : 200, listing_text("shardId-2"));
    }
    fixture.step_count--; /* the fourth is never asked for: the failed listing was the second */
    free(fixture.steps[fixture.step_count].body);
    fixture.step_count--;
    free(fixture.steps[fixture.step_count].body);
    run_to_end(&fixture, 100);
    EXPECT_LINES(&fixture, 101);
    assert_int_equal(positions_gap_count(fixture.environment.positions), 1);
    fixture_end(&fixture);
}

static void test_too_large(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    add_iterator(&fixture);
    for (int i = 0; i < 12; i++) {
        add_failure(&fixture, "GetRecords", STATUS_TOO_LARGE);
    }
    add_page(&fixture, 1, 1, "it-1");
    add_page(&fixture, 2, 3, NULL);
    run_to_end(&fixture, 0);
    expect_request(&fixture, 2, "\"Limit\":500");
    expect_request(&fixture, 11, "\"Limit\":1}");
    expect_request(&fixture, 13, "\"Limit\":1}");
    expect_request(&fixture, 14, "\"Limit\":2}");
    EXPECT_LINES(&fixture, 1, 2, 3);
    fixture_end(&fixture);
}

static void test_malformed_now_and_then(void **state)
{
    (void)state;
    static const char *const bodies[] = {"", "{}", "<html>", "{\"Records\":[{\"eventID\":\"a\nb\"}]}", "[]"};
    struct fixture fixture;
    fixture_init(&fixture);
    add_iterator(&fixture);
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        char *cut = page_text(i + 1, i + 1, "it");
        cut[strlen(cut) - 30] = '\0';
        add_step(&fixture, "GetRecords", 200, cut);
        add_step(&fixture, "GetRecords", 200, strdup(bodies[i]));
        add_page(&fixture, i + 1, i + 1, i == 4 ? NULL : "it");
    }
    run_to_end(&fixture, 0);
    EXPECT_LINES(&fixture, 1, 2, 3, 4, 5);
    fixture_end(&fixture);
}

static char *poison_text(void)
{
    return strdup("{\"NextShardIterator\":\"it-9\",\"Records\":[{\"eventID\":\"e7\",\"eventName\":\"INSERT\","
                  "\"dynamodb\":{\"SequenceNumber\":\"7\",\"NewImage\":{\"pk\":{\"S\":\"\x01\"}}}}]}");
}

/* A record that never parses is alone in the dead letters in the end; its neighbours land. */
static void test_malformed_for_good(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    open_letters(&fixture);
    add_iterator(&fixture);
    add_page(&fixture, 1, 2, "it-1");
    for (int i = 0; i < 4 + 8 + 4; i++) { /* three more tries, nine halvings, three more tries at 1 */
        add_step(&fixture, "GetRecords", 200, poison_text());
    }
    add_page(&fixture, 8, 9, NULL);
    run_to_end(&fixture, 0);
    expect_request(&fixture, 5, "\"Limit\":1000");
    expect_request(&fixture, 6, "\"Limit\":500");
    expect_request(&fixture, 17, "\"Limit\":1}");
    expect_request(&fixture, 18, "\"it-9\"");
    EXPECT_LINES(&fixture, 1, 2, 8, 9);
    expect_position(&fixture, 9);
    struct shard_stats stats;
    shard_read_stats(fixture.shard, &stats);
    assert_int_equal(stats.records_done, 5);
    fixture_end(&fixture);
}

/* The text of a page with records 1, then 2 without its NewImage, then 3. */
static char *defect_text(void)
{
    char *page = page_text(1, 3, NULL);
    const char *second = strstr(page, "\"k2\"");
    assert_non_null(second);
    const char *image = strstr(second, "NewImage");
    assert_non_null(image);
    memcpy(&page[image - page], "Old", 3);
    return page;
}

static void test_defect_with_a_place(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    open_letters(&fixture);
    add_iterator(&fixture);
    add_step(&fixture, "GetRecords", 200, defect_text());
    run_to_end(&fixture, 0);
    EXPECT_LINES(&fixture, 1, 3);
    expect_position(&fixture, 3);
    char command[128];
    snprintf(command, sizeof command, "grep -rq 'INSERT or MODIFY without a NewImage' %s/letters",
             fixture.folder);
    FILE *grep = popen(command, "r");
    assert_non_null(grep);
    assert_int_equal(pclose(grep), 0);
    fixture_end(&fixture);
}

static void test_defect_without_a_place(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    add_iterator(&fixture);
    add_step(&fixture, "GetRecords", 200, defect_text());
    struct shard_start start = start_after(&fixture, 0);
    run_shard(&fixture, &start);
    WAIT_UNTIL(&fixture, fixture.failed == 1);
    assert_non_null(strstr(fixture.failure, "sequence number '2'"));
    assert_non_null(strstr(fixture.failure, "--dead-letter"));
    EXPECT_LINES(&fixture, 1);
    expect_position(&fixture, 1);
    assert_false(shard_is_finished(fixture.shard));
    shard_stop(fixture.shard, SHARD_DRAIN);
    WAIT_UNTIL(&fixture, shard_is_finished(fixture.shard));
    struct shard_stats stats;
    shard_read_stats(fixture.shard, &stats);
    assert_true(stats.failed);
    assert_int_equal(fixture.ended, 0);
    fixture_end(&fixture);
}

static void test_refused_line(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    fixture.verdicts = REFUSE_SECOND;
    add_iterator(&fixture);
    add_page(&fixture, 1, 3, NULL);
    struct shard_start start = start_after(&fixture, 0);
    run_shard(&fixture, &start);
    WAIT_UNTIL(&fixture, fixture.failed == 1);
    assert_non_null(strstr(fixture.failure, "too long"));
    expect_position(&fixture, 1);
    assert_int_equal(fixture.ended, 0);
    fixture_end(&fixture);
}

/* Lines that the sink dropped while the lease was in doubt are read again, behind what was accepted. */
static void test_unsent_lines_are_read_again(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    fixture.verdicts = UNSENT_ONCE;
    add_iterator(&fixture);
    add_page(&fixture, 1, 3, "it-1");
    add_iterator(&fixture);
    add_page(&fixture, 2, 4, NULL);
    run_to_end(&fixture, 0);
    expect_request(&fixture, 2, "\"SequenceNumber\":\"1\"");
    EXPECT_LINES(&fixture, 1, 2, 3, 2, 3, 4);
    expect_position(&fixture, 4);
    struct shard_stats stats;
    shard_read_stats(fixture.shard, &stats);
    assert_int_equal(stats.records_done, 4);
    assert_int_equal(stats.records_open, 0); /* else a stop would tell of work left undelivered */
    fixture_end(&fixture);
}

/* SHARD_END waits for the last verdict. */
static void test_end_waits_for_verdicts(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    fixture.verdicts = HOLD;
    add_iterator(&fixture);
    add_page(&fixture, 1, 2, "it-1");
    add_page(&fixture, 3, 3, NULL);
    struct shard_start start = start_after(&fixture, 0);
    run_shard(&fixture, &start);
    WAIT_UNTIL(&fixture, fixture.held_count == 2);
    usleep(50000);
    assert_int_equal(fixture.ended, 0);
    struct sequence_number number;
    assert_false(shard_read_position(fixture.shard, &number));
    settle_held(&fixture, SINK_ACCEPTED);
    WAIT_UNTIL(&fixture, fixture.ended == 1);
    expect_position(&fixture, 3);
    fixture_end(&fixture);
}

static void test_drain(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    fixture.verdicts = HOLD;
    add_iterator(&fixture);
    add_page(&fixture, 1, 2, "it-1");
    struct shard_start start = start_after(&fixture, 0);
    run_shard(&fixture, &start);
    WAIT_UNTIL(&fixture, fixture.held_count == 1 && fixture.idle_calls > 0);
    shard_stop(fixture.shard, SHARD_DRAIN);
    usleep(50000);
    assert_false(shard_is_finished(fixture.shard));
    assert_true(fixture.held[0]->receiver->may_send(fixture.held[0]->receiver));
    settle_held(&fixture, SINK_ACCEPTED);
    WAIT_UNTIL(&fixture, shard_is_finished(fixture.shard));
    expect_position(&fixture, 2);
    assert_int_equal(fixture.ended, 0);
    fixture_end(&fixture);
}

/* A lost lease: nothing more is sent, and late verdicts do not move the local position. */
static void test_abort(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    fixture.verdicts = HOLD;
    add_iterator(&fixture);
    add_page(&fixture, 1, 2, "it-1");
    struct shard_start start = start_after(&fixture, 0);
    run_shard(&fixture, &start);
    WAIT_UNTIL(&fixture, fixture.held_count == 1);
    shard_stop(fixture.shard, SHARD_DRAIN);
    shard_stop(fixture.shard, SHARD_ABORT);
    assert_false(fixture.held[0]->receiver->may_send(fixture.held[0]->receiver));
    settle_held(&fixture, SINK_ACCEPTED);
    WAIT_UNTIL(&fixture, shard_is_finished(fixture.shard));
    struct position_row row;
    struct status status = positions_load(fixture.environment.positions, FIXTURE_SHARD, &row);
    assert_int_equal(status.code, STATUS_NOT_FOUND);
    assert_int_equal(fixture.ended, 0);
    fixture_end(&fixture);
}

/* Neither a long poll interval nor a call in flight nor a full budget nor a backoff holds up a stop. */
static void test_stop_is_prompt(void **state)
{
    (void)state;
    for (int what = 0; what < 3; what++) {
        struct fixture fixture;
        fixture_init(&fixture);
        fixture.environment.poll_ms = what == 0 ? 600000 : 1;
        fixture.environment.poll_idle_ms = 600000;
        fixture.block = what == 1;
        struct budget_share other = {0};
        struct budget_hold hold = {0};
        struct stop never;
        stop_init(&never);
        if (what == 2) {
            assert_ok(budget_reserve(fixture.environment.budget, &other, 64 << 20, &never, &hold));
        }
        add_iterator(&fixture);
        struct shard_start start = start_after(&fixture, 0);
        run_shard(&fixture, &start);
        WAIT_UNTIL(&fixture, fixture.used == 1);
        usleep(30000);
        int64_t before_ms = clock_boot_ms(clock_real());
        shard_stop(fixture.shard, SHARD_DRAIN);
        WAIT_UNTIL(&fixture, shard_is_finished(fixture.shard));
        assert_true(clock_boot_ms(clock_real()) - before_ms < 30000);
        budget_release(&hold);
        stop_destroy(&never);
        fixture_end(&fixture);
    }
}

static uint64_t waiting_for_calls(struct fixture *fixture)
{
    struct poll_budget_counts counts;
    poll_budget_read_counts(fixture->environment.poll_budget, &counts);
    return counts.waiting;
}

/* A shard reads through --poll-budget, and one in line for a call can be stopped. */
static void test_rationed_calls(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    struct poll_budget *budget = NULL;
    assert_ok(poll_budget_create(1, clock_real(), &budget));
    fixture.environment.poll_budget = budget;
    add_iterator(&fixture);
    add_page(&fixture, 1, 2, "it-2");
    struct shard_start start = start_after(&fixture, 0);
    run_shard(&fixture, &start);
    WAIT_UNTIL(&fixture, waiting_for_calls(&fixture) == 1);
    shard_stop(fixture.shard, SHARD_DRAIN);
    WAIT_UNTIL(&fixture, shard_is_finished(fixture.shard));
    fixture_end(&fixture);
    poll_budget_destroy(budget);
}

static void test_older_events_are_dropped(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    add_iterator(&fixture);
    add_page(&fixture, 100, 102, "it-1");
    add_page(&fixture, 103, 105, NULL);
    struct shard_start start = start_after(&fixture, 0);
    start.drop_before_wall_ms = 104000;
    run_shard(&fixture, &start);
    WAIT_UNTIL(&fixture, shard_is_finished(fixture.shard));
    EXPECT_LINES(&fixture, 104, 105);
    expect_position(&fixture, 105);
    struct shard_stats stats;
    shard_read_stats(fixture.shard, &stats);
    assert_int_equal(stats.records_dropped, 4);
    assert_int_equal(stats.records_done, 6);
    fixture_end(&fixture);
}

/* What a filter drops is done: the position moves over it, also at the end of the shard. */
static void test_filtered_records_are_done(void **state)
{
    (void)state;
    struct fixture fixture;
    struct filter *filter = NULL;
    fixture_init(&fixture);
    assert_ok(filter_create(&filter));
    assert_ok(filter_add(filter, slice_of_text("{\"dynamodb\":{\"SequenceNumber\":[\"101\",\"104\"]}}")));
    fixture.environment.filter = filter;
    add_iterator(&fixture);
    add_page(&fixture, 100, 102, "it-1");
    add_page(&fixture, 103, 104, "it-2");
    add_page(&fixture, 105, 107, NULL);
    run_to_end(&fixture, 0);
    EXPECT_LINES(&fixture, 101, 104);
    expect_position(&fixture, 107);
    struct shard_stats stats;
    shard_read_stats(fixture.shard, &stats);
    assert_int_equal(stats.records_filtered, 6);
    assert_int_equal(stats.records_dropped, 0);
    assert_int_equal(stats.records_done, 8);
    assert_int_equal(stats.records_open, 0);
    fixture_end(&fixture);
    filter_destroy(filter);
}

/* Numbers that do not rise are counted and landed, and the position never moves back. */
static void test_order_violations(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    add_iterator(&fixture);
    add_page(&fixture, 10, 11, "it-1");
    add_page(&fixture, 9, 9, "it-2");
    add_page(&fixture, 12, 12, NULL);
    run_to_end(&fixture, 0);
    EXPECT_LINES(&fixture, 10, 11, 9, 12);
    expect_position(&fixture, 12);
    struct shard_stats stats;
    shard_read_stats(fixture.shard, &stats);
    assert_int_equal(stats.order_violations, 1);
    fixture_end(&fixture);
}

static void test_no_reading_without_a_lease(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    fixture.lease_lost = true;
    add_iterator(&fixture);
    add_page(&fixture, 1, 1, NULL);
    struct shard_start start = start_after(&fixture, 0);
    run_shard(&fixture, &start);
    usleep(150000);
    mutex_lock(&fixture.lock);
    assert_int_equal(fixture.used, 0);
    fixture.lease_lost = false;
    mutex_unlock(&fixture.lock);
    WAIT_UNTIL(&fixture, fixture.ended == 1);
    EXPECT_LINES(&fixture, 1);
    fixture_end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_shard),
        cmocka_unit_test(test_start_behind_a_checkpoint),
        cmocka_unit_test(test_expired_iterator),
        cmocka_unit_test(test_trimmed),
        cmocka_unit_test(test_calls_that_fail_for_a_while),
        cmocka_unit_test(test_shard_gone),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_malformed_now_and_then),
        cmocka_unit_test(test_malformed_for_good),
        cmocka_unit_test(test_defect_with_a_place),
        cmocka_unit_test(test_defect_without_a_place),
        cmocka_unit_test(test_refused_line),
        cmocka_unit_test(test_unsent_lines_are_read_again),
        cmocka_unit_test(test_end_waits_for_verdicts),
        cmocka_unit_test(test_drain),
        cmocka_unit_test(test_abort),
        cmocka_unit_test(test_stop_is_prompt),
        cmocka_unit_test(test_rationed_calls),
        cmocka_unit_test(test_older_events_are_dropped),
        cmocka_unit_test(test_filtered_records_are_done),
        cmocka_unit_test(test_order_violations),
        cmocka_unit_test(test_no_reading_without_a_lease),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
