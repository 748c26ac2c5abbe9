/* Requests are counted by operation and outcome, and a flood of different codes loses none of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "aws/call_counts.h"

static uint64_t count_of(const struct call_counts *counts, const char *operation, const char *code)
{
    for (size_t i = 0; i < CALL_COUNTS && counts->at[i].operation != NULL; i++) {
        if (strcmp(counts->at[i].operation, operation) == 0 && strcmp(counts->at[i].code, code) == 0) {
            return counts->at[i].count;
        }
    }
    return 0;
}

static void test_pairs(void **state)
{
    (void)state;
    struct call_counts counts = {0};
    call_counts_add(&counts, "Scan", "OK");
    call_counts_add(&counts, "Scan", "OK");
    call_counts_add(&counts, "Scan", "ThrottlingException");
    call_counts_add(&counts, "GetItem", "OK");
    assert_int_equal(count_of(&counts, "Scan", "OK"), 2);
    assert_int_equal(count_of(&counts, "Scan", "ThrottlingException"), 1);
    assert_int_equal(count_of(&counts, "GetItem", "OK"), 1);
}

static void test_a_full_table(void **state)
{
    (void)state;
    struct call_counts counts = {0};
    char code[2 * CALL_CODE_BYTES];
    for (int i = 0; i < 200; i++) {
        snprintf(code, sizeof code, "Code%d", i);
        call_counts_add(&counts, i % 2 == 0 ? "Scan" : "GetItem", code);
    }
    uint64_t sum = 0;
    for (size_t i = 0; i < CALL_COUNTS; i++) {
        sum += counts.at[i].count;
    }
    assert_int_equal(sum, 200);
    assert_true(count_of(&counts, "Scan", "other") > 0 && count_of(&counts, "GetItem", "other") > 0);
    memset(code, 'x', sizeof code);
    code[sizeof code - 1] = '\0';
    struct call_counts fresh = {0};
    call_counts_add(&fresh, "Scan", code); /* cut, and found again */
    call_counts_add(&fresh, "Scan", code);
    assert_int_equal(fresh.at[0].count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_a_full_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
