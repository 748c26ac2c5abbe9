/* The control API's "streams" request, read and bounded. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/faultd/stream.h"
#include "tests/support/faultd/tree.h"

enum { MOST_RECORDS_IN_ALL = 200000000 };

static const struct stream_shape defaults = {
    .table = "orders",
    .view = "NEW_AND_OLD_IMAGES",
    .shards = 1,
    .children = 2,
    .records = 1000,
    .record_bytes = 700,
    .keys = 1000,
    .verify = true,
    .seed = 1,
    .big_bytes = 1200000,
};

static bool read_count(const cJSON *tree, const char *name, uint32_t most, uint32_t *count)
{
    int64_t value = tree_integer(tree, name, *count);
    if (value < 0 || value > most) {
        return false;
    }
    *count = (uint32_t)value;
    return true;
}

static const char *check(const struct stream_shape *shape)
{
    static const char *const views[] = {"NEW_AND_OLD_IMAGES", "NEW_IMAGE", "OLD_IMAGE", "KEYS_ONLY"};
    bool known = false;
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        known = known || strcmp(shape->view, views[i]) == 0;
    }
    if (!known) {
        return "view must be NEW_AND_OLD_IMAGES, NEW_IMAGE, OLD_IMAGE or KEYS_ONLY";
    }
    double total = 0, width = shape->shards;
    for (uint32_t generation = 0; generation <= shape->generations; generation++) {
        total += width;
        width *= shape->children;
    }
    if (total > (double)STREAM_SHARDS) {
        return "more than 20,000 shards in all";
    }
    if (total * (double)shape->records > (double)MOST_RECORDS_IN_ALL) {
        return "more than 200,000,000 records in all";
    }
    if (shape->rate < 0 || shape->children_delay_ms < 0 || shape->age_ms < 0) {
        return "rate, children_delay_ms and age_ms must not be negative";
    }
    return NULL;
}

const char *stream_shape_read(const cJSON *tree, struct stream_shape *ret_shape)
{
    struct stream_shape shape = defaults;
    if (tree_text(tree, "table") != NULL &&
        (!tree_copy_text(tree, "table", shape.table, sizeof shape.table) || shape.table[0] == '\0')) {
        return "table must be a name of at most 255 bytes";
    }
    if (tree_text(tree, "view") != NULL && !tree_copy_text(tree, "view", shape.view, sizeof shape.view)) {
        return "view is too long";
    }
    if (!read_count(tree, "shards", STREAM_SHARDS, &shape.shards) || shape.shards == 0 ||
        !read_count(tree, "generations", 1000, &shape.generations) ||
        !read_count(tree, "children", SHARD_CHILDREN, &shape.children) || shape.children == 0 ||
        !read_count(tree, "record_bytes", 1000000, &shape.record_bytes) ||
        !read_count(tree, "keys", 10000000, &shape.keys) || shape.keys == 0 ||
        !read_count(tree, "big_every", 1000000000, &shape.big_every) ||
        !read_count(tree, "big_bytes", 1500000, &shape.big_bytes)) {
        return "shards, generations, children, record_bytes, keys, big_every or big_bytes is out of range";
    }
    int64_t records = tree_integer(tree, "records", (int64_t)shape.records);
    if (records < 0 || records > MOST_RECORDS_IN_ALL) {
        return "records is out of range";
    }
    shape.records = (uint64_t)records;
    shape.rate = tree_number(tree, "rate", 0);
    shape.children_delay_ms = tree_integer(tree, "children_delay_ms", 0);
    shape.children_after_end_read = tree_bool(tree, "children_after_end_read", false);
    shape.close_last = tree_bool(tree, "close_last", false);
    shape.verify = tree_bool(tree, "verify", true);
    shape.seed = (uint64_t)tree_integer(tree, "seed", (int64_t)shape.seed);
    shape.age_ms = tree_integer(tree, "age_ms", 0);
    const char *problem = check(&shape);
    if (problem == NULL) {
        *ret_shape = shape;
    }
    return problem;
}
