/* What would break for a user: a reader that meets half a file, lines accepted that a full disk never took, a
 * folder that fills with what dead processes left. */
#include "folder_support.h"

#include <dirent.h>
#include <glob.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <zlib.h>

#include "sink/file_sink.h"

enum { TOKENS = 20000 };

struct stage {
    struct test_folder folder;
    struct counting_receiver shard;
    struct sink *sink;
};

static struct file_sink_options options_of(const struct test_folder *folder)
{
    return (struct file_sink_options){.directory = folder->path,
                                      .table = "orders",
                                      .worker_id = "w/1",
                                      .clock = clock_real(),
                                      .flush_age_ms = 0,
                                      .file_bytes = 1024 * 1024};
}

static void stage_init(struct stage *stage)
{
    test_folder_make(&stage->folder);
    counting_init(&stage->shard, "shardId-1", TOKENS);
    struct file_sink_options options = options_of(&stage->folder);
    assert_ok(file_sink_create(&options, &stage->sink));
}

static void stage_free(struct stage *stage)
{
    if (stage->sink != NULL) {
        stage->sink->close(stage->sink, clock_boot_ms(clock_real()) + 1000);
    }
    counting_free(&stage->shard);
    test_folder_remove(&stage->folder);
}

/* Lines "TOKEN\n" of six digits, from `first` on. */
static void put_tokens(struct stage *stage, uint64_t first, uint32_t count)
{
    struct parcel *parcel = NULL;
    assert_ok(parcel_create(UINT32_MAX, &parcel));
    for (uint32_t i = 0; i < count; i++) {
        size_t offset = parcel->data.length;
        assert_ok(bytes_append_format(&parcel->data, "%06llu\n", (unsigned long long)first + i));
        assert_int_equal(parcel_add_line(parcel, (uint32_t)offset, 0), STATUS_OK);
    }
    parcel->first_token = first;
    parcel->receiver = &stage->shard.receiver;
    stage->sink->put(stage->sink, parcel);
}

static size_t count_files(const struct stage *stage, const char *pattern)
{
    char path[256];
    glob_t found;
    snprintf(path, sizeof path, "%s/ddb/orders/%s", stage->folder.path, pattern);
    int result = glob(path, 0, NULL, &found);
    size_t count = result == 0 ? found.gl_pathc : 0;
    globfree(&found);
    return count;
}

/* Reads all landed files in the order of their names; the tokens must be 0 to `count` - 1,
 * in order. */
static void assert_landed(const struct stage *stage, uint64_t count)
{
    char path[256];
    glob_t found;
    uint64_t next = 0;
    snprintf(path, sizeof path, "%s/ddb/orders/dt=20*-*-*/HH=[0-2][0-9]/w_1-*.gz", stage->folder.path);
    assert_int_equal(glob(path, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        gzFile file = gzopen(found.gl_pathv[i], "rb");
        char line[16];
        assert_non_null(file);
        while (gzgets(file, line, sizeof line) != NULL) {
            assert_int_equal(strlen(line), 7);
            assert_int_equal(strtoull(line, NULL, 10), next);
            next++;
        }
        int error = 0;
        (void)gzerror(file, &error);
        assert_int_equal(error, Z_OK);
        assert_int_equal(gzclose(file), Z_OK);
    }
    globfree(&found);
    assert_int_equal(next, count);
}

static void lines_land_in_order_and_whole(void **state)
{
    (void)state;
    struct stage stage = {0};
    stage_init(&stage);
    for (uint64_t i = 0; i < 20; i++) {
        put_tokens(&stage, i * 1000, 1000);
    }
    counting_wait(&stage.shard, TOKENS);
    assert_int_equal(counting_of(&stage.shard, SINK_ACCEPTED), TOKENS);
    assert_landed(&stage, TOKENS);
    assert_int_equal(count_files(&stage, ".penstock-writing/*"), 0);
    struct sink_counts counts = {0};
    stage.sink->read_counts(stage.sink, &counts);
    assert_int_equal(counts.lines_accepted, TOKENS);
    assert_int_equal(counts.bytes_accepted, TOKENS * 7);
    stage_free(&stage);
}

static void files_are_closed_at_their_size(void **state)
{
    (void)state;
    struct stage stage = {0};
    test_folder_make(&stage.folder);
    counting_init(&stage.shard, "shardId-1", TOKENS);
    struct file_sink_options options = options_of(&stage.folder);
    options.file_bytes = 700;
    assert_ok(file_sink_create(&options, &stage.sink));
    put_tokens(&stage, 0, 1000);
    counting_wait(&stage.shard, 1000);
    assert_int_equal(count_files(&stage, "dt=*/HH=*/*.gz"), 10);
    assert_landed(&stage, 1000);
    stage_free(&stage);
}

static void a_full_disk_is_waited_for(void **state)
{
    (void)state;
    struct stage stage = {0};
    stage_init(&stage);
    put_tokens(&stage, 0, 10);
    counting_wait(&stage.shard, 10);
    test_disk_is_full();
    put_tokens(&stage, 10, 500);
    struct sink_counts counts = {0};
    while (counts.requests_failed < 3) {
        (void)usleep(1000);
        stage.sink->read_counts(stage.sink, &counts);
    }
    size_t hidden = count_files(&stage, ".penstock-writing/*");
    size_t landed = count_files(&stage, "dt=*/HH=*/*.gz");
    mutex_lock(&stage.shard.lock);
    uint64_t resolved = stage.shard.resolved;
    mutex_unlock(&stage.shard.lock);
    test_disk_has_room();
    assert_true(hidden <= 1);
    assert_int_equal(landed, 1);
    assert_int_equal(resolved, 10);
    counting_wait(&stage.shard, 510);
    assert_int_equal(counting_of(&stage.shard, SINK_ACCEPTED), 510);
    assert_landed(&stage, 510);
    assert_int_equal(count_files(&stage, ".penstock-writing/*"), 0);
    stage_free(&stage);
}

/* The hour's folder cannot be made: something else has its name. */
static void a_blocked_folder_is_waited_for(void **state)
{
    (void)state;
    struct stage stage = {0};
    stage_init(&stage);
    char path[256];
    for (int day = -1; day <= 1; day++) { /* the test may run over midnight */
        char now[CLOCK_ISO_BYTES];
        clock_format_iso(clock_wall_ms(clock_real()) + day * 86400000LL, now);
        snprintf(path, sizeof path, "%s/ddb/orders/dt=%.10s", stage.folder.path, now);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        assert_int_equal(fclose(file), 0);
    }
    put_tokens(&stage, 0, 100);
    struct sink_counts counts = {0};
    while (counts.requests_failed < 3) {
        (void)usleep(1000);
        stage.sink->read_counts(stage.sink, &counts);
    }
    assert_true(count_files(&stage, ".penstock-writing/*") <= 1);
    for (int day = -1; day <= 1; day++) {
        char now[CLOCK_ISO_BYTES];
        clock_format_iso(clock_wall_ms(clock_real()) + day * 86400000LL, now);
        snprintf(path, sizeof path, "%s/ddb/orders/dt=%.10s", stage.folder.path, now);
        (void)unlink(path);
    }
    counting_wait(&stage.shard, 100);
    assert_landed(&stage, 100);
    assert_int_equal(count_files(&stage, ".penstock-writing/*"), 0);
    stage_free(&stage);
}

static void close_on_a_full_disk_accepts_nothing(void **state)
{
    (void)state;
    struct stage stage = {0};
    stage_init(&stage);
    test_disk_is_full();
    put_tokens(&stage, 0, 500);
    struct sink_counts counts = {0};
    while (counts.requests_failed < 1) {
        (void)usleep(1000);
        stage.sink->read_counts(stage.sink, &counts);
    }
    stage.sink->close(stage.sink, clock_boot_ms(clock_real()) + 60000);
    stage.sink = NULL;
    test_disk_has_room();
    assert_int_equal(counting_of(&stage.shard, SINK_UNSENT), 500);
    assert_int_equal(count_files(&stage, ".penstock-writing/*"), 0);
    assert_int_equal(count_files(&stage, "dt=*/HH=*/*"), 0);
    stage_free(&stage);
}

static void a_lost_shard_writes_nothing(void **state)
{
    (void)state;
    struct stage stage = {0};
    stage_init(&stage);
    counting_lose(&stage.shard);
    put_tokens(&stage, 0, 50);
    counting_wait(&stage.shard, 50);
    assert_int_equal(counting_of(&stage.shard, SINK_UNSENT), 50);
    assert_int_equal(count_files(&stage, "dt=*/HH=*/*"), 0);
    stage_free(&stage);
}

static void touch(const char *folder, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/ddb/orders/.penstock-writing/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
}

static void files_of_dead_processes_are_removed(void **state)
{
    (void)state;
    struct stage stage = {0};
    stage_init(&stage);
    touch(stage.folder.path, "w-0-1-00000007.writing");
    touch(stage.folder.path, "a-person's-notes.txt");
    char path[256];
    snprintf(path, sizeof path, "%s/ddb/orders/.penstock-writing/w-9-1-00000001.writing", stage.folder.path);
    int locked[2];
    char word = '-';
    assert_int_equal(pipe(locked), 0);
    pid_t living = fork();
    if (living == 0) {
        int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
        bool good = descriptor >= 0 && flock(descriptor, LOCK_EX) == 0 && write(locked[1], "!", 1) == 1;
        _exit(good ? (int)pause() : 1);
    }
    (void)close(locked[1]);
    assert_int_equal(read(locked[0], &word, 1), 1);
    (void)close(locked[0]);
    struct sink *second = NULL;
    struct file_sink_options options = options_of(&stage.folder);
    options.worker_id = "w-2";
    assert_ok(file_sink_create(&options, &second));
    size_t dead = count_files(&stage, ".penstock-writing/w-0*");
    size_t alive = count_files(&stage, ".penstock-writing/w-9*");
    size_t notes = count_files(&stage, ".penstock-writing/a-person*");
    assert_int_equal(kill(living, SIGKILL), 0);
    assert_int_equal(waitpid(living, NULL, 0), living);
    second->close(second, 0);
    assert_int_equal(dead, 0);
    assert_int_equal(alive, 1);
    assert_int_equal(notes, 1);
    stage_free(&stage);
}

static void an_unusable_folder_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *directory;
        const char *table;
        const char *words;
    } cases[] = {
        {"/dev/null", "orders", "/dev/null"},
        {"/proc/penstock", "orders", "/proc/penstock"},
        {"/tmp", "a/b", "table name"},
        {"/tmp", "", "table name"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct test_folder none = {0};
        struct file_sink_options options = options_of(&none);
        struct sink *sink = NULL;
        options.directory = cases[i].directory;
        options.table = cases[i].table;
        struct status status = file_sink_create(&options, &sink);
        assert_null(sink);
        if (status_is_ok(&status) || strstr(status.reason, cases[i].words) == NULL) {
            fail_msg("case %zu: %s", i, status.reason);
        }
    }
}

int main(void)
{
    test_silence_log();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_land_in_order_and_whole),
        cmocka_unit_test(files_are_closed_at_their_size),
        cmocka_unit_test(a_full_disk_is_waited_for),
        cmocka_unit_test(a_blocked_folder_is_waited_for),
        cmocka_unit_test(close_on_a_full_disk_accepts_nothing),
        cmocka_unit_test(a_lost_shard_writes_nothing),
        cmocka_unit_test(files_of_dead_processes_are_removed),
        cmocka_unit_test(an_unusable_folder_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
