/* The conditions as DynamoDB gets them, tried on every row that tells them apart: each accepts and refuses what
 * lease_write_apply does. One that is too weak lets a worker that was thought dead move a position. (What the
 * updates do is tried on a server that parses them: tests/integration/test_lease_writes.py.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lease/lease_expression.h"
#include "lease/lease_item.h"

static bool pass(const char **at, const char *word)
{
    size_t length = strlen(word);
    bool found = strncmp(*at, word, length) == 0;
    *at += found ? length : 0;
    return found;
}

/* "attribute_not_exists(name)" or "name = :value". */
static bool holds_one(const char **at, const cJSON *item, const cJSON *values)
{
    char name[64];
    char value[64];
    int length = 0;
    if (sscanf(*at, "attribute_not_exists(%63[A-Za-z])%n", name, &length) == 1 && length > 0) {
        *at += length;
        return cJSON_GetObjectItemCaseSensitive(item, name) == NULL;
    }
    if (sscanf(*at, "%63[A-Za-z] = %63[:a-z]%n", name, value, &length) != 2) {
        fail_msg("not understood: %s", *at);
    }
    *at += length;
    const cJSON *wanted = cJSON_GetObjectItemCaseSensitive(values, value);
    assert_non_null(wanted);
    return cJSON_Compare(cJSON_GetObjectItemCaseSensitive(item, name), wanted, true);
}

static bool holds_any(const char **at, const cJSON *item, const cJSON *values);

/* Parts joined by AND, in parentheses or alone. */
static bool holds_all(const char **at, const cJSON *item, const cJSON *values)
{
    bool all = true;
    do {
        if (pass(at, "(")) {
            all = holds_any(at, item, values) && all;
            assert_true(pass(at, ")"));
        } else {
            all = holds_one(at, item, values) && all;
        }
    } while (pass(at, " AND "));
    return all;
}

static bool holds_any(const char **at, const cJSON *item, const cJSON *values)
{
    bool any = false;
    do {
        any = holds_all(at, item, values) || any;
    } while (pass(at, " OR "));
    return any;
}

static bool holds(const char *condition, const cJSON *item, const cJSON *values)
{
    bool result = holds_any(&condition, item, values);
    assert_string_equal(condition, "");
    return result;
}

static const char *const who[] = {"", "me", "other"};

/* The row of a number: every mix of owner, checkpointOwner, marker, counter and checkpoint. */
enum { ROWS = 3 * 3 * 3 * 2 * 2 };

static struct lease row_of(size_t number)
{
    struct lease row = {.counter = 5 + (int64_t)(number / 27 % 2)};
    snprintf(row.key, sizeof row.key, "s");
    snprintf(row.owner, sizeof row.owner, "%s", who[number % 3]);
    snprintf(row.checkpoint_owner, sizeof row.checkpoint_owner, "%s", who[number / 3 % 3]);
    snprintf(row.marker, sizeof row.marker, "%s", who[number / 9 % 3]);
    snprintf(row.checkpoint, sizeof row.checkpoint, "%s", number / 54 == 0 ? "100" : lease_shard_end);
    return row;
}

/* The rules never ask for a lease that is free or ours, nor give back what they did not ask for. */
static bool is_sent(const struct lease_write *write)
{
    switch (write->kind) {
    case LEASE_WRITE_ASK:
        return strcmp(write->row.owner, "other") == 0;
    case LEASE_WRITE_UNASK:
        return strcmp(write->row.owner, "me") == 0 && strcmp(write->row.checkpoint_owner, "other") == 0;
    default:
        return true;
    }
}

static void compare(const struct lease_write *write, const struct lease_expression *made, size_t number)
{
    struct lease row = row_of(number);
    struct lease after = {0};
    bool exists = number < ROWS;
    cJSON *item = exists ? lease_item_make(&row, "arn") : cJSON_CreateObject();
    assert_non_null(item);
    bool model = lease_write_apply(write, "me", exists ? &row : NULL, &after) == LEASE_DONE;
    if (holds(made->condition, item, made->values) != model) {
        char *text = cJSON_PrintUnformatted(item);
        print_error("%s if %s: the row %s should be %s\n", lease_write_name(write->kind), made->condition,
                    text, model ? "written" : "left alone");
        free(text);
        fail();
    }
    cJSON_Delete(item);
}

static void conditions_say_what_the_model_does(void **state)
{
    (void)state;
    size_t written = 0;
    for (int kind = LEASE_WRITE_CREATE; kind <= LEASE_WRITE_DELETE; kind++) {
        for (size_t seen = 0; seen < 9; seen++) {
            struct lease_write write = {.kind = (enum lease_write_kind)kind, .row = row_of(seen)};
            if (!is_sent(&write)) {
                continue;
            }
            struct lease_expression made = {0};
            struct status status = lease_expression_make(&write, "me", "arn", &made);
            assert_true(status_is_ok(&status));
            for (size_t number = 0; number <= ROWS; number++) { /* the last: no row */
                compare(&write, &made, number);
            }
            written++;
            lease_expression_free(&made);
        }
    }
    assert_int_equal(written, 7 * 9 + 3 + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(conditions_say_what_the_model_does)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
