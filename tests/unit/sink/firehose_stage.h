/* A Firehose sink on a stage: the fake Firehose behind it, shards that count before it. */
#ifndef PENSTOCK_TESTS_UNIT_SINK_FIREHOSE_STAGE_H
#define PENSTOCK_TESTS_UNIT_SINK_FIREHOSE_STAGE_H

#include "fake_firehose.h"
#include "folder_support.h"

#include "sink/firehose_sink.h"

enum { STAGE_TOKENS = 6000 };

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
    int64_t fleet; /* bytes a second; 0: no limit */
    enum retry_mode retry_mode;
    int64_t request_timeout_ms; /* 0: a minute */
};

static inline void stage_init(struct stage *stage, const struct stage_options *options)
{
    *stage = (struct stage){.shard_count = options->shards};
    fake_init(&stage->fake, STAGE_TOKENS, options->seed);
    fake_make_client(&stage->fake, options->retry_mode);
    random_init(&stage->random, options->seed + 1);
    for (uint32_t i = 0; i < options->shards; i++) {
        counting_init(&stage->shards[i], "shardId-1", STAGE_TOKENS);
    }
    assert_ok(budget_create(
        &(struct budget_options){.total_bytes = 64 * 1024 * 1024, .share_cap_bytes = 64 * 1024 * 1024},
        &stage->budget));
    if (options->letters) {
        snprintf(stage->folder, sizeof stage->folder, "/tmp/penstock-sink-XXXXXX");
        assert_non_null(mkdtemp(stage->folder));
        char place[80];
        snprintf(place, sizeof place, "file:%s", stage->folder);
        const struct dead_letters_options letters = {
            .place = place, .worker_id = "w-1", .table = "orders", .clock = clock_real()};
        assert_ok(dead_letters_open(&letters, &stage->letters));
    }
    struct firehose_sink_options sink_options = {
        .delivery_stream = "orders",
        .client = stage->fake.client,
        .letters = stage->letters,
        .clock = clock_real(),
        .flush_age_ms = options->flush_age_ms,
        .pack_bytes = options->pack_bytes,
        .fleet_bytes_per_second = options->fleet,
        .requests_in_flight = options->senders,
        .request_timeout_ms = options->request_timeout_ms > 0 ? options->request_timeout_ms : 60000};
    assert_ok(firehose_sink_create(&sink_options, &stage->sink));
}

static inline void stage_close_sink(struct stage *stage, int64_t ms)
{
    stage->sink->close(stage->sink, clock_boot_ms(clock_real()) + ms);
    stage->sink = NULL;
}

/* Number of letters stored; removes them. */
static inline uint64_t stage_read_letters(struct stage *stage)
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

static inline void stage_free(struct stage *stage)
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

static inline void stage_put(struct stage *stage, uint32_t shard, uint64_t first_token, uint32_t count,
                             uint32_t longest)
{
    struct parcel *parcel = fake_parcel(shard, first_token, count, &stage->random, longest, 0, NULL,
                                        &stage->shards[shard].receiver);
    assert_ok(
        budget_reserve(stage->budget, &stage->shares[shard], parcel_footprint(parcel), NULL, &parcel->hold));
    stage->sink->put(stage->sink, parcel);
}

/* Puts one line of exactly these bytes. */
static inline void stage_put_text(struct stage *stage, uint32_t shard, uint64_t token, const char *text)
{
    struct parcel *parcel = NULL;
    assert_ok(parcel_create(UINT32_MAX, &parcel));
    assert_ok(bytes_append_text(&parcel->data, text));
    assert_int_equal(parcel_add_line(parcel, 0, 0), STATUS_OK);
    parcel->first_token = token;
    parcel->receiver = &stage->shards[shard].receiver;
    stage->sink->put(stage->sink, parcel);
}

static inline void assert_all_accepted(struct stage *stage, uint32_t shard, uint64_t count)
{
    counting_wait(&stage->shards[shard], count);
    for (uint64_t i = 0; i < count; i++) {
        assert_int_equal(stage->shards[shard].verdicts[i], 1 + SINK_ACCEPTED);
        assert_true(stage->fake.taken[shard][i] > 0);
    }
}

#endif
