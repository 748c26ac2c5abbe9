/* Reading and writing the JSON that is not per record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/json.h"
#include "tests/unit/aws/mutate.h"
#include "tests/unit/seed.h"

static void a_whole_text_is_parsed_or_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum status_code code;
    } cases[] = {{"{}", STATUS_OK},        {" {\"a\":1} \r\n\t", STATUS_OK},
                 {"null", STATUS_OK},      {"", STATUS_CORRUPT},
                 {"{", STATUS_CORRUPT},    {"{} x", STATUS_CORRUPT},
                 {"{}{}", STATUS_CORRUPT}, {"{\"a\"}", STATUS_CORRUPT},
                 {"\"\\", STATUS_CORRUPT}, {"nul", STATUS_CORRUPT}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cJSON *tree = NULL;
        if (json_parse(slice_of_text(cases[i].text), &tree).code != cases[i].code) {
            fail_msg("%s", cases[i].text);
        }
        assert_true((tree != NULL) == (cases[i].code == STATUS_OK));
        cJSON_Delete(tree);
    }
}

static void deep_nesting_is_refused_and_brackets_in_strings_do_not_count(void **state)
{
    (void)state;
    char text[400];
    cJSON *tree = NULL;
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    assert_int_equal(json_parse(slice_of(text, 128), &tree).code, STATUS_OK);
    cJSON_Delete(tree);
    tree = NULL;
    memset(text, '[', 65);
    memset(text + 65, ']', 65);
    assert_int_equal(json_parse(slice_of(text, 130), &tree).code, STATUS_CORRUPT);
    memset(text, '[', 200);
    text[0] = '"';
    text[1] = '\\';
    text[2] = '"';
    text[199] = '"';
    assert_int_equal(json_parse(slice_of(text, 200), &tree).code, STATUS_OK);
    cJSON_Delete(tree);
}

static void members_come_with_their_type_or_not_at_all(void **state)
{
    (void)state;
    cJSON *tree = NULL;
    char text[4] = "old";
    assert_int_equal(
        json_parse(slice_of_text("{\"o\":{},\"a\":[],\"t\":\"abc\",\"b\":true,\"f\":false,\"n\":1}"), &tree)
            .code,
        STATUS_OK);
    assert_non_null(json_object(tree, "o"));
    assert_null(json_object(tree, "a"));
    assert_null(json_object(tree, "O"));
    assert_null(json_object(NULL, "o"));
    assert_non_null(json_array(tree, "a"));
    assert_null(json_array(tree, "t"));
    assert_true(slice_equals_text(json_text(tree, "t"), "abc"));
    assert_null(json_text(tree, "n").at);
    assert_true(json_bool(tree, "b"));
    assert_false(json_bool(tree, "f"));
    assert_false(json_bool(tree, "n"));
    assert_true(json_copy_text(tree, "t", text, sizeof text));
    assert_string_equal(text, "abc");
    assert_false(json_copy_text(tree, "t", text, 3));
    assert_false(json_copy_text(tree, "n", text, sizeof text));
    cJSON_Delete(tree);
}

static void any_text_comes_back_through_a_parser(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, test_seed());
    for (int round = 0; round < 5000; round++) {
        char text[64];
        size_t length = (size_t)random_below(&random, sizeof text);
        for (size_t i = 0; i < length; i++) {
            text[i] = (char)(1 + random_below(&random, 127)); /* cJSON's texts end at a NUL */
        }
        struct bytes written;
        cJSON *tree = NULL;
        bytes_init(&written, 1000);
        assert_int_equal(json_append_string(&written, slice_of(text, length)).code, STATUS_OK);
        assert_int_equal(json_parse(bytes_slice(&written), &tree).code, STATUS_OK);
        assert_true(slice_equals(slice_of_text(cJSON_GetStringValue(tree)), slice_of(text, length)));
        cJSON_Delete(tree);
        bytes_free(&written);
    }
}

static void a_text_over_the_ceiling_is_said_so(void **state)
{
    (void)state;
    struct bytes small;
    bytes_init(&small, 3);
    assert_int_equal(json_append_string(&small, slice_of_text("ab")).code, STATUS_TOO_LARGE);
    bytes_free(&small);
}

static void foreign_bytes_parse_or_are_refused(void **state)
{
    (void)state;
    static const char sample[] = "{\"a\":[1,-2.5e3,true,null,{\"b\":\"\\u20ac\\\"\"}],\"c\":\"\"}";
    struct random random;
    char *target = malloc(sizeof sample);
    assert_non_null(target);
    random_init(&random, test_seed());
    for (int i = 0; i < 50000; i++) {
        cJSON *tree = NULL;
        struct status status = json_parse(mutate(&random, sample, target, sizeof sample), &tree);
        assert_true((status.code == STATUS_OK) == (tree != NULL));
        cJSON_Delete(tree);
    }
    free(target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_text_is_parsed_or_refused),
        cmocka_unit_test(deep_nesting_is_refused_and_brackets_in_strings_do_not_count),
        cmocka_unit_test(members_come_with_their_type_or_not_at_all),
        cmocka_unit_test(any_text_comes_back_through_a_parser),
        cmocka_unit_test(a_text_over_the_ceiling_is_said_so),
        cmocka_unit_test(foreign_bytes_parse_or_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
