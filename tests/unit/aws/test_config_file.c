/* A shared file that the AWS CLI reads must mean the same here; a broken one must name its line. */
#include "tests/unit/aws/credential_fixture.h"

static struct config_file *parse(const char *text)
{
    struct config_file *file = NULL;
    struct status status = config_file_parse(slice_of_text(text), "f", &file);
    assert_string_equal(status.reason, "");
    return file;
}

static void check_profile(const struct config_file *file, const char *profile, const char *key,
                          const char *wanted)
{
    const char *value = config_file_get(file, CONFIG_PROFILE, profile, key);
    if (wanted == NULL) {
        assert_null(value);
    } else {
        assert_non_null(value);
        assert_string_equal(value, wanted);
    }
}

static void values_are_read_as_the_cli_reads_them(void **state)
{
    (void)state;
    struct config_file *file = parse("# a comment\n"
                                     "; another\n"
                                     "[default]\n"
                                     "region = eu-west-1\r\n"
                                     "  # not part of a value\n"
                                     "OUTPUT: json\n"
                                     "credential_process = /bin/echo \"a = b\" # no comment\n"
                                     "colon = a:b=c\n"
                                     "empty =\n"
                                     "\n"
                                     "[profile dev] ; anything may follow\n"
                                     "  region=us-east-1\n"
                                     "  long = one\n"
                                     "     two\n"
                                     "\n"
                                     "     three\n"
                                     "\n"
                                     "  next = x\n"
                                     "[profile \"two words\"]\n"
                                     "region = ap-south-1\n"
                                     "[profilex]\n"
                                     "region = no\n"
                                     "[plain]\n"
                                     "region = no\n");
    check_profile(file, "default", "region", "eu-west-1");
    check_profile(file, "default", "output", "json");
    check_profile(file, "default", "credential_process", "/bin/echo \"a = b\" # no comment");
    check_profile(file, "default", "colon", "a:b=c");
    check_profile(file, "default", "empty", "");
    check_profile(file, "default", "missing", NULL);
    check_profile(file, "dev", "region", "us-east-1");
    check_profile(file, "dev", "long", "one\ntwo\n\nthree");
    check_profile(file, "dev", "next", "x");
    check_profile(file, "two words", "region", "ap-south-1");
    check_profile(file, "plain", "region", NULL);
    check_profile(file, "x", "region", NULL);
    assert_true(config_file_has(file, CONFIG_PLAIN, "plain"));
    assert_false(config_file_has(file, CONFIG_PROFILE, "plain"));
    assert_string_equal(config_file_get(file, CONFIG_PLAIN, "plain", "region"), "no");
    config_file_free(file);
}

static void one_level_of_nesting(void **state)
{
    (void)state;
    struct config_file *file = parse("[services local]\n"
                                     "dynamodb =\n"
                                     "  endpoint_url = http://localhost:8000\n"
                                     "  other=1\n"
                                     "\n"
                                     "dynamodb_streams =\n"
                                     "    endpoint_url = http://localhost:8001\n"
                                     "firehose = plain\n");
    assert_string_equal(config_file_get_nested(file, CONFIG_SERVICES, "local", "dynamodb", "endpoint_url"),
                        "http://localhost:8000");
    assert_string_equal(config_file_get_nested(file, CONFIG_SERVICES, "local", "dynamodb", "other"), "1");
    assert_string_equal(
        config_file_get_nested(file, CONFIG_SERVICES, "local", "dynamodb_streams", "endpoint_url"),
        "http://localhost:8001");
    assert_null(config_file_get_nested(file, CONFIG_SERVICES, "local", "firehose", "endpoint_url"));
    assert_null(config_file_get_nested(file, CONFIG_SERVICES, "other", "dynamodb", "endpoint_url"));
    assert_string_equal(config_file_get(file, CONFIG_SERVICES, "local", "firehose"), "plain");
    config_file_free(file);
}

static void later_sections_and_defaults(void **state)
{
    (void)state;
    struct config_file *file = parse("[DEFAULT]\noutput = json\n"
                                     "[default]\nregion = a\n"
                                     "[profile default]\nregion = b\n"
                                     "[DEFAULT]\nlong =\n  x = 1\n  x = 2\n");
    check_profile(file, "default", "region", "b");
    check_profile(file, "default", "output", "json");
    check_profile(file, "nobody", "output", NULL);
    assert_string_equal(config_file_get_nested(file, CONFIG_PROFILE, "default", "long", "x"), "2");
    config_file_free(file);
}

static void broken_files_name_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *reason;
    } cases[] = {
        {"region = x\n", "'f' line 1: text before the first [section]"},
        {"[a]\n\nCANARY\n", "'f' line 3: neither a [section] nor 'key = value'"},
        {"[a]\n= CANARY\n", "'f' line 2: no key before the '='"},
        {"[a]\nx = 1\n[a]\n", "'f' line 3: this section occurs twice"},
        {"[a]\nx = CANARY\nX: 2\n", "'f' line 3: this key occurs twice"},
        {"[a]\nx = 1\ny =\n  z=1\n  CANARY\nw=1\n", "'f' line 3: a nested line below this key has no '='"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct config_file *file = NULL;
        struct status status = config_file_parse(slice_of_text(cases[i].text), "f", &file);
        check_reason(&status, STATUS_INVALID, cases[i].reason);
        assert_null(file);
    }
    struct config_file *file = NULL;
    struct status status = config_file_parse(slice_of("[a]\nb\0c", 7), "f", &file);
    check_reason(&status, STATUS_INVALID, "NUL byte");
}

static void a_missing_file_is_empty_and_says_so(void **state)
{
    (void)state;
    struct config_file *file = NULL;
    struct status status = config_file_load("/nonexistent/config", &file);
    assert_true(status_is_ok(&status));
    assert_string_equal(config_file_problem(file), "does not exist");
    assert_false(config_file_has(file, CONFIG_PROFILE, "default"));
    config_file_free(file);
    status = config_file_load("/", &file);
    assert_true(status_is_ok(&status));
    assert_string_equal(config_file_problem(file), "cannot be read");
    config_file_free(file);
}

static void huge_files_are_refused(void **state)
{
    (void)state;
    size_t length = CONFIG_FILE_BYTES + 1;
    char *text = malloc(length);
    assert_non_null(text);
    memset(text, '\n', length);
    struct config_file *file = NULL;
    struct status status = config_file_parse(slice_of(text, length), "f", &file);
    check_reason(&status, STATUS_TOO_LARGE, "'f' has 1048577 bytes");
    /* Many sections are bounded, too. */
    struct bytes many;
    bytes_init(&many, CONFIG_FILE_BYTES);
    for (size_t i = 0; i <= CONFIG_FILE_SECTIONS; i++) {
        status = bytes_append_format(&many, "[s%zu]\n", i);
        assert_true(status_is_ok(&status));
    }
    status = config_file_parse(bytes_slice(&many), "f", &file);
    check_reason(&status, STATUS_TOO_LARGE, "more than 4096 sections");
    bytes_free(&many);
    free(text);
}

/* Any bytes at all: an answer or a clean refusal. Under the sanitizers this finds overruns. */
static void random_bytes_never_break_it(void **state)
{
    (void)state;
    static const char alphabet[] = "[]=:#; \t\nab\"'\\profile services default";
    struct random random;
    const char *seed_text = getenv("PENSTOCK_TEST_SEED");
    uint64_t seed = seed_text != NULL ? strtoull(seed_text, NULL, 10) : random_seed_from_system();
    print_message("PENSTOCK_TEST_SEED=%llu\n", (unsigned long long)seed);
    random_init(&random, seed);
    for (size_t round = 0; round < 20000; round++) {
        char text[96];
        size_t length = random_below(&random, sizeof(text));
        for (size_t i = 0; i < length; i++) {
            text[i] = alphabet[random_below(&random, sizeof(alphabet) - 1)];
        }
        struct config_file *file = NULL;
        struct status status = config_file_parse(slice_of(text, length), "f", &file);
        if (status_is_ok(&status)) {
            (void)config_file_get(file, CONFIG_PROFILE, "default", "a");
            config_file_free(file);
        } else {
            assert_int_equal(status.code, STATUS_INVALID);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read_as_the_cli_reads_them),
        cmocka_unit_test(one_level_of_nesting),
        cmocka_unit_test(later_sections_and_defaults),
        cmocka_unit_test(broken_files_name_their_line),
        cmocka_unit_test(a_missing_file_is_empty_and_says_so),
        cmocka_unit_test(huge_files_are_refused),
        cmocka_unit_test(random_bytes_never_break_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
