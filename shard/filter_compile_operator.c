/* Operators: {"prefix": "a"}, {"anything-but": ["a", "b"]}, {"numeric": [">", 0, "<=", 5]}... */
#include "shard/filter_compile.h"
#include "shard/filter_text.h"
#include "shard/filter_walk.h"

/* An operator's value becomes the test of this index. */
struct operator
{
    const char *name;
    struct status (*compile)(struct filter_compiler *compiler, struct slice value, uint32_t index);
};

static const struct operator* find_operator(struct slice name);

/* The name and value of an object of one member. */
static struct status only_member(const struct filter_compiler *compiler, struct slice object,
                                 struct slice *ret_name, struct slice *ret_value)
{
    struct filter_walk walk;
    struct slice name;
    struct slice value;
    filter_walk_begin(&walk, object);
    if (!filter_walk_member(&walk, ret_name, ret_value)) {
        return filter_compile_fail(compiler, object.at, "the operator is missing, as in {\"prefix\": \"a\"}");
    }
    if (filter_walk_member(&walk, &name, &value)) {
        return filter_compile_fail(
            compiler, name.at - 1,
            "one operator an object; further ones are objects of their own in the list");
    }
    return status_ok();
}

static struct status require_text(const struct filter_compiler *compiler, struct slice value,
                                  const char *name)
{
    return filter_walk_kind(value) == '"' ? status_ok()
                                          : filter_compile_fail(compiler, value.at, "%s takes a text", name);
}

static struct status fold_text(struct filter_compiler *compiler, struct slice value, struct slice *ret_text)
{
    struct filter_pattern *pattern = compiler->pattern;
    struct slice plain = filter_compile_text(compiler, value);
    char *target = pattern->texts + pattern->texts_used;
    size_t length;
    if (!filter_text_fold(plain, target, pattern->texts_size - pattern->texts_used, &length)) {
        return status_make(STATUS_INTERNAL, "no room for a text in lower case");
    }
    pattern->texts_used += length;
    *ret_text = slice_of(target, length);
    return status_ok();
}

/* A text, or {"equals-ignore-case": text}. */
static struct status compile_end(struct filter_compiler *compiler, struct slice value, uint32_t index,
                                 const char *name, enum filter_test_kind plain, enum filter_test_kind folded)
{
    struct filter_test *test = &compiler->pattern->tests[index];
    if (filter_walk_kind(value) == '{') {
        struct slice inner_name;
        struct slice inner;
        TRY(only_member(compiler, value, &inner_name, &inner));
        if (!filter_text_equals(inner_name, slice_of_text("equals-ignore-case"))) {
            return filter_compile_fail(compiler, inner_name.at - 1, "%s takes a text or equals-ignore-case",
                                       name);
        }
        TRY(require_text(compiler, inner, "equals-ignore-case"));
        test->kind = folded;
        return fold_text(compiler, inner, &test->text);
    }
    TRY(require_text(compiler, value, name));
    *test = (struct filter_test){.kind = plain, .text = filter_compile_text(compiler, value)};
    return status_ok();
}

static struct status compile_prefix(struct filter_compiler *compiler, struct slice value, uint32_t index)
{
    return compile_end(compiler, value, index, "prefix", FILTER_PREFIX, FILTER_PREFIX_FOLDED);
}

static struct status compile_suffix(struct filter_compiler *compiler, struct slice value, uint32_t index)
{
    return compile_end(compiler, value, index, "suffix", FILTER_SUFFIX, FILTER_SUFFIX_FOLDED);
}

static struct status compile_ignore_case(struct filter_compiler *compiler, struct slice value, uint32_t index)
{
    TRY(require_text(compiler, value, "equals-ignore-case"));
    compiler->pattern->tests[index].kind = FILTER_TEXT_FOLDED;
    return fold_text(compiler, value, &compiler->pattern->tests[index].text);
}

/* "*" becomes FILTER_TEXT_ANY, "\*" a star, "\\" a backslash. */
static struct status compile_wildcard(struct filter_compiler *compiler, struct slice value, uint32_t index)
{
    TRY(require_text(compiler, value, "wildcard"));
    struct slice text = filter_compile_text(compiler, value);
    char *target = compiler->pattern->texts + (text.at - compiler->pattern->texts);
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.at[i];
        if (byte == '\\') {
            i++;
            if (i == text.length || (text.at[i] != '*' && text.at[i] != '\\')) {
                return filter_compile_fail(compiler, value.at,
                                           "in a wildcard a backslash stands before * or another one only");
            }
            byte = text.at[i];
        } else if (byte == '*') {
            byte = (char)FILTER_TEXT_ANY;
            if (length > 0 && target[length - 1] == byte) {
                return filter_compile_fail(compiler, value.at,
                                           "two * side by side in a wildcard; one does the same");
            }
        }
        target[length++] = byte;
    }
    compiler->pattern->tests[index] =
        (struct filter_test){.kind = FILTER_WILDCARD, .text = slice_of(target, length)};
    return status_ok();
}

static struct status compile_cidr(struct filter_compiler *compiler, struct slice value, uint32_t index)
{
    struct filter_test *test = &compiler->pattern->tests[index];
    TRY(require_text(compiler, value, "cidr"));
    test->kind = FILTER_BLOCK;
    return filter_block_parse(filter_compile_text(compiler, value), &test->block)
               ? status_ok()
               : filter_compile_fail(compiler, value.at,
                                     "not a block of addresses, such as 10.0.0.0/24 or 2001:db8::/32");
}

static struct status compile_exists(struct filter_compiler *compiler, struct slice value, uint32_t index)
{
    bool wanted = slice_equals_text(value, "true");
    compiler->pattern->tests[index].kind = wanted ? FILTER_EXISTS : FILTER_ABSENT;
    return wanted || slice_equals_text(value, "false")
               ? status_ok()
               : filter_compile_fail(compiler, value.at, "exists takes true or false");
}

/* One side of a range: an operator and a number behind it. */
static struct status take_bound(const struct filter_compiler *compiler, struct filter_walk *walk,
                                struct slice sign, struct filter_range *range)
{
    struct slice inside = filter_walk_inside(sign);
    bool equal = slice_equals_text(inside, "=");
    bool less = filter_walk_kind(inside) == '<';
    bool known = filter_walk_kind(sign) == '"' &&
                 (equal || slice_equals_text(inside, "<") || slice_equals_text(inside, "<=") ||
                  slice_equals_text(inside, ">") || slice_equals_text(inside, ">="));
    if (!known) {
        return filter_compile_fail(compiler, sign.at, "numeric takes =, <, <=, > or >= before each number");
    }
    struct filter_bound bound = {.given = true, .open = !equal && inside.length == 1};
    struct slice number;
    if (!filter_walk_element(walk, &number)) {
        return filter_compile_fail(compiler, sign.at, "the number behind %.*s is missing", (int)sign.length,
                                   sign.at);
    }
    if (!filter_number_parse(number, &bound.number)) {
        return filter_compile_fail(compiler, number.at, "not a number; write it without quotes");
    }
    struct filter_bound *side = less ? &range->high : &range->low;
    if (side->given || (equal && range->high.given)) {
        return filter_compile_fail(compiler, sign.at, "%.*s does not go with what stands before it",
                                   (int)sign.length, sign.at);
    }
    *side = bound;
    if (equal) {
        range->high = bound;
    }
    return status_ok();
}

static struct status compile_numeric(struct filter_compiler *compiler, struct slice value, uint32_t index)
{
    struct filter_range range = {.low = {.given = false}};
    struct filter_walk walk;
    struct slice sign;
    uint32_t count = 0;
    filter_walk_begin(&walk, value);
    while (filter_walk_kind(value) == '[' && filter_walk_element(&walk, &sign)) {
        TRY(take_bound(compiler, &walk, sign, &range));
        count++;
    }
    if (count == 0) {
        return filter_compile_fail(compiler, value.at, "numeric takes a list, such as [\">\", 0, \"<=\", 5]");
    }
    if (range.low.given && range.high.given) {
        int order = filter_number_compare(&range.low.number, &range.high.number);
        if (order > 0 || (order == 0 && (range.low.open || range.high.open))) {
            return filter_compile_fail(compiler, value.at, "no number lies between these bounds");
        }
    }
    compiler->pattern->tests[index] = (struct filter_test){.kind = FILTER_RANGE, .range = range};
    return status_ok();
}

/* One value of anything-but: the test of its own behind all others. `name` is the operator's inside, or NULL. */
static struct status compile_excluded(struct filter_compiler *compiler, struct slice value, const char *name,
                                      uint32_t index)
{
    struct filter_pattern *pattern = compiler->pattern;
    struct filter_test *but = &pattern->tests[index];
    uint32_t test = pattern->test_count++;
    but->tests.count++;
    if (name != NULL) {
        if (slice_equals_text(value, "\"\"") && strcmp(name, "wildcard") != 0) {
            return filter_compile_fail(compiler, value.at, "an empty text would exclude everything");
        }
        TRY(require_text(compiler, value, name));
        return find_operator(slice_of_text(name))->compile(compiler, value, test);
    }
    struct filter_test *excluded = &pattern->tests[test];
    if (filter_walk_kind(value) == '"') {
        *excluded = (struct filter_test){.kind = FILTER_TEXT, .text = filter_compile_text(compiler, value)};
    } else {
        excluded->kind = FILTER_NUMBER;
        if (!filter_number_parse(value, &excluded->number)) {
            return filter_compile_fail(compiler, value.at,
                                       "anything-but takes texts, numbers, prefix, suffix, "
                                       "equals-ignore-case or wildcard");
        }
    }
    if (excluded->kind != pattern->tests[but->tests.first].kind) {
        return filter_compile_fail(compiler, value.at, "anything-but takes texts or numbers, not both");
    }
    return status_ok();
}

/* One value, or a list of them. */
static struct status compile_exclusions(struct filter_compiler *compiler, struct slice value,
                                        const char *name, uint32_t index)
{
    if (filter_walk_kind(value) != '[') {
        return compile_excluded(compiler, value, name, index);
    }
    struct filter_walk walk;
    struct slice element;
    filter_walk_begin(&walk, value);
    while (filter_walk_element(&walk, &element)) {
        TRY(compile_excluded(compiler, element, name, index));
    }
    return compiler->pattern->tests[index].tests.count > 0
               ? status_ok()
               : filter_compile_fail(compiler, value.at, "the list is empty, so nothing is excluded");
}

static struct status compile_anything_but(struct filter_compiler *compiler, struct slice value,
                                          uint32_t index)
{
    static const char *const inner_names[] = {"prefix", "suffix", "equals-ignore-case", "wildcard"};
    struct filter_pattern *pattern = compiler->pattern;
    pattern->tests[index] =
        (struct filter_test){.kind = FILTER_ANYTHING_BUT, .tests = {.first = pattern->test_count}};
    if (filter_walk_kind(value) != '{') {
        return compile_exclusions(compiler, value, NULL, index);
    }
    struct slice name;
    struct slice inner;
    TRY(only_member(compiler, value, &name, &inner));
    for (size_t i = 0; i < sizeof inner_names / sizeof inner_names[0]; i++) {
        if (filter_text_equals(name, slice_of_text(inner_names[i]))) {
            return compile_exclusions(compiler, inner, inner_names[i], index);
        }
    }
    return filter_compile_fail(compiler, name.at - 1,
                               "anything-but takes prefix, suffix, equals-ignore-case or wildcard here");
}

static const struct operator* find_operator(struct slice name)
{
    static const struct operator operators[] = {
        {"prefix", compile_prefix},
        {"suffix", compile_suffix},
        {"equals-ignore-case", compile_ignore_case},
        {"wildcard", compile_wildcard},
        {"cidr", compile_cidr},
        {"exists", compile_exists},
        {"numeric", compile_numeric},
        {"anything-but", compile_anything_but},
    };
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        if (filter_text_equals(name, slice_of_text(operators[i].name))) {
            return &operators[i];
        }
    }
    return NULL;
}

struct status filter_compile_operator(struct filter_compiler *compiler, struct slice object, uint32_t test)
{
    struct slice name;
    struct slice value;
    TRY(only_member(compiler, object, &name, &value));
    const struct operator* found = find_operator(name);
    if (found == NULL) {
        return filter_compile_fail(
            compiler, name.at - 1,
            "unknown operator '%.*s'; there are prefix, suffix, equals-ignore-case, wildcard, "
            "anything-but, numeric, exists and cidr",
            (int)(name.length < 40 ? name.length : 40), name.at);
    }
    return found->compile(compiler, value, test);
}
