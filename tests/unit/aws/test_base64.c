/* Base64: what Firehose decodes must be the line, byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/base64.h"
#include "tests/unit/seed.h"

static void the_vectors_of_the_rfc_hold(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[16] = {0};
        size_t length = strlen(cases[i][0]);
        base64_encode((const unsigned char *)cases[i][0], length, text);
        assert_string_equal(text, cases[i][1]);
        assert_int_equal(base64_length(length), strlen(text));
    }
}

/* The plain definition, a character at a time. */
static char slow_character(const unsigned char *data, size_t length, size_t at)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t bit = at * 6;
    unsigned value = 0;
    if (bit >= length * 8) {
        return '=';
    }
    for (size_t i = bit; i < bit + 6; i++) {
        unsigned set = i < length * 8 ? ((unsigned)data[i / 8] >> (7 - i % 8)) & 1u : 0;
        value = value << 1 | set;
    }
    return alphabet[value];
}

static void every_length_and_byte_is_encoded_by_the_definition_and_decodes_back(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, test_seed());
    for (size_t round = 0; round < 2000; round++) {
        size_t length = round < 300 ? round : (size_t)random_below(&random, 3000);
        /* Exact sizes on the heap: the address sanitizer sees a byte too far. */
        unsigned char *data = malloc(length + 1);
        char *text = malloc(base64_length(length) + 1);
        assert_true(data != NULL && text != NULL);
        data = realloc(data, length > 0 ? length : 1);
        for (size_t i = 0; i < length; i++) {
            data[i] = (unsigned char)random_next(&random);
        }
        text[base64_length(length)] = '!';
        base64_encode(data, length, text);
        assert_int_equal(text[base64_length(length)], '!');
        for (size_t i = 0; i < base64_length(length); i++) {
            assert_int_equal(text[i], slow_character(data, length, i));
        }
        struct bytes back;
        bytes_init(&back, length);
        assert_int_equal(base64_decode(slice_of(text, base64_length(length)), &back).code, STATUS_OK);
        assert_true(slice_equals(bytes_slice(&back), slice_of((const char *)data, length)));
        bytes_free(&back);
        free(data);
        free(text);
    }
}

static void what_is_no_base64_is_corrupt(void **state)
{
    (void)state;
    static const char *const cases[] = {"A",        "AB",   "ABC",   "====", "A===", "AB=C",
                                        "AB==AAAA", "AB C", "AB\nC", "AB-_", "ABC=D"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes back;
        bytes_init(&back, 100);
        if (base64_decode(slice_of_text(cases[i]), &back).code != STATUS_CORRUPT) {
            fail_msg("'%s'", cases[i]);
        }
        bytes_free(&back);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_the_rfc_hold),
        cmocka_unit_test(every_length_and_byte_is_encoded_by_the_definition_and_decodes_back),
        cmocka_unit_test(what_is_no_base64_is_corrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
