/* Objects of a pattern: fields, "$or", and what goes beyond AWS: "changed" and "ttl". */
#include "shard/filter_compile.h"
#include "shard/filter_text.h"
#include "shard/filter_walk.h"

static bool is_text(struct slice name, const char *text)
{
    return slice_equals_text(name, text);
}

static struct status push(struct filter_compiler *compiler, struct slice name, int64_t index, const char *at)
{
    if (compiler->depth == FILTER_DEPTH) {
        return filter_compile_fail(compiler, at, "nested too deep: %d levels at most", FILTER_DEPTH);
    }
    compiler->path[compiler->depth] = (struct filter_place){name, index};
    compiler->depth++;
    return status_ok();
}

/* The field of this name among those that the node has so far, or a new one. */
static struct filter_field *place_field(struct filter_compiler *compiler, struct filter_node *node,
                                        struct slice name)
{
    struct filter_pattern *pattern = compiler->pattern;
    for (uint32_t i = 0; i < node->fields.count; i++) {
        struct filter_field *field = &pattern->fields[node->fields.first + i];
        if (field->name.length == name.length && memcmp(field->name.at, name.at, name.length) == 0) {
            return field; /* given twice: the last counts, as in Lambda */
        }
    }
    node->fields.count++;
    return &pattern->fields[pattern->field_count++];
}

static struct status add_field(struct filter_compiler *compiler, struct filter_node *node,
                               enum filter_shape shape, struct slice name, struct slice value, const char *at)
{
    const struct filter_schema_field *known = filter_schema_find(shape, name);
    if (known == NULL) {
        return filter_compile_fail(compiler, at, "no '%.*s' here: %s",
                                   (int)(name.length < 40 ? name.length : 40), name.at,
                                   filter_schema_names(shape));
    }
    if (node->fields.count == FILTER_FIELDS) {
        return filter_compile_fail(compiler, at, "over %d fields in one object", FILTER_FIELDS);
    }
    struct slice canonical = known->name == NULL ? name : slice_of_text(known->name);
    struct filter_field *field = place_field(compiler, node, canonical);
    *field = (struct filter_field){
        .name = canonical, .alias = slice_of_text(known->alias), .source = known->source, .value = value};
    return status_ok();
}

static struct status take_ttl(struct filter_compiler *compiler, struct filter_node *node, struct slice value)
{
    if (!slice_equals_text(value, "true") && !slice_equals_text(value, "false")) {
        return filter_compile_fail(compiler, value.at,
                                   "ttl is true (deletions by time-to-live) or false (all other changes)");
    }
    node->ttl = filter_walk_kind(value) == 't';
    return status_ok();
}

/* One member of the object. "$or" is an attribute's name where it has an object. */
static struct status take_member(struct filter_compiler *compiler, uint32_t index, enum filter_shape shape,
                                 struct slice name_raw, struct slice value, struct slice *or_list)
{
    struct filter_node *node = &compiler->pattern->nodes[index];
    const char *at = name_raw.at - 1;
    struct slice name = filter_compile_text(compiler, slice_of(at, name_raw.length + 2));
    if (is_text(name, "$or") && !(shape == FILTER_SHAPE_ITEM && filter_walk_kind(value) == '{')) {
        *or_list = value;
        return status_ok();
    }
    bool is_ttl = shape == FILTER_SHAPE_RECORD && is_text(name, "ttl");
    bool is_changed = shape == FILTER_SHAPE_RECORD && is_text(name, "changed");
    if (!is_ttl && !is_changed) {
        return add_field(compiler, node, shape, name, value, at);
    }
    TRY(push(compiler, name, -1, at));
    TRY(is_ttl ? take_ttl(compiler, node, value) : filter_compile_changed(compiler, value, node));
    compiler->depth--;
    return status_ok();
}

/* Cheap sources first, so that most records are settled before their images are looked at. */
static void sort_fields(struct filter_field *fields, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct filter_field moved = fields[i];
        uint32_t at = i;
        for (; at > 0 && fields[at - 1].source > moved.source; at--) {
            fields[at] = fields[at - 1];
        }
        fields[at] = moved;
    }
}

static struct status compile_fields(struct filter_compiler *compiler, uint32_t index, enum filter_shape shape)
{
    struct filter_pattern *pattern = compiler->pattern;
    struct filter_node *node = &pattern->nodes[index];
    sort_fields(pattern->fields + node->fields.first, node->fields.count);
    for (uint32_t i = 0; i < node->fields.count; i++) {
        struct filter_field *field = &pattern->fields[node->fields.first + i];
        const struct filter_schema_field *known = filter_schema_find(shape, field->name);
        TRY(push(compiler, field->name, -1, field->value.at));
        TRY(filter_compile_value(compiler, field->value, known->shape, &field->node));
        compiler->depth--;
        const struct filter_node *child = &pattern->nodes[field->node];
        node->accepts_absent = node->accepts_absent && child->accepts_absent;
        node->negative = node->negative && child->negative;
    }
    return status_ok();
}

/* The places of the alternatives lie side by side, so they are taken before what is below them. */
static struct status count_alternatives(struct filter_compiler *compiler, struct slice list,
                                        struct filter_run *ret)
{
    struct filter_walk walk;
    struct slice element;
    struct filter_run run = {.first = compiler->pattern->alternative_count};
    filter_walk_begin(&walk, list);
    while (filter_walk_kind(list) == '[' && filter_walk_element(&walk, &element)) {
        if (filter_walk_kind(element) != '{') {
            return filter_compile_fail(compiler, element.at, "an alternative of $or is an object");
        }
        run.count++;
    }
    if (run.count == 0) {
        return filter_compile_fail(compiler, list.at, "$or is a list of objects, of which one has to hold");
    }
    compiler->pattern->alternative_count += run.count;
    *ret = run;
    return status_ok();
}

static struct status compile_or(struct filter_compiler *compiler, uint32_t index, enum filter_shape shape,
                                struct slice list)
{
    struct filter_pattern *pattern = compiler->pattern;
    struct filter_node *node = &pattern->nodes[index];
    TRY(count_alternatives(compiler, list, &node->alternatives));
    bool accepts_absent = false;
    bool negative = true;
    struct filter_walk walk;
    struct slice element;
    filter_walk_begin(&walk, list);
    for (uint32_t i = 0; filter_walk_element(&walk, &element); i++) {
        uint32_t *place = &pattern->alternatives[node->alternatives.first + i];
        TRY(push(compiler, slice_of_text("$or"), i, element.at));
        TRY(filter_compile_value(compiler, element, shape, place));
        compiler->depth--;
        accepts_absent = accepts_absent || pattern->nodes[*place].accepts_absent;
        negative = negative && pattern->nodes[*place].negative;
    }
    node->accepts_absent = node->accepts_absent && accepts_absent;
    node->negative = node->negative && negative;
    return status_ok();
}

static struct status compile_object(struct filter_compiler *compiler, struct slice object,
                                    enum filter_shape shape, uint32_t *ret_node)
{
    struct filter_pattern *pattern = compiler->pattern;
    uint32_t index = pattern->node_count++;
    pattern->nodes[index] = (struct filter_node){
        .kind = shape == FILTER_SHAPE_RECORD   ? FILTER_NODE_RECORD
                : shape == FILTER_SHAPE_CHANGE ? FILTER_NODE_CHANGE
                                               : FILTER_NODE_OBJECT,
        .accepts_absent = true,
        .negative = true,
        .fields = {.first = pattern->field_count},
        .ttl = -1,
    };
    struct slice or_list = {.at = NULL};
    struct filter_walk walk;
    struct slice name_raw;
    struct slice value;
    filter_walk_begin(&walk, object);
    while (filter_walk_member(&walk, &name_raw, &value)) {
        TRY(take_member(compiler, index, shape, name_raw, value, &or_list));
    }
    TRY(compile_fields(compiler, index, shape));
    if (or_list.at != NULL) {
        TRY(compile_or(compiler, index, shape, or_list));
    }
    const struct filter_node *node = &pattern->nodes[index];
    if (node->fields.count + node->alternatives.count + node->changed.count == 0 && node->ttl < 0) {
        return filter_compile_fail(compiler, object.at, "the object is empty; name a field, or leave it out");
    }
    *ret_node = index;
    return status_ok();
}

struct status filter_compile_value(struct filter_compiler *compiler, struct slice value,
                                   enum filter_shape shape, uint32_t *ret_node)
{
    char kind = filter_walk_kind(value);
    if (kind == '[') {
        return filter_compile_leaf(compiler, value, shape, ret_node);
    }
    if (kind == '{' && filter_shape_is_object(shape)) {
        return compile_object(compiler, value, shape, ret_node);
    }
    if (kind == '{') {
        return filter_compile_fail(compiler, value.at,
                                   "a value stands here, not an object; give a list, such as [%s]",
                                   shape == FILTER_SHAPE_NUMBER    ? "12"
                                   : shape == FILTER_SHAPE_TRUTH   ? "true"
                                   : shape == FILTER_SHAPE_DECIMAL ? "\"12\""
                                                                   : "\"a\"");
    }
    return filter_compile_fail(compiler, value.at, "give a list, even of one value: [%.*s]",
                               (int)(value.length < 40 ? value.length : 40), value.at);
}
