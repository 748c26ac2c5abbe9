/* What would break for a user: half a line in a pipe, lines counted as delivered that no reader took, a worker that
 * hangs at its end because nobody reads. */
#include "folder_support.h"

#include <signal.h>
#include <unistd.h>

#include "sink/stdout_sink.h"

enum { TOKENS = 40000, LINE_BYTES = 8 };

struct stage {
    struct counting_receiver shard;
    struct sink *sink;
    int ends[2];
};

static void stage_open(struct stage *stage, int descriptor)
{
    counting_init(&stage->shard, "shardId-1", TOKENS);
    struct stdout_sink_options options = {.descriptor = descriptor, .clock = clock_real(), .flush_age_ms = 0};
    assert_ok(stdout_sink_create(&options, &stage->sink));
}

static void stage_init(struct stage *stage)
{
    assert_int_equal(pipe(stage->ends), 0);
    stage_open(stage, stage->ends[1]);
}

static void close_sink(struct stage *stage, int64_t ms)
{
    stage->sink->close(stage->sink, clock_boot_ms(clock_real()) + ms);
    stage->sink = NULL;
}

static void stage_free(struct stage *stage)
{
    if (stage->sink != NULL) {
        close_sink(stage, 0);
    }
    counting_free(&stage->shard);
    (void)close(stage->ends[0]);
    (void)close(stage->ends[1]);
}

/* Lines "TOKEN\n" of seven digits, from `first` on; with `padding` bytes of 'x' before the newline. */
static void put_tokens(struct stage *stage, uint64_t first, uint32_t count, uint32_t padding)
{
    struct parcel *parcel = NULL;
    assert_ok(parcel_create(UINT32_MAX, &parcel));
    for (uint32_t i = 0; i < count; i++) {
        size_t offset = parcel->data.length;
        assert_ok(bytes_append_format(&parcel->data, "%07llu", (unsigned long long)first + i));
        assert_ok(bytes_reserve(&parcel->data, padding + 1));
        memset(parcel->data.at + parcel->data.length, 'x', padding);
        parcel->data.length += padding;
        assert_ok(bytes_append_text(&parcel->data, "\n"));
        assert_int_equal(parcel_add_line(parcel, (uint32_t)offset, 0), STATUS_OK);
    }
    parcel->first_token = first;
    parcel->receiver = &stage->shard.receiver;
    stage->sink->put(stage->sink, parcel);
}

/* The next `count` lines of a reader, which must be those from `first` on, whole. */
static void read_lines(FILE *reader, uint64_t first, uint64_t count, size_t padding)
{
    char *line = NULL;
    size_t size = 0;
    for (uint64_t i = first; i < first + count; i++) {
        ssize_t length = getline(&line, &size, reader);
        assert_int_equal(length, (ssize_t)(LINE_BYTES + padding));
        assert_int_equal(strtoull(line, NULL, 10), i);
    }
    free(line);
}

static struct sink_counts counts_of(struct stage *stage)
{
    struct sink_counts counts = {0};
    stage->sink->read_counts(stage->sink, &counts);
    return counts;
}

static void lines_come_whole_and_in_order(void **state)
{
    (void)state;
    static const uint32_t paddings[] = {0, 100, 4087, 4088, 4089, 70000};
    for (size_t i = 0; i < sizeof paddings / sizeof paddings[0]; i++) {
        struct stage stage;
        stage_init(&stage);
        FILE *reader = fdopen(dup(stage.ends[0]), "r");
        assert_non_null(reader);
        uint32_t count = paddings[i] < 1000 ? 5000 : 50;
        put_tokens(&stage, 0, count, paddings[i]);
        put_tokens(&stage, count, count, paddings[i]);
        read_lines(reader, 0, (uint64_t)count * 2, paddings[i]);
        counting_wait(&stage.shard, (uint64_t)count * 2);
        assert_int_equal(counting_of(&stage.shard, SINK_ACCEPTED), (uint64_t)count * 2);
        assert_int_equal(counts_of(&stage).lines_accepted, (uint64_t)count * 2);
        assert_int_equal(counts_of(&stage).bytes_accepted, (uint64_t)count * 2 * (LINE_BYTES + paddings[i]));
        assert_int_equal(fclose(reader), 0);
        stage_free(&stage);
    }
}

/* What a pipe cannot hold is not delivered, whatever the time. */
static void a_reader_that_waits_holds_the_rest(void **state)
{
    (void)state;
    struct stage stage;
    stage_init(&stage);
    int room = fcntl(stage.ends[1], F_GETPIPE_SZ);
    assert_true(room > 0 && room < TOKENS * LINE_BYTES);
    put_tokens(&stage, 0, TOKENS, 0);
    uint64_t fits = (uint64_t)room / LINE_BYTES;
    counting_wait(&stage.shard, fits);
    assert_int_equal(counts_of(&stage).lines_accepted, fits);
    FILE *reader = fdopen(dup(stage.ends[0]), "r");
    assert_non_null(reader);
    read_lines(reader, 0, TOKENS, 0);
    counting_wait(&stage.shard, TOKENS);
    assert_int_equal(counting_of(&stage.shard, SINK_ACCEPTED), TOKENS);
    assert_int_equal(fclose(reader), 0);
    stage_free(&stage);
}

static void a_reader_that_left_breaks_the_sink(void **state)
{
    (void)state;
    struct stage stage;
    stage_init(&stage);
    put_tokens(&stage, 0, TOKENS / 2, 0);
    counting_wait(&stage.shard, 1);
    assert_false(counts_of(&stage).broken);
    assert_int_equal(close(stage.ends[0]), 0);
    counting_wait(&stage.shard, TOKENS / 2);
    assert_true(counts_of(&stage).broken);
    uint64_t accepted = counting_of(&stage.shard, SINK_ACCEPTED);
    assert_int_equal(accepted + counting_of(&stage.shard, SINK_UNSENT), TOKENS / 2);
    put_tokens(&stage, TOKENS / 2, 10, 0);
    counting_wait(&stage.shard, TOKENS / 2 + 10);
    assert_int_equal(counting_of(&stage.shard, SINK_ACCEPTED), accepted);
    stage.ends[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    stage_free(&stage);
}

static void a_lost_lease_lets_go_of_what_waits(void **state)
{
    (void)state;
    struct stage stage;
    stage_init(&stage);
    put_tokens(&stage, 0, TOKENS, 0);
    counting_wait(&stage.shard, 1);
    counting_lose(&stage.shard);
    counting_wait(&stage.shard, TOKENS);
    uint64_t accepted = counting_of(&stage.shard, SINK_ACCEPTED);
    assert_true(accepted > 0 && accepted < TOKENS);
    assert_int_equal(counting_of(&stage.shard, SINK_UNSENT), TOKENS - accepted);
    stage_free(&stage);
}

/* One line is longer than the pipe: half of it is written, and no reader comes. */
static void an_end_does_not_wait_for_a_reader(void **state)
{
    (void)state;
    struct stage stage;
    stage_init(&stage);
    put_tokens(&stage, 0, 2, 3000000);
    char first[LINE_BYTES];
    assert_int_equal(read(stage.ends[0], first, sizeof first), sizeof first);
    close_sink(&stage, 50);
    assert_int_equal(counting_of(&stage.shard, SINK_UNSENT), 2);
    stage_free(&stage);
}

static void a_file_holds_what_is_accepted(void **state)
{
    (void)state;
    struct test_folder folder;
    test_folder_make(&folder);
    char path[128];
    snprintf(path, sizeof path, "%s/lines", folder.path);
    struct stage stage = {.ends = {-1, open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)}};
    stage_open(&stage, stage.ends[1]);
    put_tokens(&stage, 0, TOKENS, 0);
    counting_wait(&stage.shard, TOKENS);
    assert_int_equal(counting_of(&stage.shard, SINK_ACCEPTED), TOKENS);
    FILE *reader = fopen(path, "r");
    assert_non_null(reader);
    read_lines(reader, 0, TOKENS, 0);
    assert_int_equal(fclose(reader), 0);
    stage_free(&stage);
    assert_int_equal(unlink(path), 0);
    test_folder_remove(&folder);
}

static void an_output_for_reading_is_refused(void **state)
{
    (void)state;
    struct sink *sink = NULL;
    int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct stdout_sink_options options = {.descriptor = descriptor, .clock = clock_real()};
    assert_int_equal(stdout_sink_create(&options, &sink).code, STATUS_INVALID);
    assert_int_equal(close(descriptor), 0);
    assert_int_equal(stdout_sink_create(&options, &sink).code, STATUS_INVALID);
    assert_null(sink);
}

int main(void)
{
    test_silence_log();
    (void)signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_whole_and_in_order),
        cmocka_unit_test(a_reader_that_waits_holds_the_rest),
        cmocka_unit_test(a_reader_that_left_breaks_the_sink),
        cmocka_unit_test(a_lost_lease_lets_go_of_what_waits),
        cmocka_unit_test(an_end_does_not_wait_for_a_reader),
        cmocka_unit_test(a_file_holds_what_is_accepted),
        cmocka_unit_test(an_output_for_reading_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
