/* Lists of values: what a text, a number, true, false or null may be. */
#include "shard/filter_compile.h"
#include "shard/filter_walk.h"

static struct status compile_test(struct filter_compiler *compiler, struct slice value, uint32_t index)
{
    struct filter_test *test = &compiler->pattern->tests[index];
    switch (filter_walk_kind(value)) {
    case '"':
        *test = (struct filter_test){.kind = FILTER_TEXT, .text = filter_compile_text(compiler, value)};
        return status_ok();
    case '{':
        return filter_compile_operator(compiler, value, index);
    case '[':
        return filter_compile_fail(compiler, value.at, "a list inside a list; the values stand side by side");
    case 't':
    case 'f':
    case 'n':
        test->kind = value.at[0] == 't' ? FILTER_TRUE : value.at[0] == 'f' ? FILTER_FALSE : FILTER_NULL;
        return status_ok();
    default:
        test->kind = FILTER_NUMBER;
        if (!filter_number_parse(value, &test->number)) {
            return filter_compile_fail(compiler, value.at, "not a number");
        }
        return status_ok();
    }
}

static uint32_t count_elements(struct slice list)
{
    struct filter_walk walk;
    struct slice element;
    uint32_t count = 0;
    filter_walk_begin(&walk, list);
    while (filter_walk_element(&walk, &element)) {
        count++;
    }
    return count;
}

/* Is there a test that can hold in a place of this shape? */
static bool can_match(const struct filter_pattern *pattern, const struct filter_run *tests,
                      enum filter_shape shape)
{
    for (uint32_t i = 0; i < tests->count; i++) {
        if (filter_schema_allows(shape, pattern->tests[tests->first + i].kind)) {
            return true;
        }
    }
    return false;
}

static void note_absence(const struct filter_pattern *pattern, struct filter_node *node)
{
    node->negative = true;
    for (uint32_t i = 0; i < node->fields.count; i++) {
        bool absent = pattern->tests[node->fields.first + i].kind == FILTER_ABSENT;
        node->accepts_absent = node->accepts_absent || absent;
        node->negative = node->negative && absent;
    }
}

struct status filter_compile_leaf(struct filter_compiler *compiler, struct slice list,
                                  enum filter_shape shape, uint32_t *ret_node)
{
    struct filter_pattern *pattern = compiler->pattern;
    uint32_t index = pattern->node_count++;
    struct filter_node *node = &pattern->nodes[index];
    *node = (struct filter_node){
        .kind = FILTER_NODE_LEAF,
        .decimal = shape == FILTER_SHAPE_DECIMAL,
        .fields = {.first = pattern->test_count, .count = count_elements(list)},
        .ttl = -1,
    };
    if (node->fields.count == 0) {
        return filter_compile_fail(compiler, list.at, "the list is empty, so nothing could match");
    }
    pattern->test_count += node->fields.count;
    struct filter_walk walk;
    struct slice element;
    filter_walk_begin(&walk, list);
    for (uint32_t i = 0; filter_walk_element(&walk, &element); i++) {
        TRY(compile_test(compiler, element, node->fields.first + i));
    }
    note_absence(pattern, node);
    if (!can_match(pattern, &node->fields, shape)) {
        return filter_compile_fail(compiler, list.at, "%s", filter_schema_remedy(shape));
    }
    *ret_node = index;
    return status_ok();
}
