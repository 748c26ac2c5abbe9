/* Settings from flags, variables and a file: strength, bounds, and errors that say what to change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "shard/line_form.h"
#include "worker/settings.h"

enum { WORDS = 24 };

struct load_case {
    const char *flags[WORDS]; /* ends with NULL */
    const char *variables[WORDS];
    const char *file; /* content of --config; NULL: none */
};

struct fixture {
    char path[64];
};

static void write_config(struct fixture *fixture, const char *content)
{
    snprintf(fixture->path, sizeof fixture->path, "/tmp/penstock-settings-XXXXXX");
    int descriptor = mkstemp(fixture->path);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, content, strlen(content)), (ssize_t)strlen(content));
    close(descriptor);
}

/* The words of constant cases as argv wants them. */
static char *word_of(const char *text)
{
    union {
        const char *in;
        char *out;
    } word = {.in = text};
    return word.out;
}

static struct status load(const struct load_case *what, struct settings *settings)
{
    char *flags[WORDS + 2];
    char *variables[WORDS + 1];
    int count = 0;
    size_t variable_count = 0;
    struct fixture fixture = {""};
    for (; what->flags[count] != NULL; count++) {
        flags[count] = word_of(what->flags[count]);
    }
    for (; what->variables[variable_count] != NULL; variable_count++) {
        variables[variable_count] = word_of(what->variables[variable_count]);
    }
    variables[variable_count] = NULL;
    if (what->file != NULL) {
        write_config(&fixture, what->file);
        flags[count++] = word_of("--config");
        flags[count++] = fixture.path;
    }
    const struct settings_input input = {count, flags, variables};
    bool help = false;
    struct status status = settings_load(&input, settings, &help);
    if (fixture.path[0] != '\0') {
        unlink(fixture.path);
    }
    return status;
}

static void test_defaults(void **state)
{
    (void)state;
    const struct load_case what = {.flags = {"--table", "orders", "--firehose=lake"}};
    struct settings settings;
    struct status status = load(&what, &settings);
    assert_string_equal(status.reason, "");
    assert_string_equal(settings.table, "orders");
    assert_string_equal(settings.firehose, "lake");
    assert_null(settings.app);
    assert_null(settings.state_dir);
    assert_int_equal(settings.start, SETTING_START_TRIM_HORIZON);
    assert_int_equal(settings.format, LINE_TYPED);
    assert_int_equal(settings.images, LINE_OBJECTS);
    assert_false(settings.old_image);
    assert_int_equal(settings.failover_ms, 10000);
    assert_int_equal(settings.poll_ms, 200);
    assert_int_equal(settings.poll_idle_ms, 1000);
    assert_int_equal(settings.flush_age_ms, 1000);
    assert_int_equal(settings.pack_bytes, 65536);
    assert_int_equal(settings.buffer_bytes, 14 << 20);
    assert_int_equal(settings.progress_ms, 10000);
    assert_int_equal(settings.requests_in_flight, 16);
    assert_int_equal(settings.poll_budget, 0);
    assert_int_equal(settings.max_leases, 0);
    assert_int_equal(settings.stop_timeout_ms, 25000);
    settings_free(&settings);
}

static void test_strength(void **state)
{
    (void)state;
    const struct load_case what = {
        .flags = {"--table", "from-flag", "--old-image", "--flush-age=0", "--poll-budget", "40"},
        .variables = {"PATH=/bin", "PENSTOCK_TABLE=from-variable", "PENSTOCK_FIREHOSE=from-variable",
                      "PENSTOCK_FAILOVER=20s", "PENSTOCK_POLL=", "PENSTOCK_SERVICE_HOST=10.0.0.1",
                      "PENSTOCK_PORT_8080_TCP=tcp://10.0.0.1"},
        .file = "{\"table\":\"from-file\",\"failover\":\"30s\",\"poll\":\"400ms\",\"requests-in-flight\":7,"
                "\"pack-bytes\":0,\"start\":\"latest\"}",
    };
    struct settings settings;
    struct status status = load(&what, &settings);
    assert_string_equal(status.reason, "");
    assert_string_equal(settings.table, "from-flag");
    assert_string_equal(settings.firehose, "from-variable");
    assert_int_equal(settings.failover_ms, 20000);
    assert_int_equal(settings.poll_ms, 400); /* an empty variable is unset */
    assert_int_equal(settings.requests_in_flight, 7);
    assert_int_equal(settings.flush_age_ms, 0);
    assert_int_equal(settings.poll_budget, 40);
    assert_int_equal(settings.pack_bytes, 0);
    assert_int_equal(settings.start, SETTING_START_LATEST);
    assert_true(settings.old_image);
    assert_int_equal(settings.sources[SETTING_TABLE], SETTING_FROM_FLAG);
    assert_int_equal(settings.sources[SETTING_FAILOVER], SETTING_FROM_VARIABLE);
    assert_int_equal(settings.sources[SETTING_POLL], SETTING_FROM_FILE);
    assert_int_equal(settings.sources[SETTING_POLL_IDLE], SETTING_FROM_DEFAULT);
    settings_free(&settings);
}

#define BOTH "--table", "orders", "--firehose", "lake"

struct list_case {
    struct load_case what;
    const char *include;
};

/* Several flags are one list, as are an array's texts; a stronger place replaces the whole list. */
static void test_lists(void **state)
{
    (void)state;
    static const struct list_case cases[] = {
        {{.flags = {BOTH}}, NULL},
        {{.flags = {BOTH, "--include-attributes", "a,b"}}, "a,b"},
        {{.flags = {BOTH, "--include-attributes", "a,b", "--include-attributes=c", "--include-attributes",
                    "d"}},
         "a,b,c,d"},
        {{.flags = {BOTH}, .file = "{\"include-attributes\":\"a,b\"}"}, "a,b"},
        {{.flags = {BOTH}, .file = "{\"include-attributes\":[\"a\",\"b,c\"]}"}, "a,b,c"},
        {{.flags = {BOTH},
          .variables = {"PENSTOCK_INCLUDE_ATTRIBUTES=x,y"},
          .file = "{\"include-attributes\":[\"a\"]}"},
         "x,y"},
        {{.flags = {BOTH, "--include-attributes", "f", "--include-attributes", "g"},
          .variables = {"PENSTOCK_INCLUDE_ATTRIBUTES=x,y"}},
         "f,g"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct settings settings;
        struct status status = load(&cases[i].what, &settings);
        assert_string_equal(status.reason, "");
        if (cases[i].include == NULL) {
            assert_null(settings.include_attributes);
        } else {
            assert_string_equal(settings.include_attributes, cases[i].include);
        }
        settings_free(&settings);
    }
}

struct error_case {
    struct load_case what;
    const char *words[4]; /* the reason holds each; ends with NULL */
};

static void check_errors(const struct error_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct settings settings;
        struct status status = load(&cases[i].what, &settings);
        if (status_is_ok(&status)) {
            fail_msg("case %zu (%s) was taken", i, cases[i].words[0]);
        }
        for (const char *const *word = cases[i].words; *word != NULL; word++) {
            if (strstr(status.reason, *word) == NULL) {
                fail_msg("case %zu: no \"%s\" in \"%s\"", i, *word, status.reason);
            }
        }
    }
}

static void test_unknown_names(void **state)
{
    (void)state;
    static const struct error_case cases[] = {
        {{.flags = {"--tabel", "orders"}}, {"unknown setting --tabel", "did you mean --table?"}},
        {{.flags = {BOTH, "--stop-timout=5s"}}, {"unknown setting --stop-timout", "--stop-timeout"}},
        {{.flags = {BOTH, "--kinesisx", "x"}}, {"unknown setting --kinesisx"}},
        {{.flags = {BOTH, "--admni", "off"}}, {"unknown setting --admni", "--admin"}},
        {{.flags = {BOTH, "-x"}}, {"unexpected argument '-x'"}},
        {{.flags = {BOTH, "orders"}}, {"unexpected argument 'orders'", "--name value"}},
        {{.flags = {BOTH}, .variables = {"PENSTOCK_FAILOVR=10s"}},
         {"unknown variable PENSTOCK_FAILOVR", "did you mean PENSTOCK_FAILOVER?"}},
        {{.flags = {BOTH}, .variables = {"PENSTOCK_QUUX=1"}}, {"unknown variable PENSTOCK_QUUX"}},
        {{.flags = {BOTH}, .file = "{\"flush_age\":\"1s\"}"},
         {"unknown setting 'flush_age' in '/tmp/", "'flush-age'"}},
        {{.flags = {BOTH}, .file = "{\"config\":\"x\"}"}, {"cannot name another file"}},
        {{.flags = {BOTH}, .file = "{\"poll\":\"1s\",\"poll\":\"2s\"}"}, {"sets 'poll' twice"}},
    };
    check_errors(cases, sizeof cases / sizeof cases[0]);
}

static void test_places_are_named(void **state)
{
    (void)state;
    static const struct error_case cases[] = {
        {{.flags = {BOTH, "--failover", "10"}}, {"--failover: '10'", "from 2s to 10m", "ms, s, m or h"}},
        {{.flags = {BOTH, "--failover"}}, {"--failover needs a value", "from 2s to 10m"}},
        {{.flags = {BOTH}, .variables = {"PENSTOCK_FAILOVER=1s"}}, {"PENSTOCK_FAILOVER: '1s'", "from 2s"}},
        {{.flags = {BOTH}, .file = "{\"failover\":\"11m\"}"}, {"'failover' in ", "'11m'", "to 10m"}},
        {{.flags = {BOTH}, .file = "{\"failover\":10}"}, {"'failover' in ", "'10'"}},
        {{.flags = {BOTH}, .file = "{\"requests-in-flight\":2.5}"}, {"'requests-in-flight' in ", "'2.5'"}},
        {{.flags = {BOTH}, .file = "{\"requests-in-flight\":[2]}"},
         {"'requests-in-flight' in ", "not a text"}},
        {{.flags = {BOTH}, .file = "{\"table\":null}"}, {"'table' in ", "not a text"}},
        {{.flags = {BOTH}, .file = "{\"table\":"}, {"is not JSON"}},
        {{.flags = {BOTH}, .file = "[]"}, {"is not a JSON object"}},
        {{.flags = {BOTH}, .file = ""}, {"is not JSON"}},
        {{.flags = {BOTH, "--config", "/nowhere/x.json"}},
         {"cannot open", "/nowhere/x.json", "No such file"}},
        {{.flags = {BOTH, "--old-image=maybe"}}, {"--old-image: 'maybe'", "true or false"}},
        {{.flags = {BOTH, "--old-image", "true"}}, {"unexpected argument 'true'"}},
        {{.flags = {BOTH, "--start", "LATEST"}}, {"--start: 'LATEST'", "trim-horizon or latest"}},
        {{.flags = {BOTH, "--include-attributes", "a", "--include-attributes=b..c"}},
         {"--include-attributes: column 5, at '.c': a name is missing here"}},
        {{.flags = {BOTH}, .variables = {"PENSTOCK_EXCLUDE_ATTRIBUTES=a["}},
         {"--exclude-attributes: column 3, at the end: an index"}},
        {{.flags = {BOTH, "--include-attributes="}}, {"--include-attributes: ''", "once or several times"}},
        {{.flags = {BOTH}, .file = "{\"include-attributes\":[\"a\",5]}"},
         {"'include-attributes' in ", "not a text, number or boolean or array of texts"}},
        {{.flags = {BOTH}, .file = "{\"include-attributes\":[]}"}, {"'include-attributes' in ", "''"}},
        {{.flags = {BOTH}, .file = "{\"table\":[\"x\"]}"}, {"'table' in ", "not a text"}},
        {{.flags = {BOTH, "--format", "json"}}, {"--format: 'json'", "typed or plain"}},
        {{.flags = {BOTH, "--images", "string"}}, {"--images: 'string'", "object or text"}},
        {{.flags = {BOTH, "--log-level=loud"}}, {"'loud'", "debug, info, warn or error"}},
        {{.flags = {BOTH, "--poll-budget", "-1"}}, {"--poll-budget: '-1'", "from 0 to 100000"}},
        {{.flags = {BOTH, "--poll-budget=100001"}}, {"--poll-budget: '100001'", "from 0 to 100000"}},
        {{.flags = {BOTH}, .variables = {"PENSTOCK_POLL_BUDGET=50/s"}}, {"PENSTOCK_POLL_BUDGET: '50/s'"}},
        {{.flags = {BOTH}, .file = "{\"poll-budget\":1.5}"}, {"'poll-budget' in ", "'1.5'"}},
        {{.flags = {BOTH, "--flush-age", "5"}}, {"--flush-age: '5'", "from 0 to 15m"}},
        {{.flags = {BOTH, "--poll", "0"}}, {"--poll: '0'", "from 10ms to 1m"}},
        /* a bad value is told even where a stronger place hides it */
        {{.flags = {BOTH, "--poll", "1s"}, .variables = {"PENSTOCK_POLL=soon"}}, {"PENSTOCK_POLL: 'soon'"}},
        {{.flags = {"--firehose", "lake"}}, {"nothing to read", "--table NAME"}},
        {{.flags = {"--table", "orders"}}, {"nowhere to write", "--firehose NAME", "--kinesis NAME"}},
        {{.flags = {BOTH, "--file", "/x"}}, {"both --firehose and --file"}},
        {{.flags = {BOTH, "--kinesis", "orders"}}, {"both --firehose and --kinesis"}},
        {{.flags = {BOTH, "--stdout"}}, {"both --firehose and --stdout"}},
        {{.flags = {"--table", "orders", "--kinesis", "x", "--spill", "file:/x"}},
         {"--spill goes with --firehose, not with --kinesis"}},
        {{.flags = {"--table", "orders", "--stdout", "--firehose-bytes-per-second", "1MiB"}},
         {"--firehose-bytes-per-second goes with --firehose, not with --stdout"}},
        {{.flags = {"--table", "orders", "--stdout", "--file", "/x"}}, {"both --file and --stdout"}},
        {{.flags = {"--table", "orders", "--stdout", "--emf", "stdout"}}, {"would mix lines and metrics"}},
        {{.flags = {BOTH, "--stream-arn", "arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/x"}},
         {"both --table and --stream-arn"}},
        {{.flags = {BOTH, "--dead-letter", "/var/x"}},
         {"--dead-letter: '/var/x'", "none of s3://, firehose: and file: (character 1)"}},
        {{.flags = {BOTH, "--dead-letter", "s3://My-lake/x"}},
         {"--dead-letter: 's3://My-lake/x'", "(character 6)"}},
        {{.flags = {BOTH, "--dead-letter", "firehose:a b"}},
         {"--dead-letter: 'firehose:a b'", "(character 11)"}},
        {{.flags = {BOTH, "--large-records", "file:/x"}},
         {"--large-records: 'file:/x': a place in S3 begins with s3:// (character 1)"}},
        {{.flags = {BOTH, "--large-records", "s3://lake/a//b"}}, {"--large-records: ", "(character 13)"}},
        {{.flags = {BOTH, "--spill", "/var/spill"}},
         {"--spill: '/var/spill' begins with neither s3:// nor file: (character 1)"}},
        {{.flags = {BOTH, "--spill", "s3://la"}}, {"--spill: 's3://la'", "3 to 63 characters (character 6)"}},
        {{.flags = {BOTH, "--spill", "s3://lake", "--spill-after", "0s"}}, {"--spill-after: '0s'"}},
        {{.flags = {"--table", "orders", "--file", "/x", "--spill", "s3://lake"}},
         {"--spill goes with --firehose"}},
        {{.flags = {"--table", "orders", "--file", "/x", "--large-records", "s3://lake"}},
         {"--large-records goes with --firehose"}},
        {{.flags = {"--table", "or ders", "--firehose", "x"}},
         {"--table: 'or ders'", "letters, digits and _.-"}},
        {{.flags = {"--table=", "--firehose", "x"}}, {"--table: ''"}},
        {{.flags = {BOTH, "--profile", "a\nb"}}, {"--profile: 'a?b'"}},
    };
    check_errors(cases, sizeof cases / sizeof cases[0]);
}

/* Every bounded setting takes its bounds and refuses what lies beyond, what overflows, a minus and a wrong
 * unit. */
static void check_bounds(enum setting_id id)
{
    const struct setting *setting = setting_of(id);
    const char *units[] = {
        [SETTING_TYPE_DURATION] = "ms", [SETTING_TYPE_SIZE] = "", [SETTING_TYPE_NUMBER] = ""};
    const char *unit = units[setting->type];
    const struct {
        long long value;
        bool good;
    } cases[] = {
        {setting->least, true},
        {setting->most, true},
        {setting->least - 1, false},
        {setting->most + 1, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "%lld%s", cases[i].value, unit);
        struct settings settings = {.table = NULL};
        struct status status =
            settings_set(&settings, id, slice_of_text(text), SETTING_FROM_FLAG, setting->name);
        if (status_is_ok(&status) != cases[i].good) {
            fail_msg("--%s %s: %s", setting->name, text, status.reason);
        }
    }
    static const char *const bad[] = {"",
                                      "-5",
                                      "five",
                                      "99999999999999999999999",
                                      "99999999999999999999999h",
                                      "99999999999999999999999GiB",
                                      "1.5",
                                      "10 s",
                                      "3sec",
                                      "4KB",
                                      "0x10"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct settings settings = {.table = NULL};
        struct status status =
            settings_set(&settings, id, slice_of_text(bad[i]), SETTING_FROM_FLAG, setting->name);
        if (status_is_ok(&status)) {
            fail_msg("--%s takes '%s'", setting->name, bad[i]);
        }
    }
}

/* Every text setting refuses the empty text, one byte too many and control characters. */
static void check_text(enum setting_id id)
{
    const struct setting *setting = setting_of(id);
    char *longest = calloc(1, (size_t)setting->most + 2);
    assert_non_null(longest);
    memset(longest, 'a', (size_t)setting->most + 1);
    if (setting->prefix != NULL) {
        memcpy(longest, setting->prefix, strlen(setting->prefix));
    }
    struct settings settings = {.table = NULL};
    struct status long_status = settings_set(&settings, id, slice_of_text(longest), SETTING_FROM_FLAG, "x");
    longest[setting->most] = '\0';
    struct status good_status = settings_set(&settings, id, slice_of_text(longest), SETTING_FROM_FLAG, "x");
    longest[setting->most - 1] = '\x1b';
    struct status control_status =
        settings_set(&settings, id, slice_of_text(longest), SETTING_FROM_FLAG, "x");
    struct status empty_status = settings_set(&settings, id, slice_of_text(""), SETTING_FROM_FLAG, "x");
    settings_free(&settings);
    free(longest);
    if (!status_is_ok(&good_status) || status_is_ok(&long_status) || status_is_ok(&control_status) ||
        status_is_ok(&empty_status)) {
        fail_msg("--%s: wrong bounds of its text", setting->name);
    }
}

static void test_every_setting(void **state)
{
    (void)state;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = setting_of((enum setting_id)i);
        assert_non_null(setting->name);
        assert_true(strlen(setting->help) > 20);
        assert_true(setting->type == SETTING_TYPE_BOOL || setting->placeholder != NULL);
        switch (setting->type) {
        case SETTING_TYPE_DURATION:
        case SETTING_TYPE_SIZE:
        case SETTING_TYPE_NUMBER:
            assert_non_null(setting->fallback);
            check_bounds((enum setting_id)i);
            break;
        case SETTING_TYPE_TEXT:
            check_text((enum setting_id)i);
            break;
        default:
            assert_non_null(setting->fallback);
            break;
        }
    }
}

/* A value that no setting of this row's type takes; of a text, a control character. */
static const char *bad_value(const struct setting *setting)
{
    switch (setting->type) {
    case SETTING_TYPE_TEXT:
        return "a\x01";
    case SETTING_TYPE_BOOL:
        return "TRUE";
    default:
        return "-1";
    }
}

/* Loads one bad value of one row from one place. */
static struct status load_bad(const struct setting *setting, enum setting_source place)
{
    char flag[600], variable[SETTING_VARIABLE_BYTES + 16], file[600];
    struct load_case what = {.flags = {NULL}};
    const char *value = bad_value(setting);
    if (place == SETTING_FROM_FLAG) {
        snprintf(flag, sizeof flag, "--%s=%s", setting->name, value);
        what.flags[0] = flag;
    } else if (place == SETTING_FROM_VARIABLE) {
        char name[SETTING_VARIABLE_BYTES];
        setting_variable(setting, name);
        snprintf(variable, sizeof variable, "%s=%s", name, value);
        what.variables[0] = variable;
    } else {
        snprintf(file, sizeof file, "{\"%s\":\"%s\"}", setting->name,
                 setting->type == SETTING_TYPE_TEXT ? "a\\u0001" : value);
        what.file = file;
    }
    struct settings settings;
    return load(&what, &settings);
}

/* Wherever it stands, a bad value of any row ends the start, and the words name that place and the value. */
static void test_a_bad_value_of_every_row_from_every_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = setting_of((enum setting_id)i);
        if (i == SETTING_CONFIG) {
            continue; /* read before all others: test_places_are_named */
        }
        for (int place = SETTING_FROM_FILE; place <= SETTING_FROM_FLAG; place++) {
            char named[SETTING_VARIABLE_BYTES + 16] = "--";
            if (place == SETTING_FROM_VARIABLE) {
                setting_variable(setting, named);
            } else {
                snprintf(named, sizeof named, place == SETTING_FROM_FLAG ? "--%s: " : "'%s' in ",
                         setting->name);
            }
            struct status status = load_bad(setting, (enum setting_source)place);
            const char *shown = setting->type == SETTING_TYPE_TEXT ? "'a?'" : bad_value(setting);
            if (status.code != STATUS_INVALID || strstr(status.reason, named) == NULL ||
                strstr(status.reason, shown) == NULL) {
                fail_msg("%s: no \"%s\" or \"%s\" in \"%s\"", setting->name, named, shown, status.reason);
            }
        }
    }
}

static void test_variable_names(void **state)
{
    (void)state;
    char variable[SETTING_VARIABLE_BYTES];
    setting_variable(setting_of(SETTING_REQUESTS_IN_FLIGHT), variable);
    assert_string_equal(variable, "PENSTOCK_REQUESTS_IN_FLIGHT");
}

static void test_help_wins(void **state)
{
    (void)state;
    char *flags[] = {word_of("--nonsense"), word_of("--help")};
    char *variables[] = {NULL};
    const struct settings_input input = {2, flags, variables};
    struct settings settings;
    bool help = false;
    struct status status = settings_load(&input, &settings, &help);
    assert_true(status_is_ok(&status));
    assert_true(help);
}

static void test_config_by_variable(void **state)
{
    (void)state;
    struct fixture fixture;
    write_config(&fixture, "{\"table\":\"orders\",\"file\":\"/x\"}");
    char variable[128];
    snprintf(variable, sizeof variable, "PENSTOCK_CONFIG=%s", fixture.path);
    char *variables[] = {variable, NULL};
    const struct settings_input input = {0, NULL, variables};
    struct settings settings;
    bool help = false;
    struct status status = settings_load(&input, &settings, &help);
    unlink(fixture.path);
    assert_string_equal(status.reason, "");
    assert_string_equal(settings.table, "orders");
    assert_string_equal(settings.file, "/x");
    settings_free(&settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_strength),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_unknown_names),
        cmocka_unit_test(test_places_are_named),
        cmocka_unit_test(test_every_setting),
        cmocka_unit_test(test_a_bad_value_of_every_row_from_every_place),
        cmocka_unit_test(test_variable_names),
        cmocka_unit_test(test_help_wins),
        cmocka_unit_test(test_config_by_variable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
