/* The log that operators and tools read: always one whole JSON object a line, whatever is put in, and never
 * in the caller's way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/thread.h"

enum { TAKEN_BYTES = 1 << 20 };

struct pipe_log {
    int ends[2];
    char taken[TAKEN_BYTES]; /* what take() read last, NUL-terminated */
};

/* The log goes into a pipe whose other end the test reads. */
static int open_pipe_log(void **state)
{
    struct pipe_log *log = calloc(1, sizeof *log);
    if (log == NULL || pipe2(log->ends, O_CLOEXEC) != 0 || fcntl(log->ends[0], F_SETFL, O_NONBLOCK) != 0) {
        free(log);
        return -1;
    }
    log_set_descriptor(log->ends[1]);
    log_set_level(LOG_INFO);
    log_set_worker("");
    *state = log;
    return 0;
}

static int close_pipe_log(void **state)
{
    struct pipe_log *log = *state;
    log_set_descriptor(STDERR_FILENO);
    close(log->ends[0]);
    close(log->ends[1]);
    free(log);
    return 0;
}

/* Everything written since, as a text. */
static const char *take(struct pipe_log *log)
{
    size_t used = 0;
    for (;;) {
        ssize_t got = read(log->ends[0], log->taken + used, sizeof log->taken - 1 - used);
        if (got <= 0) {
            break;
        }
        used += (size_t)got;
    }
    log->taken[used] = '\0';
    return log->taken;
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part)) {
        count++;
    }
    return count;
}

static void a_line_has_what_operators_search_for(void **state)
{
    log_set_worker("w-1f");
    log_write(LOG_WARN, "lease", "took a lease", log_text("shard", "shardId-1"), log_number("counter", -7));
    const char *line = take(*state);
    assert_memory_equal(line, "{\"ts\":\"20", 9);
    assert_non_null(strstr(line, "Z\",\"level\":\"warn\",\"msg\":\"took a lease\",\"component\":\"lease\","
                                 "\"worker\":\"w-1f\",\"shard\":\"shardId-1\",\"counter\":-7}\n"));
}

static void levels_leave_lines_out(void **state)
{
    enum log_level level = LOG_INFO;
    log_write(LOG_DEBUG, "t", "hidden");
    assert_string_equal(take(*state), "");
    assert_true(log_level_parse("debug", &level));
    log_set_level(level);
    log_write(LOG_DEBUG, "t", "shown");
    assert_non_null(strstr(take(*state), "shown"));
    assert_false(log_level_parse("verbose", &level));
    assert_false(log_level_parse("", &level));
    assert_int_equal(level, LOG_DEBUG);
}

/* What a text becomes inside the line. */
static void no_text_can_forge_a_line(void **state)
{
    static const struct {
        const char *text;
        const char *shown;
    } cases[] = {
        {"a\"b", "a\\\"b"},
        {"a\\b", "a\\\\b"},
        {"x\"}\n{\"level\":\"error\"", "x\\\"}\\u000a{\\\"level\\\":\\\"error\\\""},
        {"\r\t\x1b[31m\x7f", "\\u000d\\u0009\\u001b[31m\\u007f"},
        {"\xc2\x9b"
         "31m",
         "\\u009b31m"}, /* the one-character form of ESC [ */
        {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"\xff", "\xef\xbf\xbd"},
        {"\xc3", "\xef\xbf\xbd"},
        {"\xc3(", "\xef\xbf\xbd("},
        {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"}, /* overlong '/' */
        {"\xe0\x80\xaf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* a surrogate */
        {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* over U+10FFFF */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char expected[128];
        log_write(LOG_INFO, "t", "m", log_text("x", cases[i].text));
        snprintf(expected, sizeof expected, "\"x\":\"%s\"}\n", cases[i].shown);
        const char *line = take(*state);
        assert_non_null(strstr(line, expected));
        assert_int_equal(count_of(line, "\n"), 1);
    }
}

static void zero_bytes_are_escaped(void **state)
{
    log_write(LOG_INFO, "t", "m", log_slice("x", slice_of("a\0b", 3)), log_slice("empty", slice_of(NULL, 0)));
    assert_non_null(strstr(take(*state), "\"x\":\"a\\u0000b\",\"empty\":\"\"}\n"));
}

/* Every length around the line's end, with characters of one to six bytes: the line ends as JSON does. */
static void long_fields_are_cut_and_the_line_stays_whole(void **state)
{
    static const char *const characters[] = {"a", "\"", "\n", "\xc3\xa9", "\xf0\x9f\x98\x80"};
    static char text[8192];
    for (size_t c = 0; c < sizeof characters / sizeof characters[0]; c++) {
        size_t length = strlen(characters[c]);
        for (size_t size = 500; size < sizeof text - 4; size += size < 3800 || size > 4200 ? 271 : 1) {
            for (size_t at = 0; at + length <= size; at += length) {
                memcpy(text + at, characters[c], length);
            }
            log_write(LOG_INFO, "t", "m", log_slice("x", slice_of(text, size / length * length)),
                      log_number("n", 1));
            const char *line = take(*state);
            size_t whole = strlen(line);
            assert_in_range(whole, 500, 4096);
            assert_int_equal(count_of(line, "\n"), 1);
            bool ends_with_text = strcmp(line + whole - 3, "\"}\n") == 0;
            bool ends_with_number = strcmp(line + whole - 8, ",\"n\":1}\n") == 0;
            assert_true(ends_with_text || ends_with_number);
            assert_true(line[whole - 4] != '\\');
        }
    }
}

/* The reader has stopped reading: callers go on at once, and later the log says how much is missing. */
static void a_blocked_pipe_never_blocks_the_caller(void **state)
{
    for (int i = 0; i < 20000; i++) {
        log_write(LOG_INFO, "t", "flood", log_number("i", i));
    }
    const char *before = take(*state);
    size_t fitted = count_of(before, "flood");
    assert_in_range(fitted, 1, 19999);
    assert_null(strstr(before, "dropped"));
    char expected[64];
    snprintf(expected, sizeof expected, "\"dropped\":%zu}\n", 20000 - fitted);
    log_write(LOG_INFO, "t", "again");
    assert_non_null(strstr(take(*state), expected));
    log_write(LOG_INFO, "t", "after");
    assert_null(strstr(take(*state), "dropped"));
}

static void a_vanished_reader_is_survived(void **state)
{
    struct pipe_log *log = *state;
    struct sigaction ignore = {.sa_handler = SIG_IGN}; /* as the program does at start */
    struct sigaction before;
    assert_int_equal(sigaction(SIGPIPE, &ignore, &before), 0);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    log_set_descriptor(ends[1]);
    close(ends[0]);
    log_write(LOG_INFO, "t", "nobody reads this");
    close(ends[1]);
    log_write(LOG_INFO, "t", "nor this");
    log_set_descriptor(log->ends[1]);
    log_write(LOG_INFO, "t", "back");
    assert_non_null(strstr(take(log), "\"dropped\":2"));
    assert_int_equal(sigaction(SIGPIPE, &before, NULL), 0);
}

static void a_limited_line_is_counted_while_silent(void **state)
{
    for (int i = 0; i < 5; i++) {
        log_write_limited(100000, LOG_WARN, "t", "limited");
    }
    log_write_limited(100000, LOG_WARN, "u", "limited");
    const char *lines = take(*state);
    assert_int_equal(count_of(lines, "limited"), 2);
    assert_null(strstr(lines, "suppressed"));
    log_write_limited(0, LOG_WARN, "t", "unlimited");
    log_write_limited(0, LOG_WARN, "t", "unlimited");
    assert_int_equal(count_of(take(*state), "unlimited"), 2);
    log_write_limited(1, LOG_WARN, "t", "short");
    int silent = 0;
    const char *line = take(*state);
    while (strstr(line, "suppressed") == NULL && silent < 1000000) {
        log_write_limited(1, LOG_WARN, "t", "short");
        silent++;
        line = take(*state);
    }
    assert_non_null(strstr(line, "suppressed"));
}

static void many_limited_messages_do_not_overflow(void **state)
{
    static char messages[500][8];
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < 500; i++) {
            snprintf(messages[i], sizeof messages[i], "m%zu", i);
            log_write_limited(100000, LOG_INFO, "t", messages[i]);
        }
        assert_in_range(count_of(take(*state), "\n"), 400, 500);
    }
}

enum { WRITERS = 4, LINES_EACH = 60 };

static void *write_lines(void *argument)
{
    for (int i = 0; i < LINES_EACH; i++) {
        log_write(LOG_INFO, "t", "together", log_text("who", argument));
        log_write_limited(100000, LOG_INFO, "t", "together, limited");
    }
    return NULL;
}

static void lines_of_many_threads_never_mix(void **state)
{
    static char names[WRITERS][200];
    struct thread threads[WRITERS] = {{0}};
    for (size_t i = 0; i < WRITERS; i++) {
        memset(names[i], 'a' + (int)i, sizeof names[i] - 1);
        assert_int_equal(thread_start(&threads[i], "writer", THREAD_STACK_SMALL, write_lines, names[i]).code,
                         STATUS_OK);
    }
    for (size_t i = 0; i < WRITERS; i++) {
        thread_join(&threads[i]);
    }
    char *lines = NULL;
    take(*state);
    lines = ((struct pipe_log *)*state)->taken;
    size_t whole = 0;
    for (char *line = strtok_r(lines, "\n", &lines); line != NULL; line = strtok_r(NULL, "\n", &lines)) {
        assert_int_equal(line[0], '{');
        assert_int_equal(line[strlen(line) - 1], '}');
        for (size_t i = 0; i < WRITERS; i++) {
            whole += strstr(line, names[i]) != NULL ? 1 : 0;
        }
    }
    /* A pipe holds 64 KiB, so that some may be dropped; what is there is whole. */
    assert_in_range(whole, 100, WRITERS * LINES_EACH);
}

int main(void)
{
#define LOG_TEST(name) cmocka_unit_test_setup_teardown(name, open_pipe_log, close_pipe_log)
    const struct CMUnitTest tests[] = {
        LOG_TEST(a_line_has_what_operators_search_for),
        LOG_TEST(levels_leave_lines_out),
        LOG_TEST(no_text_can_forge_a_line),
        LOG_TEST(zero_bytes_are_escaped),
        LOG_TEST(long_fields_are_cut_and_the_line_stays_whole),
        LOG_TEST(a_blocked_pipe_never_blocks_the_caller),
        LOG_TEST(a_vanished_reader_is_survived),
        LOG_TEST(a_limited_line_is_counted_while_silent),
        LOG_TEST(many_limited_messages_do_not_overflow),
        LOG_TEST(lines_of_many_threads_never_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
