/* A walk over JSON that the decoder has checked already: finds members and elements in place, and does not check
 * again. Stays inside the text whatever it is given. One thread. */
#ifndef PENSTOCK_SHARD_FILTER_WALK_H
#define PENSTOCK_SHARD_FILTER_WALK_H

#include "base/bytes.h"

/* Inside one object or array. */
struct filter_walk {
    const char *at, *end;
};

/* `container` begins with '{' or '['; anything else has no members. */
void filter_walk_begin(struct filter_walk *walk, struct slice container);

/* The next member: its name with escapes as they are, and its value. False: there is none. */
bool filter_walk_member(struct filter_walk *walk, struct slice *ret_name_raw, struct slice *ret_value);

/* The next element of an array. False: there is none. */
bool filter_walk_element(struct filter_walk *walk, struct slice *ret_value);

/* The value of an object's first member of this name; empty: there is none. */
struct slice filter_walk_find(struct slice object, struct slice name);

/* The inside of a string value. */
static inline struct slice filter_walk_inside(struct slice value)
{
    return value.length < 2 ? slice_of(value.at, 0) : slice_of(value.at + 1, value.length - 2);
}

static inline char filter_walk_kind(struct slice value)
{
    return value.length == 0 ? '\0' : value.at[0];
}

#endif
