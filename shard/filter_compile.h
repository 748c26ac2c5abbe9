/* The parts of the pattern compiler. For shard/filter_compile*.c alone. */
#ifndef PENSTOCK_SHARD_FILTER_COMPILE_H
#define PENSTOCK_SHARD_FILTER_COMPILE_H

#include "shard/filter_schema.h"

struct filter_place {
    struct slice name;
    int64_t index; /* of an alternative of "$or"; -1: none */
};

/* One compilation. The pattern's arrays have room for all that its text can hold. */
struct filter_compiler {
    struct filter_pattern *pattern;
    struct slice whole; /* what columns are counted in */
    size_t offset; /* of the pattern's source in it */
    struct filter_place path[FILTER_DEPTH];
    size_t depth;
};

/* STATUS_INVALID: "column 12 (dynamodb.Keys): WORDS"; `at` points into the pattern's source. */
struct status filter_compile_fail(const struct filter_compiler *compiler, const char *at, const char *format,
                                  ...) MUST_USE PRINTF_LIKE(3, 4);

/* The text of a string value, in the pattern's own memory. */
struct slice filter_compile_text(struct filter_compiler *compiler, struct slice string);

/* A node for the value of a field of this shape. */
struct status filter_compile_value(struct filter_compiler *compiler, struct slice value,
                                   enum filter_shape shape, uint32_t *ret_node) MUST_USE;

/* A leaf for a list of tests. */
struct status filter_compile_leaf(struct filter_compiler *compiler, struct slice list,
                                  enum filter_shape shape, uint32_t *ret_node) MUST_USE;

/* What an operator's object says: {"prefix": "a"}. `*test` is at hand by index, since it may need others behind it. */
struct status filter_compile_operator(struct filter_compiler *compiler, struct slice object, uint32_t test)
    MUST_USE;

/* The paths of "changed". */
struct status filter_compile_changed(struct filter_compiler *compiler, struct slice list,
                                     struct filter_node *node) MUST_USE;

#endif
