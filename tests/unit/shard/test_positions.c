/* Positions on disk, through crashes, full disks and damaged files. If these fail, a restart reads from the
 * wrong place: records lost, or a day delivered again. */
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "shard/positions.h"

enum { HANG_MS = 60000 };

static char folder[64];

static void assert_ok(struct status status)
{
    if (!status_is_ok(&status)) {
        fail_msg("%s: %s", status_code_name(status.code), status.reason);
    }
}

static int remove_path(const char *path, const struct stat *what, int kind, struct FTW *walk)
{
    (void)what;
    (void)kind;
    (void)walk;
    return remove(path);
}

static int make_folder(void **state)
{
    (void)state;
    log_set_descriptor(open("/dev/null", O_WRONLY | O_CLOEXEC));
    snprintf(folder, sizeof folder, "/tmp/penstock-positions-XXXXXX");
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return nftw(folder, remove_path, 8, FTW_DEPTH | FTW_PHYS);
}

static struct positions *open_at(const char *worker, const char *arn, const struct clock *clock)
{
    char state_dir[128];
    snprintf(state_dir, sizeof state_dir, "%s/state/here", folder);
    struct positions_options options = {
        .state_dir = state_dir, .app = "app", .stream_arn = arn, .worker_id = worker, .clock = clock};
    struct positions *positions = NULL;
    assert_ok(positions_open(&options, &positions));
    return positions;
}

static struct positions *open_as(const char *worker, const char *arn)
{
    return open_at(worker, arn, clock_real());
}

static struct sequence_number number_of(uint64_t value)
{
    char text[24];
    struct sequence_number number = {0};
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    assert_true(sequence_number_parse(slice_of_text(text), &number));
    return number;
}

static void save(struct positions *positions, const char *shard, uint64_t value)
{
    struct sequence_number number = number_of(value);
    positions_save(positions, shard, &number);
}

/* 0: none. */
static uint64_t saved(struct positions *positions, const char *shard)
{
    struct position_row row;
    struct status status = positions_load(positions, shard, &row);
    if (status.code == STATUS_NOT_FOUND) {
        return 0;
    }
    assert_ok(status);
    char text[SEQUENCE_NUMBER_DIGITS + 1];
    assert_true(slice_copy_text(sequence_number_slice(&row.number), text, sizeof text));
    return strtoull(text, NULL, 10);
}

static void path_of(const char *name, char path[192])
{
    snprintf(path, 192, "%s/state/here/%s", folder, name);
}

static size_t files_like(const char *command_tail)
{
    char command[256];
    char count[32] = "";
    snprintf(command, sizeof command, "ls %s/state/here/slot-0 | grep -c '%s'", folder, command_tail);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_non_null(fgets(count, sizeof count, pipe));
    pclose(pipe);
    return strtoul(count, NULL, 10);
}

static void test_reopen(void **state)
{
    (void)state;
    struct positions *positions = open_as("w-1", "arn:1");
    char previous[POSITIONS_WORKER_BYTES];
    positions_previous_worker(positions, previous);
    assert_string_equal(previous, "");
    assert_false(positions_is_degraded(positions));
    for (uint64_t i = 0; i < 200; i++) {
        char shard[32];
        snprintf(shard, sizeof shard, "shard-%03llu", (unsigned long long)(i * 7 % 200));
        save(positions, shard, 1000 + i * 7 % 200);
    }
    save(positions, "shard-000", 999); /* never back */
    positions_note_remote(positions, "shard-000", "1000", "nonce", "w-1#7");
    positions_reset(positions, "shard-001");
    save(positions, "shard-001", 5);
    positions_close(positions);

    positions = open_as("w-2", "arn:1");
    positions_previous_worker(positions, previous);
    assert_string_equal(previous, "w-1");
    assert_int_equal(saved(positions, "shard-000"), 1000);
    assert_int_equal(saved(positions, "shard-001"), 5);
    assert_int_equal(saved(positions, "shard-199"), 1199);
    assert_int_equal(saved(positions, "shard-200"), 0);
    struct position_row row;
    assert_ok(positions_load(positions, "shard-000", &row));
    assert_string_equal(row.remote_checkpoint, "1000");
    assert_string_equal(row.remote_nonce, "nonce");
    assert_string_equal(row.remote_writer, "w-1#7");
    positions_close(positions);

    positions = open_as("w-3", "arn:2"); /* the table was made anew: old positions say nothing */
    assert_int_equal(saved(positions, "shard-000"), 0);
    positions_close(positions);
}

static void test_slots(void **state)
{
    (void)state;
    char path[192];
    struct positions *first = open_as("w-1", "arn:1");
    struct positions *second = open_as("w-2", "arn:1");
    path_of("slot-1/lock", path);
    assert_int_equal(access(path, F_OK), 0);
    save(first, "shard", 1);
    save(second, "shard", 2);
    positions_close(first);
    first = open_as("w-3", "arn:1");
    char previous[POSITIONS_WORKER_BYTES];
    positions_previous_worker(first, previous);
    assert_string_equal(previous, "w-1");
    assert_int_equal(saved(first, "shard"), 1);
    positions_close(first);
    positions_close(second);
}

/* A name whose writing was cut off is no name. */
static void test_torn_worker(void **state)
{
    (void)state;
    positions_close(open_as("w-1", "arn:1"));
    char path[192];
    path_of("slot-0/lock", path);
    assert_int_equal(truncate(path, 2), 0);
    struct positions *positions = open_as("w-2", "arn:1");
    char previous[POSITIONS_WORKER_BYTES];
    positions_previous_worker(positions, previous);
    assert_string_equal(previous, "");
    positions_close(positions);
}

/* A child writes rising positions until it is killed: those of its first thousand are in the file with the gap
 * noted behind them; none was made up, whatever the last write came to. */
static void test_killed_while_writing(void **state)
{
    (void)state;
    for (int round = 0; round < 4; round++) {
        int pipes[2];
        assert_int_equal(pipe(pipes), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct positions *positions = open_as("w-child", "arn:1");
            for (uint64_t i = (uint64_t)round * 1000000 + 1;; i++) {
                save(positions, "shard", i);
                struct position_gap gap = {.shard = "shard", .after = number_of(i)};
                if (i % 1000000 == 1000 && positions_note_gap(positions, &gap).code != STATUS_OK) {
                    _exit(1);
                }
                if (i % 1000 == 0) {
                    usleep(1000);
                    if (write(pipes[1], &i, sizeof i) != (ssize_t)sizeof i) {
                        _exit(1);
                    }
                }
            }
        }
        close(pipes[1]);
        uint64_t reported = 0;
        for (int i = 0; i < 100 + round * 10; i++) {
            assert_int_equal(read(pipes[0], &reported, sizeof reported), sizeof reported);
        }
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        while (read(pipes[0], &reported, sizeof reported) > 0) {
        }
        close(pipes[0]);
        struct positions *positions = open_as("w-1", "arn:1");
        uint64_t found = saved(positions, "shard");
        assert_true(found <= reported + 1000);
        assert_true(found >= (uint64_t)round * 1000000 + 1000);
        assert_false(positions_is_degraded(positions));
        char previous[POSITIONS_WORKER_BYTES];
        positions_previous_worker(positions, previous);
        assert_string_equal(previous, "w-child");
        positions_close(positions);
    }
}

static void overwrite(const char *path, const char *text, off_t at, size_t length)
{
    int file = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(file >= 0);
    assert_int_equal(pwrite(file, text, length, at), length);
    close(file);
}

static void test_damaged_and_foreign_files(void **state)
{
    (void)state;
    static const char garbage[] = "this is not a database, and long enough to look like one: "
                                  "0123456789012345678901234567890123456789012345678901234567890123456789";
    char path[192];
    path_of("slot-0/positions.db", path);
    for (int what = 0; what < 4; what++) {
        struct positions *positions = open_as("w-1", "arn:1");
        for (int i = 0; i < 100; i++) {
            char shard[32];
            snprintf(shard, sizeof shard, "shard-%d", i);
            save(positions, shard, 7);
        }
        positions_close(positions);
        if (what == 0) { /* not SQLite */
            assert_int_equal(truncate(path, 0), 0);
            overwrite(path, garbage, 0, sizeof garbage);
        } else if (what == 1) { /* pages in the middle are gone */
            struct stat file;
            assert_int_equal(stat(path, &file), 0);
            for (off_t at = 4096; at < file.st_size; at += 1024) {
                overwrite(path, garbage, at, sizeof garbage);
            }
        } else if (what == 2) { /* cut off */
            assert_int_equal(truncate(path, 5000), 0);
        } else { /* of another version */
            overwrite(path, "\0\0\0\x09", 60, 4);
        }
        positions = open_as("w-1", "arn:1");
        assert_false(positions_is_degraded(positions));
        assert_int_equal(saved(positions, "shard-5"), 0);
        save(positions, "shard-5", 8);
        positions_close(positions);
        assert_true(files_like("positions.db.corrupt-") >= (size_t)what + 1);
        positions = open_as("w-1", "arn:1");
        assert_int_equal(saved(positions, "shard-5"), 8);
        positions_close(positions);
        usleep(2000); /* another time, another name */
    }
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void wait_degraded(struct positions *positions, bool degraded)
{
    int64_t deadline_ms = clock_boot_ms(clock_real()) + HANG_MS;
    while (positions_is_degraded(positions) != degraded) {
        assert_true(clock_boot_ms(clock_real()) < deadline_ms);
        usleep(10000);
    }
}

/* A file as the version before this one made it (no remote_writer), with a position and a gap. */
static void make_earlier_file(const char *path, uint64_t number)
{
    sqlite3 *database = NULL;
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    char text[1500];
    snprintf(text, sizeof text,
             "PRAGMA journal_mode=WAL; BEGIN;"
             "CREATE TABLE position(app TEXT NOT NULL, arn TEXT NOT NULL, shard TEXT NOT NULL,"
             " number TEXT NOT NULL, remote_checkpoint TEXT NOT NULL, remote_nonce TEXT NOT NULL,"
             " updated_ms INTEGER NOT NULL, PRIMARY KEY(app, arn, shard)) STRICT, WITHOUT ROWID;"
             "CREATE TABLE gap(app TEXT NOT NULL, arn TEXT NOT NULL, shard TEXT NOT NULL,"
             " after TEXT NOT NULL, until TEXT NOT NULL, found_ms INTEGER NOT NULL,"
             " certain INTEGER NOT NULL, in_row INTEGER NOT NULL,"
             " PRIMARY KEY(app, arn, shard, after)) STRICT;"
             "INSERT INTO position VALUES ('app', 'arn:1', 'shard', '%llu', '90', 'n', %lld);"
             "INSERT INTO gap VALUES ('app', 'arn:1', 'shard', '20', '30', 5, 1, 0);"
             "PRAGMA application_id=1346719315; PRAGMA user_version=2; COMMIT",
             (unsigned long long)number, (long long)clock_wall_ms(clock_real()));
    assert_int_equal(sqlite3_exec(database, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
}

/* An upgrade keeps what the file holds, gaps that nobody else knows among it; of the row it knows too little to go
 * on behind it, until this process has written it. */
static void test_file_of_an_earlier_version(void **state)
{
    (void)state;
    char path[192];
    positions_close(open_as("w-0", "arn:1"));
    path_of("slot-0/positions.db", path);
    assert_int_equal(remove(path), 0);
    make_earlier_file(path, 100);
    for (int start = 0; start < 2; start++) {
        struct positions *positions = open_as("w-1", "arn:1");
        assert_false(positions_is_degraded(positions));
        assert_int_equal(saved(positions, "shard"), 100);
        struct position_gap_sum sum;
        assert_true(positions_pending_gaps(positions, "shard", &sum));
        struct position_row row;
        assert_ok(positions_load(positions, "shard", &row));
        assert_string_equal(row.remote_checkpoint, "90");
        assert_string_equal(row.remote_nonce, "n");
        struct sequence_number after;
        assert_int_equal(positions_choose_local(&row, "90", "n", "w-1#7", &after), start == 1);
        assert_false(positions_choose_local(&row, "90", "n", "", &after));
        positions_note_remote(positions, "shard", "90", "n", "w-1#7");
        positions_close(positions);
    }
    assert_int_equal(files_like("corrupt"), 0);
}

/* No room to bring it up to date: the start works all the same, and it is done once there is. */
static void test_file_of_an_earlier_version_on_a_full_disk(void **state)
{
    (void)state;
    char path[192];
    positions_close(open_as("w-0", "arn:1"));
    path_of("slot-0/positions.db", path);
    assert_int_equal(remove(path), 0);
    make_earlier_file(path, 100);
    limit_files(0);
    struct positions *positions = open_as("w-1", "arn:1");
    assert_true(positions_is_degraded(positions));
    save(positions, "other", 5);
    limit_files(RLIM_INFINITY);
    wait_degraded(positions, false);
    assert_int_equal(saved(positions, "shard"), 100);
    positions_close(positions);
    positions = open_as("w-2", "arn:1");
    assert_int_equal(saved(positions, "shard"), 100);
    assert_int_equal(saved(positions, "other"), 5);
    assert_int_equal(positions_gap_count(positions), 1);
    positions_close(positions);
    assert_int_equal(files_like("corrupt"), 0);
}

static void test_empty_file(void **state)
{
    (void)state;
    positions_close(open_as("w-1", "arn:1"));
    char path[192];
    path_of("slot-0/positions.db", path);
    assert_int_equal(truncate(path, 0), 0);
    struct positions *positions = open_as("w-1", "arn:1");
    save(positions, "shard", 3);
    positions_close(positions);
    positions = open_as("w-1", "arn:1");
    assert_int_equal(saved(positions, "shard"), 3);
    positions_close(positions);
    assert_int_equal(files_like("corrupt"), 0);
}

/* The disk is full for a while: the worker goes on, says so, and writes everything once there is room. */
static void test_full_disk(void **state)
{
    (void)state;
    struct positions *positions = open_as("w-1", "arn:1");
    save(positions, "before", 1);
    limit_files(1024);
    save(positions, "during", 2);
    wait_degraded(positions, true);
    struct position_gap gap = {.shard = "during", .after = number_of(2), .certain = true};
    struct status status = positions_note_gap(positions, &gap);
    assert_int_equal(status.code, STATUS_IO);
    assert_int_equal(positions_gap_count(positions), 1);
    assert_int_equal(saved(positions, "during"), 2);
    limit_files(RLIM_INFINITY);
    wait_degraded(positions, false);
    save(positions, "after", 3);
    positions_close(positions);
    positions = open_as("w-1", "arn:1");
    assert_int_equal(saved(positions, "before"), 1);
    assert_int_equal(saved(positions, "during"), 2);
    assert_int_equal(saved(positions, "after"), 3);
    assert_int_equal(positions_gap_count(positions), 1);
    positions_close(positions);
}

/* No room from the start: the start works all the same. */
static void test_full_disk_at_start(void **state)
{
    (void)state;
    struct positions *positions = open_as("w-1", "arn:1");
    save(positions, "shard", 4);
    positions_close(positions);
    limit_files(0);
    positions = open_as("w-2", "arn:1");
    assert_true(positions_is_degraded(positions));
    save(positions, "other", 5);
    limit_files(RLIM_INFINITY);
    wait_degraded(positions, false);
    assert_int_equal(saved(positions, "shard"), 4);
    positions_close(positions);
    positions = open_as("w-3", "arn:1");
    assert_int_equal(saved(positions, "other"), 5);
    positions_close(positions);
}

/* A gap outlives the process, and the same gap found again is one gap. */
static void test_gaps(void **state)
{
    (void)state;
    struct positions *positions = open_as("w-1", "arn:1");
    struct position_gap gap = {.shard = "shard", .after = number_of(2), .found_wall_ms = 1};
    assert_ok(positions_note_gap(positions, &gap));
    gap.until = number_of(9);
    assert_ok(positions_note_gap(positions, &gap));
    gap.after = number_of(20);
    assert_ok(positions_note_gap(positions, &gap));
    assert_int_equal(positions_gap_count(positions), 2);
    positions_close(positions);
    positions = open_as("w-1", "arn:1");
    assert_int_equal(positions_gap_count(positions), 2);
    positions_close(positions);
}

static struct position_gap_sum row_gap(uint64_t after, uint64_t until)
{
    return (struct position_gap_sum){.count = 1, .after = number_of(after), .until = number_of(until)};
}

/* What the lease row is to be told, and what an operator took out of it. */
static void test_gaps_and_the_row(void **state)
{
    (void)state;
    static const struct position_gap_sum none = {.count = 0};
    struct position_gap_sum sum;
    struct positions *positions = open_as("w-1", "arn:1");
    assert_false(positions_pending_gaps(positions, "shard", &sum));
    struct position_gap gap = {.shard = "shard",
                               .after = number_of(20),
                               .until = number_of(30),
                               .found_wall_ms = 5,
                               .certain = true};
    assert_ok(positions_note_gap(positions, &gap));
    gap = (struct position_gap){
        .shard = "shard", .after = number_of(50), .until = number_of(60), .found_wall_ms = 4};
    assert_ok(positions_note_gap(positions, &gap));
    gap.shard = "other";
    assert_ok(positions_note_gap(positions, &gap));
    assert_true(positions_pending_gaps(positions, "shard", &sum));
    assert_int_equal(sum.count, 2);
    assert_true(sum.certain);
    assert_int_equal(sequence_number_compare(&sum.after, &(struct sequence_number){2, "20"}), 0);
    assert_int_equal(sequence_number_compare(&sum.until, &(struct sequence_number){2, "60"}), 0);
    assert_int_equal(sum.found_wall_ms, 5);

    int64_t sent_ms = clock_boot_ms(clock_real()); /* a read that was under way when the row was written */
    positions_gaps_in_row(positions, "shard", 1);
    positions_see_row(positions, "shard", &none, sent_ms);
    assert_int_equal(positions_gap_count(positions), 3); /* shows the row of before: no acknowledgement */
    assert_true(positions_pending_gaps(positions, "shard", &sum));
    assert_int_equal(sum.count, 1);
    positions_gaps_in_row(positions, "shard", 1);
    assert_false(positions_pending_gaps(positions, "shard", &sum));
    assert_true(positions_pending_gaps(positions, "other", &sum));
    positions_close(positions);

    positions = open_as("w-1", "arn:1"); /* it is known after a restart, too */
    assert_int_equal(positions_gap_count(positions), 3);
    assert_false(positions_pending_gaps(positions, "shard", &sum));
    assert_true(positions_pending_gaps(positions, "other", &sum));
    int64_t now_ms = clock_boot_ms(clock_real());
    struct position_gap_sum seen = row_gap(20, 60);
    positions_see_row(positions, "shard", &seen, now_ms);
    positions_see_row(positions, "other", &none, now_ms); /* the row never had it: to be written */
    assert_int_equal(positions_gap_count(positions), 3);
    positions_see_row(positions, "shard", &none, now_ms); /* an operator took it out */
    assert_int_equal(positions_gap_count(positions), 1);
    positions_close(positions);
    positions = open_as("w-1", "arn:1");
    assert_int_equal(positions_gap_count(positions), 1);
    positions_close(positions);
}

/* Another worker found the same gap and wrote it, after this one died: it needs no second acknowledgement. */
static void test_gaps_that_another_worker_wrote(void **state)
{
    (void)state;
    static const struct {
        uint64_t after;
        uint64_t until; /* 0: not known */
        bool inside;
    } rows[] = {{10, 90, true},  {20, 90, true},  {20, 0, true},
                {21, 90, false}, {10, 20, false}, {0, 90, true}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char shard[16];
        snprintf(shard, sizeof shard, "shard-%zu", i);
        struct positions *positions = open_as("w-1", "arn:1");
        struct position_gap gap = {.shard = shard, .after = number_of(20), .until = number_of(80)};
        assert_ok(positions_note_gap(positions, &gap));
        struct position_gap_sum row = row_gap(rows[i].after, rows[i].until);
        row.after.length = rows[i].after == 0 ? 0 : row.after.length;
        row.until.length = rows[i].until == 0 ? 0 : row.until.length;
        positions_see_row(positions, shard, &row, clock_boot_ms(clock_real()));
        struct position_gap_sum sum;
        assert_int_equal(positions_pending_gaps(positions, shard, &sum), !rows[i].inside);
        positions_close(positions);
    }
}

/* A time that the test sets and several threads read. */
static _Atomic int64_t days_ms;

static int64_t read_days(void *context)
{
    (void)context;
    return 1000000000 + days_ms;
}

/* A worker that lives for months does not keep every shard that ever was. */
static void test_old_positions_are_forgotten(void **state)
{
    (void)state;
    const struct clock clock = {.boot_ms = read_days, .wall_ms = read_days};
    const int64_t day_ms = 24 * 3600 * 1000;
    days_ms = 0;
    struct positions *positions = open_at("w-1", "arn:1", &clock);
    save(positions, "old", 1);
    struct position_gap gap = {.shard = "old", .after = number_of(1)};
    assert_ok(positions_note_gap(positions, &gap)); /* all before it is written now */
    days_ms = 3 * day_ms;
    save(positions, "new", 2);
    int64_t deadline_ms = clock_boot_ms(clock_real()) + HANG_MS;
    while (saved(positions, "old") != 0) {
        assert_true(clock_boot_ms(clock_real()) < deadline_ms);
        usleep(10000);
    }
    assert_int_equal(saved(positions, "new"), 2);
    positions_close(positions);
    positions = open_at("w-1", "arn:1", &clock); /* the file keeps it for a week */
    assert_int_equal(saved(positions, "old"), 1);
    positions_close(positions);
    days_ms = 8 * day_ms;
    positions = open_at("w-1", "arn:1", &clock);
    assert_int_equal(saved(positions, "old"), 0);
    assert_int_equal(saved(positions, "new"), 2);
    positions_close(positions);
}

static void test_unusable_folder(void **state)
{
    (void)state;
    char file[128];
    snprintf(file, sizeof file, "%s/file", folder);
    overwrite(file, "x", 0, 1);
    struct positions_options options = {
        .state_dir = file, .app = "app", .stream_arn = "arn", .worker_id = "w", .clock = clock_real()};
    struct positions *positions = NULL;
    struct status status = positions_open(&options, &positions);
    assert_int_equal(status.code, STATUS_IO);
    assert_non_null(strstr(status.reason, file));
    assert_non_null(strstr(status.reason, "--state-dir"));
    assert_null(positions);
}

static void test_choose_local(void **state)
{
    (void)state;
    static const struct {
        uint64_t local; /* 0: none */
        struct {
            const char *checkpoint;
            const char *nonce;
            const char *writer;
        } noted, row;
        bool chosen;
    } cases[] = {
        {100, {"90", "", "w#7"}, {"90", "", "w#7"}, true}, /* the row is ours and older */
        {100, {"100", "n", "w#7"}, {"100", "n", "w#7"}, true},
        {0, {"90", "", "w#7"}, {"90", "", "w#7"}, false}, /* nothing here */
        {100,
         {"90", "", "w#7"},
         {"95", "", "v#9"},
         false}, /* another wrote the row, older than ours or not */
        {100, {"90", "", "w#7"}, {"200", "", "v#9"}, false},
        {100, {"90", "", "w#7"}, {"80", "", "w#7"}, false}, /* set back by hand, or by Java */
        {100, {"", "", ""}, {"90", "", "w#7"}, false}, /* never written by us */
        {100, {"90", "", "w#7"}, {"90", "n", "w#7"}, false}, /* the row was rewound */
        {100, {"90", "n", "w#7"}, {"90", "", "w#7"}, false},
        {100, {"90", "", "w#7"}, {"90", "", "v#9"}, false}, /* set back by hand; another came by 90 again */
        {100, {"90", "", "w#7"}, {"90", "", "w#9"}, false}, /* or the same process did */
        {100, {"90", "", "w#7"}, {"90", "", ""}, false}, /* nobody says who wrote it */
        {100, {"90", "", ""}, {"90", "", ""}, false},
        {100, {"90", "", ""}, {"90", "", NULL}, false},
        {100, {"90", "", ""}, {"90", "", "w#7"}, false}, /* noted by an earlier version */
        {80, {"90", "", "w#7"}, {"90", "", "w#7"}, false}, /* older than the row: restored from a copy */
        {100, {"TRIM_HORIZON", "", "w#7"}, {"TRIM_HORIZON", "", "w#7"}, false}, /* sentinels */
        {100, {"LATEST", "", "w#7"}, {"LATEST", "", "w#7"}, false},
        {100, {"SHARD_END", "", "w#7"}, {"SHARD_END", "", "w#7"}, false},
        {100, {"090", "", "w#7"}, {"90", "", "w#7"}, false}, /* not the text that we wrote */
        {1000, {"999", "", "w#7"}, {"999", "", "w#7"}, true}, /* as numbers, not as texts */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct position_row row = {0};
        if (cases[i].local > 0) {
            row.number = number_of(cases[i].local);
        }
        snprintf(row.remote_checkpoint, sizeof row.remote_checkpoint, "%s", cases[i].noted.checkpoint);
        snprintf(row.remote_nonce, sizeof row.remote_nonce, "%s", cases[i].noted.nonce);
        snprintf(row.remote_writer, sizeof row.remote_writer, "%s", cases[i].noted.writer);
        struct sequence_number after = {0};
        bool chosen = positions_choose_local(&row, cases[i].row.checkpoint, cases[i].row.nonce,
                                             cases[i].row.writer, &after);
        if (chosen != cases[i].chosen) {
            fail_msg("case %zu", i);
        }
        assert_int_equal(sequence_number_compare(&after, &row.number) == 0, chosen || cases[i].local == 0);
    }
}

int main(void)
{
    signal(SIGXFSZ, SIG_IGN);
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(test_reopen),
        TEST(test_slots),
        TEST(test_torn_worker),
        TEST(test_killed_while_writing),
        TEST(test_damaged_and_foreign_files),
        TEST(test_empty_file),
        TEST(test_file_of_an_earlier_version),
        TEST(test_file_of_an_earlier_version_on_a_full_disk),
        TEST(test_full_disk),
        TEST(test_full_disk_at_start),
        TEST(test_gaps),
        TEST(test_gaps_and_the_row),
        TEST(test_gaps_that_another_worker_wrote),
        TEST(test_old_positions_are_forgotten),
        TEST(test_unusable_folder),
        TEST(test_choose_local),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
