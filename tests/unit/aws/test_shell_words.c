/* A credential_process that works in the AWS CLI must get the same words here. The cases are Python's
 * shlex.split(). */
#include "tests/unit/aws/credential_fixture.h"

#include "aws/shell_words.h"

static void words_are_split_as_by_shlex(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *words; /* joined by '|' */
    } cases[] = {
        {"", ""},
        {"  \t\n ", ""},
        {"a b\tc\nd", "a|b|c|d"},
        {"/opt/my\\ tool --x", "/opt/my tool|--x"},
        {"'a b' \"c d\"", "a b|c d"},
        {"a'b c'd", "ab cd"},
        {"''", ""},
        {"x '' y", "x||y"},
        {"\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d"},
        {"'a\\b'", "a\\b"},
        {"$HOME `x` *.c ; # no | comment", "$HOME|`x`|*.c|;|#|no|||comment"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct shell_words words = {0};
        char joined[256] = "";
        struct status status = shell_words_split(slice_of_text(cases[i].line), &words);
        assert_true(status_is_ok(&status));
        for (size_t w = 0; w < words.count; w++) {
            size_t length = strlen(joined);
            (void)snprintf(joined + length, sizeof(joined) - length, "%s%s", w == 0 ? "" : "|", words.at[w]);
        }
        assert_string_equal(joined, cases[i].words);
        assert_null(words.at[words.count]);
        shell_words_free(&words);
    }
}

static void broken_lines_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *reason;
    } cases[] = {
        {"a 'b", "never closed"},
        {"a \"b", "never closed"},
        {"a\\", "'\\' at its end"},
        {"\"a\\", "'\\' at its end"},
    };
    struct shell_words words = {0};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct status status = shell_words_split(slice_of_text(cases[i].line), &words);
        check_reason(&status, STATUS_INVALID, cases[i].reason);
        assert_null(words.text);
    }
    struct status status = shell_words_split(slice_of("a\0b", 3), &words);
    check_reason(&status, STATUS_INVALID, "NUL");
    char many[2 * (SHELL_WORDS_COUNT + 1)];
    for (size_t i = 0; i < sizeof(many); i++) {
        many[i] = i % 2 == 0 ? 'x' : ' ';
    }
    status = shell_words_split(slice_of(many, sizeof(many)), &words);
    check_reason(&status, STATUS_INVALID, "too many words");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_split_as_by_shlex),
        cmocka_unit_test(broken_lines_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
