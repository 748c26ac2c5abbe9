/* The order book's inside, for sink/order*.c. */
#ifndef PENSTOCK_SINK_ORDER_PRIVATE_H
#define PENSTOCK_SINK_ORDER_PRIVATE_H

#include "sink/order.h"

enum order_state {
    ORDER_READY, /* in the ready list; without lines it leaves that when it comes to its head */
    ORDER_UNDER_WAY,
    ORDER_RESTING,
};

struct order_group {
    struct order_group *next; /* of its bucket, or spare */
    struct order_group *next_ready;
    uint64_t id;
    enum order_state state;
    struct parcel_link *first; /* oldest line */
    struct parcel_link *last;
    uint32_t lines;
    uint32_t under_way; /* of these, the first so many */
    uint64_t bytes; /* of all its lines */
    uint32_t failures; /* in a row */
    int64_t due_ms; /* resting until then */
};

static inline const struct parcel_line *order_line_of(const struct parcel_link *link)
{
    return &link->parcel->lines[link - link->parcel->links];
}

/* Groups by their id, and memory for them: sink/order_groups.c. */

/* Makes sure of room for `count` more groups. */
bool order_reserve_groups(struct order *order, uint32_t count) MUST_USE;
/* The group of this id, a new READY one without lines if need be; *ret_new tells. After order_reserve_groups. */
struct order_group *order_find_group(struct order *order, uint64_t id, bool *ret_new);
/* Takes it out of its bucket; it is spare again. */
void order_drop_group(struct order *order, struct order_group *group);
void order_free_groups(struct order *order);

/* The groups that rest, by due time: sink/order_rest.c. */

void order_rest_push(struct order *order, struct order_group *group);
/* The next to wake; NULL: none rests. */
struct order_group *order_rest_first(const struct order *order);
void order_rest_pop(struct order *order);

#endif
