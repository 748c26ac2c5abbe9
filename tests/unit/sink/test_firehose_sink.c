/* What would break for a user: a line lost, a position moved over a line that Firehose never had, a stream
 * that stands still behind one bad line, a stop that takes for ever. */
#include "fake_firehose.h"

#include <sys/stat.h>
#include <unistd.h>

#include "sink/firehose_sink.h"

enum { TOKENS = 6000 };

/* A sink with the fake behind it and counting shards before it. */
struct stage {
    struct fake_firehose fake;
    struct counting_receiver shards[FAKE_SHARDS];
    uint32_t shard_count;
    struct budget *budget;
    struct budget_share shares[FAKE_SHARDS];
    struct dead_letters *letters;
    char folder[64];
    struct sink *sink;
    struct random random;
};

struct stage_options {
    uint32_t shards;
    uint32_t senders;
    size_t pack_bytes;
    int64_t flush_age_ms;
    bool letters;
    uint64_t seed;
};

static void stage_init(struct stage *stage, const struct stage_options *options)
{
    *stage = (struct stage){.shard_count = options->shards};
    fake_init(&stage->fake, TOKENS, options->seed);
    random_init(&stage->random, options->seed + 1);
    for (uint32_t i = 0; i < options->shards; i++) {
        counting_init(&stage->shards[i], "shardId-1", TOKENS);
    }
    assert_ok(budget_create(
        &(struct budget_options){.total_bytes = 64 * 1024 * 1024, .share_cap_bytes = 64 * 1024 * 1024},
        &stage->budget));
    if (options->letters) {
        snprintf(stage->folder, sizeof stage->folder, "/tmp/penstock-sink-XXXXXX");
        assert_non_null(mkdtemp(stage->folder));
        char place[80];
        snprintf(place, sizeof place, "file:%s", stage->folder);
        assert_ok(dead_letters_open(place, "w-1", clock_real(), &stage->letters));
    }
    struct firehose_sink_options sink_options = {.delivery_stream = "orders",
                                                 .client = stage->fake.client,
                                                 .letters = stage->letters,
                                                 .clock = clock_real(),
                                                 .flush_age_ms = options->flush_age_ms,
                                                 .pack_bytes = options->pack_bytes,
                                                 .requests_in_flight = options->senders,
                                                 .request_timeout_ms = 60000};
    assert_ok(firehose_sink_create(&sink_options, &stage->sink));
}

static void stage_close_sink(struct stage *stage, int64_t ms)
{
    stage->sink->close(stage->sink, clock_boot_ms(clock_real()) + ms);
    stage->sink = NULL;
}

/* Number of letters stored; removes them. */
static uint64_t stage_read_letters(struct stage *stage)
{
    char path[128];
    uint64_t count = 0;
    snprintf(path, sizeof path, "%s/dead-letters-w-1.jsonl", stage->folder);
    FILE *file = fopen(path, "r");
    for (int c; file != NULL && (c = fgetc(file)) != EOF;) {
        count += c == '\n';
    }
    if (file != NULL) {
        (void)fclose(file);
        assert_int_equal(unlink(path), 0);
    }
    return count;
}

static void stage_free(struct stage *stage)
{
    if (stage->sink != NULL) {
        stage_close_sink(stage, 0);
    }
    assert_int_equal(budget_held(stage->budget), 0);
    budget_destroy(stage->budget);
    dead_letters_close(stage->letters);
    if (stage->folder[0] != '\0') {
        (void)stage_read_letters(stage);
        assert_int_equal(rmdir(stage->folder), 0);
    }
    for (uint32_t i = 0; i < stage->shard_count; i++) {
        counting_free(&stage->shards[i]);
    }
    assert_int_equal(stage->fake.violations, 0);
    fake_free(&stage->fake);
}

static void stage_put(struct stage *stage, uint32_t shard, uint64_t first_token, uint32_t count,
                      uint32_t longest)
{
    struct parcel *parcel = fake_parcel(shard, first_token, count, &stage->random, longest, 0, NULL,
                                        &stage->shards[shard].receiver);
    assert_ok(
        budget_reserve(stage->budget, &stage->shares[shard], parcel_footprint(parcel), NULL, &parcel->hold));
    stage->sink->put(stage->sink, parcel);
}

/* Puts one line of exactly these bytes. */
static void stage_put_text(struct stage *stage, uint32_t shard, uint64_t token, const char *text)
{
    struct parcel *parcel = NULL;
    assert_ok(parcel_create(UINT32_MAX, &parcel));
    assert_ok(bytes_append_text(&parcel->data, text));
    assert_ok(parcel_add_line(parcel, 0, 0));
    parcel->first_token = token;
    parcel->receiver = &stage->shards[shard].receiver;
    stage->sink->put(stage->sink, parcel);
}

static void assert_all_accepted(struct stage *stage, uint32_t shard, uint64_t count)
{
    counting_wait(&stage->shards[shard], count);
    for (uint64_t i = 0; i < count; i++) {
        assert_int_equal(stage->shards[shard].verdicts[i], 1 + SINK_ACCEPTED);
        assert_true(stage->fake.taken[shard][i] > 0);
    }
}

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
        bool poisoned[TOKENS] = {false};
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

static void a_lost_shard_is_let_go(void **state)
{
    (void)state;
    struct stage *stage = malloc(sizeof *stage);
    stage_init(stage, &(struct stage_options){.shards = 3, .senders = 1, .flush_age_ms = 3600000});
    for (uint32_t i = 0; i < 64; i++) {
        stage->fake.script[i] = FAKE_THROTTLE;
    }
    stage->fake.script_count = 64; /* hours of throttling: everything waits in backoff */
    stage_put(stage, 0, 0, 10, 100);
    while (fake_requests(&stage->fake) == 0) {
        (void)usleep(1000);
    }
    stage_put(stage, 1, 0, 10, 100);
    stage_put(stage, 2, 0, 10, 100);
    counting_lose(&stage->shards[0]);
    counting_lose(&stage->shards[1]);
    counting_wait(&stage->shards[0], 10);
    /* The only sender is free of its batch and takes the next: the waiting lines go one way or the other. */
    stage->sink->flush(stage->sink);
    counting_wait(&stage->shards[1], 10);
    assert_int_equal(counting_of(&stage->shards[0], SINK_UNSENT), 10);
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

/* Which verdicts a line may have at the end of a random run. */
static void check_line(const struct stage *stage, uint32_t shard, uint64_t token, bool poisoned, bool letters)
{
    uint8_t verdict = stage->shards[shard].verdicts[token];
    uint32_t taken = stage->fake.taken[shard][token];
    bool may_be_unsent = stage->shards[shard].lost;
    if (verdict == 1 + SINK_UNSENT) {
        assert_true(may_be_unsent);
    } else if (poisoned) {
        assert_int_equal(verdict, 1 + (letters ? SINK_DEAD_LETTERED : SINK_REFUSED));
        assert_int_equal(taken, 0);
    } else {
        assert_int_equal(verdict, 1 + SINK_ACCEPTED);
        assert_true(taken > 0);
    }
}

struct plan {
    uint32_t shards;
    uint32_t poison_one_in;
    uint32_t longest;
    bool letters;
    uint64_t next[FAKE_SHARDS];
    bool poisoned[FAKE_SHARDS][TOKENS];
};

static void feed(struct stage *stage, struct plan *plan, uint32_t parcels)
{
    for (uint32_t i = 0; i < parcels; i++) {
        uint32_t shard = (uint32_t)random_below(&stage->random, plan->shards);
        uint32_t count =
            1 + (uint32_t)random_below(&stage->random, random_below(&stage->random, 4) ? 30 : 400);
        if (plan->next[shard] + count > TOKENS) {
            continue;
        }
        struct parcel *parcel =
            fake_parcel(shard, plan->next[shard], count, &stage->random, plan->longest, plan->poison_one_in,
                        plan->poisoned[shard], &stage->shards[shard].receiver);
        plan->next[shard] += count;
        assert_ok(budget_reserve(stage->budget, &stage->shares[shard], parcel_footprint(parcel), NULL,
                                 &parcel->hold));
        stage->sink->put(stage->sink, parcel);
        if (random_below(&stage->random, 10) == 0) {
            stage->sink->flush(stage->sink);
        }
        if (random_below(&stage->random, 60) == 0) {
            counting_lose(&stage->shards[random_below(&stage->random, plan->shards)]);
        }
    }
}

/* All of it together: every line gets one verdict, and accepted lines were taken by the server. */
static void any_mixture_of_faults_keeps_the_promises(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    for (uint64_t round = 0; round < 8; round++) {
        struct stage *stage = malloc(sizeof *stage);
        struct plan *plan = calloc(1, sizeof *plan);
        struct random random;
        random_init(&random, seed + round);
        plan->shards = 1 + (uint32_t)random_below(&random, FAKE_SHARDS);
        plan->poison_one_in = random_below(&random, 2) ? 0 : 300;
        plan->longest = random_below(&random, 3) == 0 ? 20000 : 800;
        plan->letters = random_below(&random, 2) == 1;
        stage_init(stage, &(struct stage_options){.shards = plan->shards,
                                                  .senders = 1 + (uint32_t)random_below(&random, 4),
                                                  .pack_bytes = random_below(&random, 2) ? 0 : 6000,
                                                  .flush_age_ms = (int64_t)random_below(&random, 30),
                                                  .letters = plan->letters,
                                                  .seed = seed + round});
        memset(stage->fake.next_first_sent, 0xff, sizeof stage->fake.next_first_sent);
        stage->fake.random_faults_percent = 30;
        snprintf(stage->fake.poison, sizeof stage->fake.poison, "POISON");
        feed(stage, plan, 60);
        for (uint32_t shard = 0; shard < plan->shards; shard++) {
            counting_wait(&stage->shards[shard], plan->next[shard]);
        }
        stage_close_sink(stage, 10000);
        for (uint32_t shard = 0; shard < plan->shards; shard++) {
            assert_int_equal(stage->shards[shard].resolved, plan->next[shard]);
            for (uint64_t token = 0; token < plan->next[shard]; token++) {
                check_line(stage, shard, token, plan->poisoned[shard][token], plan->letters);
            }
        }
        stage_free(stage);
        free(plan);
        free(stage);
    }
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
        cmocka_unit_test(verdicts_come_as_runs),
        cmocka_unit_test(each_fault_is_survived),
        cmocka_unit_test(only_failed_records_are_sent_again),
        cmocka_unit_test(poison_goes_alone_to_the_dead_letters),
        cmocka_unit_test(poison_without_letters_is_refused_and_others_go_on),
        cmocka_unit_test(a_line_too_long_is_never_sent),
        cmocka_unit_test(a_lost_shard_is_let_go),
        cmocka_unit_test(close_waits_for_answers_until_the_deadline),
        cmocka_unit_test(close_ends_a_backoff_at_once),
        cmocka_unit_test(a_waiting_reader_gets_its_bytes),
        cmocka_unit_test(any_mixture_of_faults_keeps_the_promises),
        cmocka_unit_test(wrong_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
