/* credential_process: a program's answer is foreign, and so is how it behaves. */
#include <signal.h>
#include <unistd.h>

#include "tests/unit/aws/credential_fixture.h"

#include "aws/process_run.h"

static struct status get(const char *command, struct credentials *credentials)
{
    struct fixture fixture;
    char config[1024];
    (void)snprintf(config, sizeof(config), "[default]\ncredential_process = %s\n", command);
    fixture_open(&fixture, no_variables, config, "", no_steps);
    struct status status = credential_process_get(&fixture.context, "default", credentials);
    check_no_canary(&status);
    fixture_close(&fixture);
    return status;
}

static void answers_are_taken(void **state)
{
    (void)state;
    struct credentials credentials = {0};
    struct status status = get("/bin/sh -c 'cat >/dev/null; echo CANARY noise >&2; printf %s "
                               "\"{\\\"Version\\\":1,\\\"AccessKeyId\\\":\\\"AKP\\\","
                               "\\\"SecretAccessKey\\\":\\\"" CANARY_SECRET "\\\"}\"'",
                               &credentials);
    assert_string_equal(status.reason, "");
    assert_string_equal(credentials.access_key_id, "AKP");
    assert_string_equal(credentials.secret_access_key, CANARY_SECRET);
    assert_string_equal(credentials.session_token, "");
    assert_true(credentials.expires_wall_ms == CREDENTIALS_NEVER);
    status = get("echo '{\"Version\":1,\"AccessKeyId\":\"AKQ\",\"SecretAccessKey\":\"s\","
                 "\"SessionToken\":\"t\",\"Expiration\":\"2026-11-23T12:00:00+01:00\"}'",
                 &credentials);
    assert_string_equal(status.reason, "");
    assert_string_equal(credentials.session_token, "t");
    assert_int_equal(credentials.expires_wall_ms, WALL_MS + 3600 * 1000);
}

static void failures_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *command;
        enum status_code code;
        const char *reason;
    } cases[] = {
        {"/bin/sh -c 'echo CANARY >&2; exit 7'", STATUS_UNAVAILABLE, "'/bin/sh' ended with exit code 7"},
        {"/bin/sh -c 'kill -9 $$'", STATUS_UNAVAILABLE, "'/bin/sh' was ended by signal 9"},
        {"/nonexistent/tool", STATUS_INVALID, "cannot run '/nonexistent/tool'"},
        {"'open", STATUS_INVALID, "never closed"},
        {"\"\"", STATUS_INVALID, "cannot run ''"},
        {"echo CANARY", STATUS_CORRUPT, "no JSON object with \"Version\": 1"},
        {"echo '{\"Version\":2}'", STATUS_CORRUPT, "\"Version\": 1"},
        {"echo '{\"Version\":\"1\"}'", STATUS_CORRUPT, "\"Version\": 1"},
        {"echo '{\"Version\":1,\"AccessKeyId\":\"CANARY\"}'", STATUS_CORRUPT, "secret access key is empty"},
        {"echo '{\"Version\":1,\"AccessKeyId\":\"a b\",\"SecretAccessKey\":\"CANARY\"}'", STATUS_CORRUPT,
         "the access key id has a space"},
        {"echo '{\"Version\":1,\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"b\",\"Expiration\":\"x\"}'",
         STATUS_CORRUPT, "Expiration is no time"},
        {"head -c 70000 /dev/zero", STATUS_TOO_LARGE, "its output"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct credentials credentials = {0};
        struct status status = get(cases[i].command, &credentials);
        check_reason(&status, cases[i].code, cases[i].reason);
        check_reason(&status, cases[i].code, "credential_process of profile 'default'");
        assert_string_equal(credentials.access_key_id, "");
    }
}

/* A clock that stands still until the program has written something: its time is not over before it has begun. */
struct late_clock {
    const struct bytes *output;
    int64_t from_ms;
};

static int64_t late_ms(void *context)
{
    struct late_clock *late = context;
    if (late->output->length == 0) {
        return 0;
    }
    int64_t now_ms = clock_boot_ms(clock_real());
    late->from_ms = late->from_ms == 0 ? now_ms : late->from_ms;
    return now_ms - late->from_ms;
}

static struct status run_words(char *const *words, int64_t timeout_ms, struct stop *cancel,
                               struct bytes *output)
{
    struct late_clock late = {.output = output};
    const struct clock clock = {late_ms, late_ms, &late};
    struct process_options options = {words, timeout_ms, &clock, cancel};
    bytes_init(output, 4096);
    return process_run(&options, output);
}

static struct status run(const char *script, int64_t timeout_ms, struct stop *cancel, struct bytes *output)
{
    char shell[] = "/bin/sh";
    char flag[] = "-c";
    char text[256];
    char *words[] = {shell, flag, text, NULL};
    (void)snprintf(text, sizeof(text), "%s", script);
    return run_words(words, timeout_ms, cancel, output);
}

/* Whether it runs still; one that has ended but was not waited for does not. */
static bool is_running(int64_t process)
{
    char path[64];
    char state = 'Z';
    (void)snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)process);
    FILE *file = fopen(path, "r");
    if (file != NULL) {
        if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1) {
            state = 'X'; /* it went between the two */
        }
        assert_int_equal(fclose(file), 0);
    }
    return state != 'Z' && state != 'X';
}

/* A program that hangs, in either of two ways, must not hang the worker, nor leave its own children behind.
 */
static void hanging_programs_are_killed(void **state)
{
    (void)state;
    static const char *const scripts[] = {
        "sleep 1000 & echo $!; wait",
        "sleep 1000 >/dev/null & echo $!; exec >&-; wait",
    };
    struct stop cancel;
    stop_init(&cancel);
    for (size_t i = 0; i < 2; i++) {
        struct bytes output;
        struct status status = run(scripts[i], 300, &cancel, &output);
        check_reason(&status, STATUS_TIMEOUT, "did not end within 300 ms");
        int64_t process = 0;
        assert_true(slice_parse_int64(slice_of(output.at, output.length - 1), &process));
        for (int look = 0; is_running(process) && look < 1000; look++) {
            (void)stop_wait_ms(&cancel, 10);
        }
        assert_false(is_running(process));
        bytes_free(&output);
    }
    stop_request(&cancel);
    struct bytes output;
    struct status status = run("sleep 1000", 60000, &cancel, &output);
    assert_int_equal(status.code, STATUS_STOPPED);
    bytes_free(&output);
    stop_destroy(&cancel);
}

static void check_output(struct status status, struct bytes *output, const char *wanted)
{
    const char *text = "";
    assert_string_equal(status.reason, "");
    status = bytes_terminate(output, &text);
    assert_string_equal(status.reason, "");
    assert_string_equal(text, wanted);
    bytes_free(output);
}

/* It starts clean: no signal blocked (a shell would unblock them itself), no descriptor of ours, nothing to
 * read. */
static void programs_start_clean(void **state)
{
    (void)state;
    char grep[] = "grep";
    char pattern[] = "SigBlk";
    char path[] = "/proc/self/status";
    char *words[] = {grep, pattern, path, NULL};
    struct stop cancel;
    struct bytes output;
    sigset_t all;
    sigset_t before;
    stop_init(&cancel);
    (void)sigfillset(&all);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &all, &before), 0);
    struct status status = run_words(words, 20000, &cancel, &output);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
    check_output(status, &output, "SigBlk:\t0000000000000000\n");
    int leak = dup2(2, 77);
    status = run("ls /proc/$$/fd; cat", 20000, &cancel, &output);
    (void)close(leak);
    check_output(status, &output, "0\n1\n2\n");
    stop_destroy(&cancel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_taken),
        cmocka_unit_test(failures_are_named),
        cmocka_unit_test(hanging_programs_are_killed),
        cmocka_unit_test(programs_start_clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
