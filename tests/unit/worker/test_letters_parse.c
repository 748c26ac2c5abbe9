/* Letters read back: a content that comes out other than it went in is a change that is landed wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "sink/letter_text.h"
#include "tests/unit/aws/mutate.h"
#include "tests/unit/seed.h"
#include "worker/letters/letters_parse.h"

enum { CEILING = 1 << 20 };

static void write_letter(struct bytes *text, struct slice content, bool is_line)
{
    const struct dead_letter letter = {.reason = "a \"reason\",\"content\":{}",
                                       .shard = "shardId-1",
                                       .sequence_number = slice_of_text("300"),
                                       .attempts = 4,
                                       .content = content,
                                       .is_line = is_line};
    const struct letter_stamp stamp = {"w", "orders", 1763892000000};
    bytes_clear(text);
    assert_int_equal(letter_text_append(text, &letter, &stamp).code, STATUS_OK);
}

static void what_was_written_is_read_back(void **state)
{
    (void)state;
    static const char *const contents[] = {
        "{\"a\":{\"N\":\"1.50\"}, \"t\":\"\\u00fc\\/\"}\n",
        "{\"content\":{\"content\":1}}\n",
        "{\"broken\":\x01}\n",
        "[1,2]\n",
        "\n",
    };
    struct bytes text;
    struct bytes content;
    struct letter_view view;
    bytes_init(&text, CEILING);
    bytes_init(&content, CEILING);
    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        write_letter(&text, slice_of_text(contents[i]), true);
        assert_int_equal(letters_parse(bytes_slice(&text), &view, &content).code, STATUS_OK);
        assert_true(slice_equals_text(bytes_slice(&content), contents[i]));
        assert_string_equal(view.shard, "shardId-1");
        assert_string_equal(view.sequence, "300");
        assert_string_equal(view.reason, "a \"reason\",\"content\":{}");
        assert_int_equal(view.attempts, 4);
        assert_true(view.is_line);
    }
    write_letter(&text, slice_of_text("\x80 no text"), false);
    assert_int_equal(letters_parse(bytes_slice(&text), &view, &content).code, STATUS_OK);
    assert_true(slice_equals_text(bytes_slice(&content), "\x80 no text"));
    assert_false(view.is_line);
    bytes_free(&text);
    bytes_free(&content);
}

static void what_is_no_letter_is_told(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "{}",
        "[]",
        "x",
        "{\"reason\":\"r\",\"shard\":\"s\",\"attempts\":1,\"kind\":\"other\",\"content\":{}}",
        "{\"reason\":\"r\",\"shard\":\"s\",\"attempts\":1,\"kind\":\"line\"}",
        "{\"reason\":\"r\",\"shard\":\"s\",\"attempts\":1,\"kind\":\"line\",\"content\":7}",
        "{\"reason\":\"r\",\"shard\":\"s\",\"attempts\":1,\"kind\":\"line\",\"content_base64\":\"?\"}",
    };
    struct bytes content;
    bytes_init(&content, CEILING);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct letter_view view = {.attempts = 77};
        assert_int_equal(letters_parse(slice_of_text(texts[i]), &view, &content).code, STATUS_CORRUPT);
        assert_int_equal(view.attempts, 77);
    }
    bytes_free(&content);
}

static void no_bytes_are_too_strange(void **state)
{
    (void)state;
    struct random random;
    struct bytes text;
    struct bytes content;
    const char *sample = NULL;
    bytes_init(&text, CEILING);
    bytes_init(&content, CEILING);
    write_letter(&text, slice_of_text("{\"a\":{\"N\":\"1.50\"}}\n"), true);
    assert_int_equal(bytes_terminate(&text, &sample).code, STATUS_OK);
    random_init(&random, test_seed());
    for (int i = 0; i < 20000; i++) {
        char *memory = malloc(text.length);
        assert_non_null(memory);
        struct letter_view view;
        struct slice mutant = mutate(&random, sample, memory, text.length);
        struct status status = letters_parse(mutant, &view, &content);
        assert_true(status.code == STATUS_OK || status.code == STATUS_CORRUPT);
        free(memory);
    }
    bytes_free(&text);
    bytes_free(&content);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read_back),
        cmocka_unit_test(what_is_no_letter_is_told),
        cmocka_unit_test(no_bytes_are_too_strange),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
