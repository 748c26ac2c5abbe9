/* s3:// places: what is refused says where it is wrong; what is taken comes back as its parts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "aws/s3_url.h"
#include "tests/unit/aws/mutate.h"
#include "tests/unit/seed.h"

static void places_have_a_bucket_and_perhaps_a_prefix(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *bucket;
        const char *prefix;
    } cases[] = {
        {"s3://abc", "abc", ""},
        {"s3://abc/", "abc", ""},
        {"s3://my-lake/ddb/orders", "my-lake", "ddb/orders"},
        {"s3://my-lake/ddb/orders/", "my-lake", "ddb/orders"},
        {"s3://my.lake.1/a=b/!-_.*'()", "my.lake.1", "a=b/!-_.*'()"},
        {"s3://123456789012345678901234567890123456789012345678901234567890123/x",
         "123456789012345678901234567890123456789012345678901234567890123", "x"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct s3_url url;
        struct status status = s3_url_parse(cases[i].text, &url);
        assert_string_equal(status.reason, "");
        assert_string_equal(url.bucket, cases[i].bucket);
        assert_string_equal(url.prefix, cases[i].prefix);
    }
}

static void the_place_of_the_error_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *words;
    } cases[] = {
        {"", "begins with s3:// (character 1)"},
        {"S3://abc/x", "begins with s3:// (character 1)"},
        {"s3:/abc", "begins with s3:// (character 5)"},
        {"s3://", "3 to 63 characters (character 6)"},
        {"s3:///x", "3 to 63 characters (character 6)"},
        {"s3://ab/x", "3 to 63 characters (character 6)"},
        {"s3://1234567890123456789012345678901234567890123456789012345678901234", "3 to 63"},
        {"s3://My-lake/x", "small letters, digits, '-' and '.' only (character 6)"},
        {"s3://my_lake/x", "small letters, digits, '-' and '.' only (character 8)"},
        {"s3://my lake/x", "(character 8)"},
        {"s3://-lake/x", "begins and ends with a small letter or a digit (character 6)"},
        {"s3://lake-/x", "begins and ends with a small letter or a digit (character 10)"},
        {"s3://la..ke", "(character 9)"},
        {"s3://la.-ke", "(character 9)"},
        {"s3://192.168.5.4", "no IP address (character 6)"},
        {"s3://abc//x", "empty, '.' or '..' (character 10)"},
        {"s3://abc//", "empty, '.' or '..' (character 10)"},
        {"s3://abc/x//y", "empty, '.' or '..' (character 12)"},
        {"s3://abc/../x", "empty, '.' or '..' (character 10)"},
        {"s3://abc/x/.", "empty, '.' or '..' (character 12)"},
        {"s3://abc/x y", "letters, digits and !-_.*'()= in segments parted by '/' (character 11)"},
        {"s3://abc/x?y", "(character 11)"},
        {"s3://abc/\xc3\xbc", "(character 10)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct s3_url url = {.bucket = "before"};
        struct status status = s3_url_parse(cases[i].text, &url);
        assert_int_equal(status.code, STATUS_INVALID);
        if (strstr(status.reason, cases[i].words) == NULL) {
            fail_msg("'%s': %s", cases[i].text, status.reason);
        }
        assert_string_equal(url.bucket, "before");
    }
}

static void a_prefix_leaves_room_for_keys(void **state)
{
    (void)state;
    char text[700] = "s3://abc/";
    size_t start = strlen(text);
    struct s3_url url;
    memset(text + start, 'x', 512);
    assert_int_equal(s3_url_parse(text, &url).code, STATUS_OK);
    text[start + 512] = 'x';
    struct status status = s3_url_parse(text, &url);
    assert_non_null(strstr(status.reason, "512 characters at most (character 522)"));
}

static void what_is_taken_is_written_again_the_same(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, test_seed());
    for (int i = 0; i < 20000; i++) {
        char *memory = malloc(64);
        assert_non_null(memory);
        struct slice text = mutate(&random, "s3://my-lake.eu/ddb/or=ders/a.b", memory, 64);
        char copy[80];
        char again[700];
        struct s3_url url;
        if (slice_copy_text(text, copy, sizeof copy) && strlen(copy) == text.length &&
            s3_url_parse(copy, &url).code == STATUS_OK) {
            s3_url_format(&url, again, sizeof again);
            if (copy[text.length - 1] == '/') {
                copy[text.length - 1] = '\0';
            }
            assert_string_equal(again, copy);
        }
        free(memory);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_have_a_bucket_and_perhaps_a_prefix),
        cmocka_unit_test(the_place_of_the_error_is_said),
        cmocka_unit_test(a_prefix_leaves_room_for_keys),
        cmocka_unit_test(what_is_taken_is_written_again_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
