/* Document paths of attributes, "price, address.city, tags[0]", as a tree.
 *
 * Source: DynamoDB's document paths, docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.Attributes.html
 * A path is a name, then any number of .name (into a map) and [index] (into a list, from 0). Paths are
 * separated by commas; spaces around a path do not count. A backslash stands before a . , [ ] \ or space that
 * belongs to a name, where DynamoDB has placeholders ("#n"). As there, no path may lie in another of the list.
 */
#ifndef PENSTOCK_SHARD_PROJECTION_PATHS_H
#define PENSTOCK_SHARD_PROJECTION_PATHS_H

#include "base/bytes.h"

/* As deep as DynamoDB nests. */
enum { PROJECTION_DEPTH = 32 };

/* A step of paths; the root is none of any path. */
struct projection_node {
    struct slice name; /* `at` NULL: the step is an index */
    uint32_t index;
    bool whole; /* a path ends here: what it names is meant, whole */
    uint32_t offset; /* where that path begins in the text */
    struct projection_node *child; /* the first */
    struct projection_node *next; /* of the same parent */
};

struct projection_paths {
    char *names; /* owned: what the nodes' names borrow */
    struct projection_node *nodes; /* owned; the root is the first */
    size_t count;
};

/* STATUS_INVALID says the column (in characters, from 1), what stands there and what is wrong with it. */
struct status projection_paths_parse(struct slice text, struct projection_paths *ret_paths) MUST_USE;

/* Safe on zeroed memory. */
void projection_paths_free(struct projection_paths *paths);

/* The child of this name, which is the inside of a JSON string as it came, or at this index; NULL: none. */
const struct projection_node *projection_find_name(const struct projection_node *parent, struct slice raw);
const struct projection_node *projection_find_index(const struct projection_node *parent, size_t index);

/* Is there a node at the same place in the other tree? NULL: no. */
const struct projection_node *projection_find_same(const struct projection_node *parent,
                                                   const struct projection_node *node);

/* STATUS_INVALID for the text at `offset`: its column, what stands there and `problem`. */
struct status projection_complain(struct slice text, size_t offset, const char *problem) MUST_USE;

#endif
