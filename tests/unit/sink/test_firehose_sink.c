/* What would break for a user: a line lost, a position moved over a line that Firehose never had, a stream
 * that stands still behind one bad line, a stop that takes for ever. */
#include <poll.h>

#include "firehose_stage.h"
#include "sink/flight.h"

static void the_first_line_leaves_at_once_and_others_by_age(void **state)
{
    (void)state;
    struct stage *stage = malloc(sizeof *stage);
    stage_init(stage, &(struct stage_options){.shards = 1, .senders = 2, .flush_age_ms = 3600000});
    int64_t start = clock_boot_ms(clock_real());
    stage_put(stage, 0, 0, 1, 100);
    counting_wait(&stage->shards[0], 1);
    assert_true(clock_boot_ms(clock_real()) - start < 30000);
    stage_put(stage, 0, 1, 100, 100);
    stage_put(stage, 0, 101, 100, 100);
    struct stop never;
    stop_init(&never);
    (void)stop_wait_ms(&never, 300);
    stop_destroy(&never);
    assert_int_equal(fake_requests(&stage->fake), 1); /* the others wait for company */
    stage_put(stage, 0, 201, 300, 100); /* 500 lines: full */
    counting_wait(&stage->shards[0], 501);
    assert_int_equal(fake_requests(&stage->fake), 2);
    stage_put(stage, 0, 501, 10, 100);
    stage->sink->flush(stage->sink);
    assert_all_accepted(stage, 0, 511);
    assert_int_equal(fake_requests(&stage->fake), 3);
    stage_free(stage);
    free(stage);
}

static void wait_for_held(struct stage *stage, uint32_t count)
{
    for (uint32_t i = 0; i < 6000 && __atomic_load_n(&stage->fake.held, __ATOMIC_ACQUIRE) < count; i++) {
        (void)poll(NULL, 0, 10);
    }
    assert_int_equal(__atomic_load_n(&stage->fake.held, __ATOMIC_ACQUIRE), count);
}

/* Without an age, what comes while a request is under way waits for its answer; a full batch does not. */
static void without_an_age_lines_wait_for_answers_alone(void **state)
{
    (void)state;
    struct stage *stage = malloc(sizeof *stage);
    stage_init(stage, &(struct stage_options){.shards = 2, .senders = 4});
    stage->fake.script[0] = FAKE_HOLD;
    stage->fake.script_count = 1;
    stage_put(stage, 0, 0, 1, 100);
    wait_for_held(stage, 1);
    for (uint64_t i = 0; i < 40; i++) {
        stage_put(stage, 1, i, 1, 100);
    }
    (void)poll(NULL, 0, 100);
    assert_int_equal(fake_requests(&stage->fake), 1);
    stage_put(stage, 1, 40, 460, 100); /* 500 lines: full */
    assert_all_accepted(stage, 1, 500);
    assert_int_equal(fake_requests(&stage->fake), 2);
    stage_put(stage, 1, 500, 1, 100);
    stage->sink->flush(stage->sink);
    assert_all_accepted(stage, 1, 501);
    stage_close_sink(stage, 0);
    assert_int_equal(counting_of(&stage->shards[0], SINK_UNSENT), 1);
    stage_free(stage);
    free(stage);
}

/* Only a batch's first request is waited for: one that is sent again and again holds up nobody. */
static void without_an_age_a_retry_holds_up_nobody(void **state)
{
    (void)state;
    struct stage *stage = malloc(sizeof *stage);
    stage_init(stage, &(struct stage_options){.shards = 2, .senders = 2});
    stage->fake.script[0] = FAKE_THROTTLE;
    stage->fake.script[1] = FAKE_HOLD;
    stage->fake.script_count = 2;
    stage_put(stage, 0, 0, 1, 100);
    wait_for_held(stage, 1); /* sent again */
    stage_put(stage, 1, 0, 1, 100);
    assert_all_accepted(stage, 1, 1);
    stage_close_sink(stage, 0);
    assert_int_equal(counting_of(&stage->shards[0], SINK_UNSENT), 1);
    stage_free(stage);
    free(stage);
}

/* A slow answer stops neither reading nor sending: as many requests are under way as there are full batches, up to
 * the number that is right (sink/flight.h), and what is put beyond waits in the outbox, which the budget bounds. */
static void slow_answers_are_waited_for_side_by_side(void **state)
{
    (void)state;
    enum { SENDERS = FLIGHT_START };
    struct stage *stage = malloc(sizeof *stage);
    stage_init(stage, &(struct stage_options){.shards = 1, .senders = 2 * SENDERS});
    for (uint32_t i = 0; i < SENDERS; i++) {
        stage->fake.script[i] = FAKE_HOLD;
    }
    stage->fake.script_count = SENDERS;
    for (uint32_t i = 0; i < SENDERS; i++) {
        stage_put(stage, 0, i * 500, 500, 10);
        wait_for_held(stage, i + 1); /* the ones before have no answer yet */
    }
    stage_put(stage, 0, SENDERS * 500, 500, 10);
    (void)poll(NULL, 0, 50);
    assert_int_equal(fake_requests(&stage->fake), SENDERS);
    stage_close_sink(stage, 0);
    assert_int_equal(counting_of(&stage->shards[0], SINK_UNSENT), (SENDERS + 1) * 500);
    stage_free(stage);
    free(stage);
}

static void verdicts_come_as_runs(void **state)
{
    (void)state;
    struct stage *stage = malloc(sizeof *stage);
    stage_init(stage, &(struct stage_options){.shards = 1, .senders = 1, .flush_age_ms = 3600000});
    stage_put(stage, 0, 0, 1, 0);
    counting_wait(&stage->shards[0], 1);
    stage_put(stage, 0, 1, 250, 10);
    stage_put(stage, 0, 251, 250, 10);
    counting_wait(&stage->shards[0], 501);
    assert_int_equal(stage->shards[0].calls, 2);
    struct sink_counts counts = {0};
    stage->sink->read_counts(stage->sink, &counts);
    assert_int_equal(counts.lines_accepted, 501);
    assert_int_equal(counts.requests, 2);
    stage_free(stage);
    free(stage);
}

static void the_bill_is_counted(void **state)
{
    (void)state;
    static const size_t packs[] = {0, 65536};
    for (size_t i = 0; i < 2; i++) {
        struct stage *stage = malloc(sizeof *stage);
        stage_init(stage, &(struct stage_options){.shards = 1, .senders = 1, .pack_bytes = packs[i]});
        stage_put(stage, 0, 0, 250, 10);
        counting_wait(&stage->shards[0], 250);
        struct sink_counts counts = {0};
        stage->sink->read_counts(stage->sink, &counts);
        assert_int_equal(counts.bytes_billed_unpacked, 250 * 5120);
        uint64_t steps = (counts.bytes_accepted + 5119) / 5120;
        assert_int_equal(counts.bytes_billed, packs[i] == 0 ? 250 * 5120 : steps * 5120);
        stage_free(stage);
        free(stage);
    }
}

/* Each fault once: everything arrives in the end; what is surely not taken twice is not. */
static void each_fault_is_survived(void **state)
{
    (void)state;
    for (enum fake_fault fault = FAKE_TAKE; fault <= FAKE_DENIED; fault++) {
        if (fault == FAKE_FAULTS) {
            continue;
        }
        struct stage *stage = malloc(sizeof *stage);
        stage_init(stage, &(struct stage_options){.shards = 1, .senders = 1, .seed = fault});
        stage->fake.script[0] = fault;
        stage->fake.script[1] = fault;
        stage->fake.script_count = 2;
        stage_put(stage, 0, 0, 300, 200);
        assert_all_accepted(stage, 0, 300);
        bool repeats = fault == FAKE_SHORT_REPLY || fault == FAKE_LONG_REPLY || fault == FAKE_LOST_ANSWER ||
                       fault == FAKE_TIMEOUT || fault == FAKE_GARBAGE || fault == FAKE_INTERNAL;
        for (uint64_t i = 0; i < 300 && !repeats; i++) {
            assert_int_equal(stage->fake.taken[0][i], 1);
        }
        stage_free(stage);
        free(stage);
    }
}

static void only_failed_records_are_sent_again(void **state)
{
    (void)state;
    struct stage *stage = malloc(sizeof *stage);
    stage_init(stage, &(struct stage_options){.shards = 3, .senders = 1, .pack_bytes = 2000, .seed = 7});
    for (uint32_t i = 0; i < 10; i++) {
        stage->fake.script[i] = FAKE_PARTIAL;
    }
    stage->fake.script_count = 10;
    for (uint32_t shard = 0; shard < 3; shard++) {
        stage_put(stage, shard, 0, 200, 500);
    }
    for (uint32_t shard = 0; shard < 3; shard++) {
        assert_all_accepted(stage, shard, 200);
        for (uint64_t i = 0; i < 200; i++) {
            assert_int_equal(stage->fake.taken[shard][i], 1);
        }
    }
    struct sink_counts counts = {0};
    stage->sink->read_counts(stage->sink, &counts);
    assert_true(counts.records_retried > 0);
    stage_free(stage);
    free(stage);
}

static void poison_goes_alone_to_the_dead_letters(void **state)
{
    (void)state;
    static const size_t packs[] = {0, 5000, 1024000};
    for (size_t i = 0; i < 3; i++) {
        struct stage *stage = malloc(sizeof *stage);
        stage_init(stage, &(struct stage_options){
                              .shards = 1, .senders = 2, .pack_bytes = packs[i], .letters = true, .seed = i});
        snprintf(stage->fake.poison, sizeof stage->fake.poison, "POISON");
        stage->fake.next_first_sent[0] = UINT64_MAX; /* two senders: order is not looked at */
        bool poisoned[STAGE_TOKENS] = {false};
        struct parcel *parcel =
            fake_parcel(0, 0, 2000, &stage->random, 300, 150, poisoned, &stage->shards[0].receiver);
        stage->sink->put(stage->sink, parcel);
        counting_wait(&stage->shards[0], 2000);
        uint64_t letters = 0;
        for (uint64_t token = 0; token < 2000; token++) {
            letters += poisoned[token];
            enum sink_verdict expected = poisoned[token] ? SINK_DEAD_LETTERED : SINK_ACCEPTED;
            assert_int_equal(stage->shards[0].verdicts[token], 1 + expected);
            assert_int_equal(stage->fake.taken[0][token], poisoned[token] ? 0 : 1);
        }
        assert_non_null(strstr(stage->shards[0].reason, "InvalidArgumentException"));
        assert_int_equal(stage_read_letters(stage), letters);
        stage_free(stage);
        free(stage);
    }
}

static void poison_without_letters_is_refused_and_others_go_on(void **state)
{
    (void)state;
    struct stage *stage = malloc(sizeof *stage);
    stage_init(stage, &(struct stage_options){.shards = 2, .senders = 1, .pack_bytes = 3000});
    snprintf(stage->fake.poison, sizeof stage->fake.poison, "POISON");
    stage_put(stage, 0, 0, 20, 100);
    stage_put_text(stage, 0, 20, "{\"s\":0,\"t\":20,\"x\":\"POISON\"}\n");
    stage_put(stage, 1, 0, 20, 100);
    stage_put(stage, 0, 21, 20, 100);
    counting_wait(&stage->shards[0], 41);
    assert_all_accepted(stage, 1, 20);
    assert_int_equal(counting_of(&stage->shards[0], SINK_ACCEPTED), 40);
    assert_int_equal(stage->shards[0].verdicts[20], 1 + SINK_REFUSED);
    struct sink_counts counts = {0};
    stage->sink->read_counts(stage->sink, &counts);
    assert_int_equal(counts.lines_refused, 1);
    stage_free(stage);
    free(stage);
}

static void a_line_too_long_is_never_sent(void **state)
{
    (void)state;
    for (int letters = 0; letters < 2; letters++) {
        struct stage *stage = malloc(sizeof *stage);
        stage_init(stage, &(struct stage_options){.shards = 1, .senders = 1, .letters = letters == 1});
        char *line = malloc(1092268);
        assert_non_null(line);
        int used = snprintf(line, 1092268, "{\"s\":0,\"t\":1,\"x\":\"");
        memset(line + used, 'y', (size_t)(1092267 - used - 3));
        memcpy(line + 1092267 - 3, "\"}\n", 4);
        stage->fake.next_first_sent[0] = UINT64_MAX; /* token 1 is never sent */
        stage_put(stage, 0, 0, 1, 100);
        stage_put_text(stage, 0, 1, line);
        stage_put(stage, 0, 2, 10, 100);
        counting_wait(&stage->shards[0], 12);
        assert_int_equal(stage->shards[0].verdicts[1], 1 + (letters ? SINK_DEAD_LETTERED : SINK_REFUSED));
        assert_int_equal(counting_of(&stage->shards[0], SINK_ACCEPTED), 11);
        assert_int_equal(stage_read_letters(stage), letters);
        free(line);
        stage_free(stage);
        free(stage);
    }
}

/* Fault: the dead-letter disk is full. Only the shard with the poison waits. */
static void a_full_letter_disk_holds_up_one_shard_only(void **state)
{
    (void)state;
    struct stage *stage = malloc(sizeof *stage);
    stage_init(stage, &(struct stage_options){.shards = 2, .senders = 1, .letters = true});
    snprintf(stage->fake.poison, sizeof stage->fake.poison, "POISON");
    test_disk_is_full();
    stage_put_text(stage, 0, 0, "{\"s\":0,\"t\":0,\"x\":\"POISON\"}\n");
    stage_put(stage, 1, 0, 100, 100);
    counting_wait(&stage->shards[1], 100);
    stage_put(stage, 1, 100, 100, 100);
    counting_wait(&stage->shards[1], 200);
    uint64_t resolved = __atomic_load_n(&stage->shards[0].resolved, __ATOMIC_ACQUIRE);
    test_disk_has_room();
    assert_int_equal(resolved, 0);
    counting_wait(&stage->shards[0], 1);
    assert_int_equal(stage->shards[0].verdicts[0], 1 + SINK_DEAD_LETTERED);
    assert_int_equal(stage_read_letters(stage), 1);
    stage_free(stage);
    free(stage);
}

static void a_letter_not_stored_is_unsent_at_the_end(void **state)
{
    (void)state;
    struct stage *stage = malloc(sizeof *stage);
    stage_init(stage, &(struct stage_options){.shards = 2, .senders = 1, .letters = true});
    snprintf(stage->fake.poison, sizeof stage->fake.poison, "POISON");
    test_disk_is_full();
    stage_put_text(stage, 0, 0, "{\"s\":0,\"t\":0,\"x\":\"POISON\"}\n");
    stage_put_text(stage, 0, 1, "{\"s\":0,\"t\":1,\"x\":\"POISON\"}\n");
    stage_put(stage, 1, 0, 10, 100);
    counting_wait(&stage->shards[1], 10);
    stage_close_sink(stage, 10000);
    test_disk_has_room();
    assert_int_equal(counting_of(&stage->shards[0], SINK_UNSENT), 2);
    assert_int_equal(stage_read_letters(stage), 0);
    stage_free(stage);
    free(stage);
}

static void a_lost_shard_needs_no_letter(void **state)
{
    (void)state;
    struct stage *stage = malloc(sizeof *stage);
    stage_init(stage, &(struct stage_options){.shards = 2, .senders = 1, .letters = true});
    snprintf(stage->fake.poison, sizeof stage->fake.poison, "POISON");
    test_disk_is_full();
    stage_put_text(stage, 0, 0, "{\"s\":0,\"t\":0,\"x\":\"POISON\"}\n");
    stage_put(stage, 1, 0, 10, 100);
    counting_wait(&stage->shards[1], 10);
    counting_lose(&stage->shards[0]);
    counting_wait(&stage->shards[0], 1);
    test_disk_has_room();
    assert_int_equal(stage->shards[0].verdicts[0], 1 + SINK_UNSENT);
    stage_free(stage);
    free(stage);
}

static void a_lost_shard_is_let_go(void **state)
{
    (void)state;
    struct stage *stage = malloc(sizeof *stage);
    stage_init(stage, &(struct stage_options){.shards = 3, .senders = 1, .flush_age_ms = 3600000});
    for (uint32_t i = 0; i < 64; i++) {
        stage->fake.script[i] = FAKE_THROTTLE;
    }
    stage->fake.script_count = 64; /* hours of throttling: everything waits in backoff */
    stage_put(stage, 0, 0, 5, 100);
    stage->sink->flush(stage->sink);
    while (fake_requests(&stage->fake) == 0) {
        (void)usleep(1000);
    }
    stage_put(stage, 2, 0, 10, 100);
    stage_put(stage, 1, 0, 10, 100);
    counting_lose(&stage->shards[1]);
    counting_wait(&stage->shards[1], 10); /* behind a sender that waits with lines of a shard that is ours */
    assert_int_equal(stage->shards[0].resolved, 0);
    counting_lose(&stage->shards[0]);
    counting_wait(&stage->shards[0], 5);
    assert_int_equal(counting_of(&stage->shards[0], SINK_UNSENT), 5);
    assert_int_equal(counting_of(&stage->shards[1], SINK_UNSENT), 10);
    assert_int_equal(stage->shards[2].resolved, 0);
    stage_close_sink(stage, 1000);
    assert_int_equal(counting_of(&stage->shards[2], SINK_UNSENT), 10);
    stage_free(stage);
    free(stage);
}

static void close_waits_for_answers_until_the_deadline(void **state)
{
    (void)state;
    struct stage *stage = malloc(sizeof *stage);
    stage_init(stage, &(struct stage_options){.shards = 2, .senders = 2, .flush_age_ms = 3600000});
    stage->fake.script[0] = FAKE_HOLD;
    stage->fake.script_count = 1;
    stage_put(stage, 0, 0, 10, 100);
    while (__atomic_load_n(&stage->fake.held, __ATOMIC_ACQUIRE) == 0) {
        (void)usleep(1000);
    }
    stage_put(stage, 1, 0, 10, 100); /* waits for its age when the sink closes */
    int64_t start = clock_boot_ms(clock_real());
    stage_close_sink(stage, 300);
    int64_t took = clock_boot_ms(clock_real()) - start;
    assert_true(took >= 290 && took < 30000);
    assert_int_equal(counting_of(&stage->shards[0], SINK_UNSENT), 10);
    assert_int_equal(counting_of(&stage->shards[1], SINK_UNSENT), 10);
    stage_free(stage);
    free(stage);
}

static void close_ends_a_backoff_at_once(void **state)
{
    (void)state;
    struct stage *stage = malloc(sizeof *stage);
    stage_init(stage, &(struct stage_options){.shards = 1, .senders = 1});
    for (uint32_t i = 0; i < 64; i++) {
        stage->fake.script[i] = FAKE_NO_STREAM;
    }
    stage->fake.script_count = 64;
    stage_put(stage, 0, 0, 10, 100);
    while (fake_requests(&stage->fake) < 3) {
        (void)usleep(1000);
    }
    stage_close_sink(stage, 20000);
    assert_int_equal(counting_of(&stage->shards[0], SINK_UNSENT), 10);
    assert_int_equal(stage->fake.taken[0][0], 0);
    stage_free(stage);
    free(stage);
}

static void a_waiting_reader_gets_its_bytes(void **state)
{
    (void)state;
    struct stage *stage = malloc(sizeof *stage);
    stage_init(stage, &(struct stage_options){.shards = 1, .senders = 1, .flush_age_ms = 3600000});
    stage_put(stage, 0, 0, 1, 0);
    counting_wait(&stage->shards[0], 1);
    budget_set_flush(stage->budget, (void (*)(void *))stage->sink->flush, stage->sink);
    stage_put(stage, 0, 1, 100, 1000); /* would wait an hour */
    struct budget_hold page = {0};
    assert_ok(budget_reserve(stage->budget, &stage->shares[0], 64 * 1024 * 1024, NULL, &page));
    budget_release(&page);
    assert_all_accepted(stage, 0, 101);
    stage_free(stage);
    free(stage);
}

static void wrong_options_are_refused(void **state)
{
    (void)state;
    static const struct firehose_sink_options cases[] = {
        {.delivery_stream = NULL, .requests_in_flight = 1},
        {.delivery_stream = "", .requests_in_flight = 1},
        {.delivery_stream = "orders", .requests_in_flight = 0},
        {.delivery_stream = "orders", .requests_in_flight = 17},
        {.delivery_stream = "orders", .requests_in_flight = 1, .pack_bytes = 1024001},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sink *sink = NULL;
        struct status status = firehose_sink_create(&cases[i], &sink);
        assert_int_equal(status.code, STATUS_INVALID);
        assert_null(sink);
    }
}

int main(void)
{
    test_silence_log();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_line_leaves_at_once_and_others_by_age),
        cmocka_unit_test(without_an_age_lines_wait_for_answers_alone),
        cmocka_unit_test(without_an_age_a_retry_holds_up_nobody),
        cmocka_unit_test(slow_answers_are_waited_for_side_by_side),
        cmocka_unit_test(verdicts_come_as_runs),
        cmocka_unit_test(the_bill_is_counted),
        cmocka_unit_test(each_fault_is_survived),
        cmocka_unit_test(only_failed_records_are_sent_again),
        cmocka_unit_test(poison_goes_alone_to_the_dead_letters),
        cmocka_unit_test(poison_without_letters_is_refused_and_others_go_on),
        cmocka_unit_test(a_line_too_long_is_never_sent),
        cmocka_unit_test(a_full_letter_disk_holds_up_one_shard_only),
        cmocka_unit_test(a_letter_not_stored_is_unsent_at_the_end),
        cmocka_unit_test(a_lost_shard_needs_no_letter),
        cmocka_unit_test(a_lost_shard_is_let_go),
        cmocka_unit_test(close_waits_for_answers_until_the_deadline),
        cmocka_unit_test(close_ends_a_backoff_at_once),
        cmocka_unit_test(a_waiting_reader_gets_its_bytes),
        cmocka_unit_test(wrong_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
