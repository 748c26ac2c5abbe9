/* The pages that fuzzing has found (tests/fuzz/corpus), before the decoder and cJSON, and both ways of the decoder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <zlib.h>

#include "aws/base64.h"
#include "tests/unit/shard/oracle.h"
#include "tests/unit/shard/usual_twin.h"

enum { LINE_BYTES = 128 * 1024, LEAST_PAGES = 100 };

/* In memory of its own and of its length, so that a look behind it is seen by the sanitizers. */
static void check(struct slice found, size_t *taken_count)
{
    char *exact = malloc(found.length);
    assert_non_null(exact);
    memcpy(exact, found.at, found.length);
    struct slice page = slice_of(exact, found.length);
    bool taken;
    const char *difference = oracle_check(page, &taken);
    if (difference == NULL) {
        difference = usual_twin_check_page(page);
    }
    if (difference != NULL) {
        print_error("%s in:\n%.*s\n", difference, (int)page.length, page.at);
        fail();
    }
    *taken_count += taken;
    free(exact);
}

static void test_pages_found(void **state)
{
    (void)state;
    static char line[LINE_BYTES];
    gzFile file = gzopen("tests/fuzz/corpora/decode.gz", "rb");
    assert_non_null(file);
    struct bytes page;
    bytes_init(&page, LINE_BYTES);
    size_t count = 0;
    size_t taken_count = 0;
    while (gzgets(file, line, sizeof line) != NULL) {
        size_t length = strcspn(line, "\n");
        assert_true(line[length] == '\n');
        bytes_clear(&page);
        struct status status = base64_decode(slice_of(line, length), &page);
        assert_int_equal(status.code, STATUS_OK);
        check(bytes_slice(&page), &taken_count);
        count++;
    }
    print_message("%zu pages, %zu of them sound\n", count, taken_count);
    assert_true(gzeof(file) && count >= LEAST_PAGES && taken_count > 0 && taken_count < count);
    bytes_free(&page);
    gzclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pages_found)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
