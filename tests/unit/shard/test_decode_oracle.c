/* Random pages, then the same pages damaged at random, before the decoder and cJSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/seed.h"
#include "tests/unit/shard/oracle.h"

enum { PAGES = 1500, MUTANTS = 12, PAGE_CEILING = 1 << 20 };

/* ---- a page out of a generator ---- */

static void add(struct bytes *page, const char *text)
{
    struct status status = bytes_append_text(page, text);
    assert_true(status_is_ok(&status));
}

static const char *pick(struct random *random, const char *const *texts, size_t count)
{
    return texts[random_below(random, count)];
}

#define PICK(random, ...)                                                                                    \
    pick((random), (const char *const[]){__VA_ARGS__},                                                       \
         sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void add_space(struct bytes *page, struct random *random)
{
    if (random_below(random, 12) == 0) {
        add(page, PICK(random, " ", "\n", "\t", "\r\n", "  "));
    }
}

/* The inside of a string. */
static void add_text(struct bytes *page, struct random *random)
{
    size_t pieces = (size_t)random_below(random, 12);
    for (size_t i = 0; i < pieces; i++) {
        add(page, PICK(random, "a", "some words", "\\n", "\\\"", "\\\\", "\\/", "\\u00e9", "\\ud83d\\uDE00",
                       "\xC3\xA9", "\xE6\x97\xA5", "\xF0\x9F\x98\x80", "\xE2\x80\xA8", "0123456789abcdef",
                       "{", "}", "[", ",", ":", "Records", "\\b\\f\\r\\t"));
    }
}

static void add_string(struct bytes *page, struct random *random)
{
    add(page, "\"");
    add_text(page, random);
    add(page, "\"");
}

static void add_attribute(struct bytes *page, struct random *random, int depth);

static void add_map(struct bytes *page, struct random *random, int depth)
{
    size_t count = (size_t)random_below(random, 4);
    add(page, "{");
    for (size_t i = 0; i < count; i++) {
        char name[24];
        snprintf(name, sizeof name, "%s\"n%zu", i > 0 ? "," : "", i);
        add(page, name);
        add_text(page, random);
        add(page, "\"");
        add_space(page, random);
        add(page, ":");
        add_space(page, random);
        add_attribute(page, random, depth + 1);
    }
    add(page, "}");
}

static void add_list(struct bytes *page, struct random *random, int depth)
{
    size_t count = (size_t)random_below(random, 4);
    add(page, "[");
    for (size_t i = 0; i < count; i++) {
        add(page, i > 0 ? "," : "");
        add_space(page, random);
        add_attribute(page, random, depth + 1);
    }
    add(page, "]");
}

static void add_set(struct bytes *page, struct random *random)
{
    add(page, "[");
    add_string(page, random);
    add(page, ",");
    add_string(page, random);
    add(page, "]");
}

/* A value of DynamoDB's typed JSON. */
static void add_attribute(struct bytes *page, struct random *random, int depth)
{
    uint64_t kind = random_below(random, depth > 6 ? 6 : 8);
    static const char *const tags[] = {"S", "N", "B", "BOOL", "NULL", "SS", "M", "L"};
    add(page, "{\"");
    add(page, tags[kind]);
    add(page, "\":");
    add_space(page, random);
    switch (kind) {
    case 1:
        add(page, PICK(random, "\"0\"", "\"-1E-130\"", "\"99999999999999999999999999999999999999\""));
        break;
    case 2:
        add(page, "\"AAEC/w==\"");
        break;
    case 3:
    case 4:
        add(page, PICK(random, "true", "false"));
        break;
    case 5:
        add_set(page, random);
        break;
    case 6:
        add_map(page, random, depth);
        break;
    case 7:
        add_list(page, random, depth);
        break;
    default:
        add_string(page, random);
    }
    add(page, "}");
}

static void add_member(struct bytes *page, struct random *random, const char *name)
{
    if (page->at[page->length - 1] != '{') {
        add(page, ",");
    }
    add_space(page, random);
    add(page, name);
    add(page, ":");
    add_space(page, random);
}

static void add_change(struct bytes *page, struct random *random)
{
    char number[32];
    add(page, "{");
    if (random_below(random, 30) > 0) {
        add_member(page, random, PICK(random, "\"Keys\"", "\"Ke\\u0079s\"", "\"Keys\""));
        add_map(page, random, 0);
    }
    if (random_below(random, 4) > 0) {
        add_member(page, random, "\"NewImage\"");
        add_map(page, random, 0);
    }
    if (random_below(random, 3) == 0) {
        add_member(page, random, "\"OldImage\"");
        add(page, random_below(random, 5) == 0 ? "null" : "{\"o\":{\"S\":\"x\"}}");
    }
    add_member(page, random, "\"ApproximateCreationDateTime\"");
    add(page, PICK(random, "1763900000", "1.7639E9", "1763900000.125", "17639e5", "0", "\"x\"", "-1"));
    snprintf(number, sizeof number, "\"%llu\"", (unsigned long long)random_next(random));
    add_member(page, random, "\"SequenceNumber\"");
    add(page, random_below(random, 20) == 0 ? "\"12a\"" : number);
    if (random_below(random, 2) == 0) {
        add_member(page, random, "\"SizeBytes\"");
        add(page, "123");
    }
    add(page, "}");
}

static void add_record(struct bytes *page, struct random *random)
{
    add(page, "{");
    bool change_first = random_below(random, 2) == 0;
    if (change_first) {
        add_member(page, random, "\"dynamodb\"");
        add_change(page, random);
    }
    add_member(page, random, "\"eventID\"");
    add_string(page, random);
    add_member(page, random, PICK(random, "\"eventName\"", "\"event\\u004eame\""));
    add(page, PICK(random, "\"INSERT\"", "\"MODIFY\"", "\"REMOVE\"", "\"REM\\u004FVE\"", "\"OTHER\"", "1"));
    add_member(page, random, "\"awsRegion\"");
    add(page, "\"eu-west-1\"");
    if (random_below(random, 3) == 0) {
        add_member(page, random, "\"userIdentity\"");
        add(page, PICK(random, "null", "{\"PrincipalId\":\"dynamodb.amazonaws.com\",\"Type\":\"Service\"}",
                       "{\"type\":\"Service\",\"principalId\":\"dynamodb.amazonaws.com\"}",
                       "{\"principalId\":\"me\"}"));
    }
    if (!change_first) {
        add_member(page, random, "\"dynamodb\"");
        add_change(page, random);
    }
    add(page, "}");
}

static void add_page(struct bytes *page, struct random *random)
{
    bool iterator_first = random_below(random, 2) == 0;
    const char *iterator = PICK(random, "\"arn:aws|1|AAAA\"", "\"a\\/b\"", "null");
    add(page, "{");
    if (iterator_first) {
        add_member(page, random, "\"NextShardIterator\"");
        add(page, iterator);
    }
    add_member(page, random, "\"Records\"");
    add(page, "[");
    size_t count = (size_t)random_below(random, 5);
    for (size_t i = 0; i < count; i++) {
        add(page, i > 0 ? "," : "");
        add_space(page, random);
        add_record(page, random);
    }
    add(page, "]");
    if (!iterator_first) {
        add_member(page, random, "\"NextShardIterator\"");
        add(page, iterator);
    }
    add(page, "}");
    add_space(page, random);
}

/* ---- damage ---- */

static size_t mutate(char *text, size_t length, struct random *random)
{
    static const char bytes[] = "{}[]\",:\\0129.-+eEtfnu \n\r\t\x01\x7f\x80\xc3\xff";
    size_t at = (size_t)random_below(random, length);
    size_t more = (size_t)random_below(random, 8);
    switch (random_below(random, 5)) {
    case 0:
        text[at] = bytes[random_below(random, sizeof bytes)];
        return length;
    case 1:
        text[at] = (char)(text[at] ^ (1 << random_below(random, 8)));
        return length;
    case 2: /* a byte too few */
        memmove(text + at, text + at + 1, length - at - 1);
        return length - 1;
    case 3: /* a piece twice */
        more = more > length - at ? length - at : more;
        memmove(text + at + more, text + at, length - at);
        return length + more;
    default:
        return random_below(random, 6) == 0 ? at : length; /* cut off, sometimes */
    }
}

static void check(const char *text, size_t length, size_t *taken_count)
{
    char *exact = malloc(length == 0 ? 1 : length);
    assert_non_null(exact);
    memcpy(exact, text, length);
    bool taken;
    const char *difference = oracle_check(slice_of(exact, length), &taken);
    if (difference != NULL) {
        print_error("%s in:\n%.*s\n", difference, (int)length, exact);
        fail();
    }
    *taken_count += taken;
    free(exact);
}

static void test_random_pages(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, test_seed());
    size_t taken = 0;
    size_t mutants_taken = 0;
    for (int i = 0; i < PAGES; i++) {
        struct bytes page;
        bytes_init(&page, PAGE_CEILING);
        add_page(&page, &random);
        size_t before = taken;
        check(page.at, page.length, &taken);
        assert_int_equal(taken, before + 1); /* a page that the generator makes is sound */
        char *text = malloc(page.length * 2 + 64 * (MUTANTS + 1));
        assert_non_null(text);
        memcpy(text, page.at, page.length);
        size_t length = page.length;
        for (int mutant = 0; mutant < MUTANTS && length > 0; mutant++) {
            if (mutant % 3 == 0) { /* damage adds up to three, then begins anew */
                memcpy(text, page.at, page.length);
                length = page.length;
            }
            length = mutate(text, length, &random);
            check(text, length, &mutants_taken);
        }
        free(text);
        bytes_free(&page);
    }
    print_message("%zu of %d damaged pages still taken\n", mutants_taken, PAGES * MUTANTS);
    assert_true(mutants_taken > PAGES && mutants_taken < (size_t)PAGES * MUTANTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_pages)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
