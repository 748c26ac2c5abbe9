/* A list of rows gives back what was put in, whatever it is, and takes little memory for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lease/lease_rows.h"
#include "tests/unit/seed.h"

enum { ROWS = 400, USUAL_BYTES_MOST = 400 };

/* Bytes here and there, from none to all. */
static void fill(struct random *random, struct lease *row)
{
    unsigned char *bytes = (unsigned char *)row;
    uint64_t one_in = (uint64_t)1 << random_below(random, 12);
    memset(row, 0, sizeof *row);
    for (size_t i = 0; i < sizeof *row; i++) {
        if (random_below(random, one_in) == 0) {
            bytes[i] = (unsigned char)random_below(random, 256);
        }
    }
    if (random_below(random, 4) == 0) {
        memset(bytes + random_below(random, sizeof *row), 0, 1);
        memset(bytes, 0, (size_t)random_below(random, sizeof *row + 1));
    }
}

static void rows_come_back_byte_for_byte(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, test_seed());
    struct lease *rows = calloc(ROWS, sizeof *rows);
    assert_non_null(rows);
    for (int round = 0; round < 20; round++) {
        struct lease_rows list = {.count = 0};
        size_t count = (size_t)random_below(&random, ROWS + 1);
        for (size_t i = 0; i < count; i++) {
            fill(&random, &rows[i]);
            assert_true(lease_rows_add(&list, &rows[i]));
        }
        assert_int_equal(list.count, count);
        struct lease row;
        size_t at = 0;
        for (size_t i = 0; i < count; i++) {
            memset(&row, 0x55, sizeof row);
            char key[LEASE_KEY_BYTES + 1] = "";
            memcpy(key, rows[i].key, sizeof rows[i].key);
            size_t key_length = strnlen(key, sizeof rows[i].key);
            if (key_length < sizeof rows[i].key) {
                assert_true(slice_equals_text(lease_rows_key(&list, at), key));
            }
            assert_true(lease_rows_next(&list, &at, &row));
            assert_memory_equal(&row, &rows[i], sizeof row);
        }
        assert_false(lease_rows_next(&list, &at, &row));
        struct lease *all = lease_rows_unpack(&list);
        assert_non_null(all);
        assert_memory_equal(all, rows, count * sizeof *rows);
        free(all);
        lease_rows_free(&list);
        assert_int_equal(list.count, 0);
    }
    free(rows);
}

static void a_usual_row_takes_little(void **state)
{
    (void)state;
    struct lease_rows list = {.count = 0};
    struct lease row = {.counter = 123456, .epoch = 3, .parent_count = 1, .child_count = 2};
    snprintf(row.key, sizeof row.key, "shardId-00000001763900000000-1c9756ce");
    snprintf(row.owner, sizeof row.owner, "ip-10-0-0-1.compute.internal-9aa9f24a");
    snprintf(row.marker, sizeof row.marker, "ip-10-0-0-1.compute.internal-9aa9f24a");
    snprintf(row.writer, sizeof row.writer, "ip-10-0-0-1.compute.internal-9aa9f24a#123456");
    snprintf(row.checkpoint, sizeof row.checkpoint, "300000000000000000499");
    snprintf(row.parents[0], sizeof row.parents[0], "shardId-00000001763900000000-0bfc1e42");
    snprintf(row.children[0], sizeof row.children[0], "shardId-00000001763900000001-dd7e532f");
    snprintf(row.children[1], sizeof row.children[1], "shardId-00000001763900000001-ffe7f664");
    assert_true(lease_rows_add(&list, &row));
    assert_true(list.packed.length < USUAL_BYTES_MOST);
    lease_rows_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_back_byte_for_byte),
        cmocka_unit_test(a_usual_row_takes_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
