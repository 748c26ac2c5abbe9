/* Which attributes land: what each list of paths leaves of an item, and how a bad list is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "shard/projection.h"

#define ITEM                                                                                                 \
    "{\"pk\":{\"S\":\"o1\"},\"a\":{\"M\":{\"b\":{\"M\":{\"c\":{\"N\":\"1\"},\"d\":{\"N\":\"2\"}}},"          \
    "\"e\":{\"S\":\"x\"}}},\"l\":{\"L\":[{\"S\":\"0\"},{\"M\":{\"m\":{\"S\":\"1\"},\"n\":{\"S\":\"2\"}}},"   \
    "{\"S\":\"2\"}]},\"s\":{\"SS\":[\"p\",\"q\"]},\"x.y\":{\"BOOL\":true}}"

struct projection_case {
    const char *include;
    const char *exclude;
    const char *left; /* of ITEM */
};

static const struct projection_case cases[] = {
    {"s", NULL, "{\"pk\":{\"S\":\"o1\"},\"s\":{\"SS\":[\"p\",\"q\"]}}"},
    {"nothing", NULL, "{\"pk\":{\"S\":\"o1\"}}"},
    {"pk", NULL, "{\"pk\":{\"S\":\"o1\"}}"},
    {"pk.inside,sk[0]", NULL, "{\"pk\":{\"S\":\"o1\"}}"},
    {" s , x\\.y ", NULL, "{\"pk\":{\"S\":\"o1\"},\"s\":{\"SS\":[\"p\",\"q\"]},\"x.y\":{\"BOOL\":true}}"},
    {"a.b.c", NULL, "{\"pk\":{\"S\":\"o1\"},\"a\":{\"M\":{\"b\":{\"M\":{\"c\":{\"N\":\"1\"}}}}}}"},
    {"a.b.c,a.e", NULL,
     "{\"pk\":{\"S\":\"o1\"},\"a\":{\"M\":{\"b\":{\"M\":{\"c\":{\"N\":\"1\"}}},\"e\":{\"S\":\"x\"}}}}"},
    {"a.b.z", NULL, "{\"pk\":{\"S\":\"o1\"}}"},
    {"a.e.z,a[0],s[0],s.t,l.m", NULL, "{\"pk\":{\"S\":\"o1\"}}"},
    {"l[2],l[0]", NULL, "{\"pk\":{\"S\":\"o1\"},\"l\":{\"L\":[{\"S\":\"0\"},{\"S\":\"2\"}]}}"},
    {"l[1].n", NULL, "{\"pk\":{\"S\":\"o1\"},\"l\":{\"L\":[{\"M\":{\"n\":{\"S\":\"2\"}}}]}}"},
    {"l[3]", NULL, "{\"pk\":{\"S\":\"o1\"}}"},
    {"x.y", NULL, "{\"pk\":{\"S\":\"o1\"}}"},
    {NULL, "a,l,x\\.y", "{\"pk\":{\"S\":\"o1\"},\"s\":{\"SS\":[\"p\",\"q\"]}}"},
    {NULL, "pk", ITEM},
    {NULL, "pk.inside,nothing,a.b.c.deep,s[0],x.y,l.m,a[0],l[9]", ITEM},
    {NULL, "a.b,l,s,x\\.y", "{\"pk\":{\"S\":\"o1\"},\"a\":{\"M\":{\"e\":{\"S\":\"x\"}}}}"},
    {NULL, "a.b.c,a.b.d,a.e,l,s,x\\.y", "{\"pk\":{\"S\":\"o1\"},\"a\":{\"M\":{\"b\":{\"M\":{}}}}}"},
    {NULL, "a,s,x\\.y,l[0],l[1].m",
     "{\"pk\":{\"S\":\"o1\"},\"l\":{\"L\":[{\"M\":{\"n\":{\"S\":\"2\"}}},{\"S\":\"2\"}]}}"},
    {NULL, "a,s,x\\.y,l[0],l[1],l[2]", "{\"pk\":{\"S\":\"o1\"},\"l\":{\"L\":[]}}"},
    {"a", "a.b.c",
     "{\"pk\":{\"S\":\"o1\"},\"a\":{\"M\":{\"b\":{\"M\":{\"d\":{\"N\":\"2\"}}},\"e\":{\"S\":\"x\"}}}}"},
    {"a.b", "a.b.c,a.b.d", "{\"pk\":{\"S\":\"o1\"},\"a\":{\"M\":{\"b\":{\"M\":{}}}}}"},
    {"l[1]", "l[1].m,s", "{\"pk\":{\"S\":\"o1\"},\"l\":{\"L\":[{\"M\":{\"n\":{\"S\":\"2\"}}}]}}"},
};

static void expect_ok(struct status status)
{
    if (!status_is_ok(&status)) {
        fail_msg("%s", status.reason);
    }
}

/* The result, in memory of exactly the promised size. */
static char *project(const char *include, const char *exclude, const char *keys, const char *image)
{
    struct projection *projection = NULL;
    expect_ok(projection_create(include, exclude, &projection));
    assert_non_null(projection);
    size_t length = strlen(image);
    char *room = malloc(length);
    assert_non_null(room);
    char *end = projection_put(room, projection, slice_of_text(keys), slice_of_text(image));
    assert_true(end >= room && (size_t)(end - room) <= length);
    char *text = slice_duplicate(slice_of(room, (size_t)(end - room)));
    assert_non_null(text);
    free(room);
    projection_destroy(projection);
    return text;
}

static void test_what_is_left(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = project(cases[i].include, cases[i].exclude, "{\"pk\":{\"S\":\"o1\"}}", ITEM);
        if (strcmp(text, cases[i].left) != 0) {
            fail_msg("case %zu: %s\nnot %s", i, text, cases[i].left);
        }
        free(text);
    }
}

struct odd_case {
    const char *include;
    const char *exclude;
    const char *keys;
    const char *image;
    const char *left;
};

/* Spaces, escapes in names, values that are none of DynamoDB's. */
static const struct odd_case odd_cases[] = {
    {"a.b", NULL, "{}",
     "{ \"a\" : { \"M\" : { \"z\":{\"S\":\"1\"} , \"b\" : { \"S\" : \"2\" } } } , \"c\":{\"S\":\"\"} }",
     "{\"a\":{\"M\":{\"b\":{ \"S\" : \"2\" }}}}"},
    {"\xC3\xA9\"x", NULL, "{}", "{\"\\u00e9\\\"x\":{\"S\":\"1\"},\"e\":{\"S\":\"2\"}}",
     "{\"\\u00e9\\\"x\":{\"S\":\"1\"}}"},
    {"\\\\", NULL, "{}", "{\"\\\\\":{\"S\":\"1\"},\"\\\\\\\\\":{\"S\":\"2\"}}", "{\"\\\\\":{\"S\":\"1\"}}"},
    {"x", NULL, "{\"p\\u006b\":{\"S\":\"1\"},\"s\":{\"N\":\"1\"}}",
     "{\"y\":{\"S\":\"1\"},\"pk\":{\"S\":\"1\"},\"s\":{\"N\":\"1\"}}",
     "{\"pk\":{\"S\":\"1\"},\"s\":{\"N\":\"1\"}}"},
    {NULL, "a.b", "{}", "{\"a\":{\"M\":{\"b\":{\"S\":\"1\"}},\"S\":\"two types\"}}",
     "{\"a\":{\"M\":{\"b\":{\"S\":\"1\"}},\"S\":\"two types\"}}"},
    {"a.b", NULL, "{}", "{\"a\":{\"M\":{\"b\":{\"S\":\"1\"}},\"S\":\"two types\"}}", "{}"},
    {"a.b", NULL, "{}", "{\"a\":{\"M\":5}}", "{}"},
    {NULL, "a.b,a[0]", "{}", "{\"a\":{\"Q\":{\"b\":1}}}", "{\"a\":{\"Q\":{\"b\":1}}}"},
    {NULL, "a.b,a[0]", "{}", "{\"a\":5}", "{\"a\":5}"},
    {NULL, "a.b,a[0]", "{}", "{\"a\":{\"L\":[{\"S\":\"1\"},{\"S\":\"2\"}]}}",
     "{\"a\":{\"L\":[{\"S\":\"2\"}]}}"},
    {NULL, "a", "{}", "{\"a\":{\"S\":\"1\"},\"b\":{\"S\":\"2\"},\"a\":{\"S\":\"3\"}}",
     "{\"b\":{\"S\":\"2\"}}"},
    {NULL, "a", "{}", "{}", "{}"},
    {NULL, "a", "{}", "{ }", "{}"},
    {"\\[0\\]\\.\\,\\ ", NULL, "{}", "{\"[0]., \":{\"S\":\"1\"},\"b\":{\"S\":\"2\"}}",
     "{\"[0]., \":{\"S\":\"1\"}}"},
    {"two words , b", NULL, "{}", "{\"two words\":{\"S\":\"1\"},\"b\":{\"S\":\"2\"},\"b \":{\"S\":\"3\"}}",
     "{\"two words\":{\"S\":\"1\"},\"b\":{\"S\":\"2\"}}"},
    {"a[0][1].b", NULL, "{}", "{\"a\":{\"L\":[{\"L\":[{\"S\":\"\"},{\"M\":{\"b\":{\"S\":\"1\"}}}]}]}}",
     "{\"a\":{\"L\":[{\"L\":[{\"M\":{\"b\":{\"S\":\"1\"}}}]}]}}"},
};

static void test_odd_items(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof odd_cases / sizeof odd_cases[0]; i++) {
        const struct odd_case *one = &odd_cases[i];
        char *text = project(one->include, one->exclude, one->keys, one->image);
        if (strcmp(text, one->left) != 0) {
            fail_msg("case %zu: %s\nnot %s", i, text, one->left);
        }
        free(text);
    }
}

struct refusal {
    const char *include;
    const char *exclude;
    const char *reason; /* whole */
};

#define INCLUDE "--include-attributes: "
#define EXCLUDE "--exclude-attributes: "
#define MISSING "a name is missing here"

static const struct refusal refusals[] = {
    {"", NULL, INCLUDE "column 1, at the end: " MISSING},
    {" ", NULL, INCLUDE "column 2, at the end: " MISSING},
    {"price..x", NULL, INCLUDE "column 7, at '.x': " MISSING},
    {".a", NULL, INCLUDE "column 1, at '.a': " MISSING},
    {"a,,b", NULL, INCLUDE "column 3, at ',b': " MISSING},
    {"a,", NULL, INCLUDE "column 3, at the end: " MISSING},
    {"a.b.", NULL, INCLUDE "column 5, at the end: " MISSING},
    {"a. b , c.", NULL, INCLUDE "column 10, at the end: " MISSING},
    {"[0]", NULL, INCLUDE "column 1, at '[0]': " MISSING},
    {"a.[0]", NULL, INCLUDE "column 3, at '[0]': " MISSING},
    {"a[", NULL, INCLUDE "column 3, at the end: an index, a whole number from 0 on, is missing here"},
    {"a[]", NULL, INCLUDE "column 3, at ']': an index, a whole number from 0 on, is missing here"},
    {"a[*]", NULL, INCLUDE "column 3, at '*]': an index, a whole number from 0 on, is missing here"},
    {"a[-1]", NULL, INCLUDE "column 3, at '-1]': an index, a whole number from 0 on, is missing here"},
    {"a[1", NULL, INCLUDE "column 4, at the end: ']' is missing here"},
    {"a[1.b", NULL, INCLUDE "column 4, at '.b': ']' is missing here"},
    {"a[99999999999999999999]", NULL,
     INCLUDE "column 3, at '99999999999999999999]': no list has so many elements"},
    {"a[0]b", NULL, INCLUDE "column 5, at 'b': '.', '[' or ',' is missing here"},
    {"a[0] .b", NULL, INCLUDE "column 5, at ' .b': '.', '[' or ',' is missing here"},
    {"a]", NULL,
     INCLUDE "column 2, at ']': ']' without '['; in a name it is written with a backslash before it"},
    {"a\\n", NULL,
     INCLUDE "column 2, at '\\n': a backslash stands only before '.', ',', '[', ']', '\\' or a space"},
    {"a\\", NULL,
     INCLUDE "column 2, at '\\': a backslash stands only before '.', ',', '[', ']', '\\' or a space"},
    {"a,b,a", NULL, INCLUDE "column 5, at 'a': an earlier path names this already"},
    {"a,b, a.c", NULL, INCLUDE "column 6, at 'a.c': an earlier path names this already"},
    {"a[1].b,c,a[1]", NULL, INCLUDE "column 10, at 'a[1]': an earlier path lies in this one"},
    {"\xC3\xA9\xC3\xA9.\xF0\x9F\x98\x80,.", NULL, INCLUDE "column 6, at '.': " MISSING},
    {"a,b\xFF", NULL, INCLUDE "column 4, at '\xFF': bytes that are not UTF-8"},
    {"a.very.long.path.that.goes.on..and.on.and.on.without.an.end", NULL,
     INCLUDE "column 31, at '.and.on.and.on.without.a...': " MISSING},
    {NULL, "a..b", EXCLUDE "column 3, at '.b': " MISSING},
    {"a", "b..c", EXCLUDE "column 3, at '.c': " MISSING},
    {"a.b,c", "d,a.b", EXCLUDE "column 3, at 'a.b': this leaves nothing of a path that is included"},
    {"a.b[0].c", "x,a.b", EXCLUDE "column 3, at 'a.b': this leaves nothing of a path that is included"},
    {"c", " c", EXCLUDE "column 2, at 'c': this leaves nothing of a path that is included"},
};

static void test_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct projection *projection = NULL;
        struct status status = projection_create(refusals[i].include, refusals[i].exclude, &projection);
        if (status.code != STATUS_INVALID || strcmp(status.reason, refusals[i].reason) != 0) {
            fail_msg("case %zu: %s\nnot %s", i, status.reason, refusals[i].reason);
        }
        assert_null(projection);
    }
}

static void test_depth(void **state)
{
    (void)state;
    char path[80] = "a";
    for (int level = 1; level < 32; level++) {
        memcpy(path + strlen(path), ".a", 3);
    }
    struct projection *projection = NULL;
    expect_ok(projection_create(path, NULL, &projection));
    projection_destroy(projection);
    memcpy(path + strlen(path), ".a", 3);
    struct status status = projection_create(path, NULL, &projection);
    assert_string_equal(status.reason, INCLUDE "column 64, at '.a': deeper than the 32 levels of an item");
}

static void test_nothing_asked_for(void **state)
{
    (void)state;
    struct projection *projection = NULL;
    expect_ok(projection_create(NULL, NULL, &projection));
    assert_null(projection);
    projection_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_left),      cmocka_unit_test(test_odd_items),
        cmocka_unit_test(test_refusals),          cmocka_unit_test(test_depth),
        cmocka_unit_test(test_nothing_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
