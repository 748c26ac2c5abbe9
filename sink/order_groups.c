#include <stdlib.h>

#include "sink/order_private.h"

enum { FIRST_BUCKETS = 256, SPARE_MOST = 8192 };

size_t order_footprint(uint32_t lines)
{
    return lines *
           (sizeof(struct parcel_link) + sizeof(struct order_group) + 3 * sizeof(struct order_group *));
}

static struct order_group **bucket_of(const struct order *order, uint64_t id)
{
    return &order->buckets[(id ^ id >> 32) & (order->bucket_count - 1)];
}

/* Twice the buckets, or the first ones. */
static bool grow_buckets(struct order *order)
{
    uint32_t count = order->bucket_count == 0 ? FIRST_BUCKETS : order->bucket_count * 2;
    struct order_group **old = order->buckets;
    uint32_t old_count = order->bucket_count;
    struct order_group **buckets = calloc(count, sizeof *buckets);
    if (buckets == NULL) {
        return old != NULL; /* longer chains do as well */
    }
    order->buckets = buckets;
    order->bucket_count = count;
    for (uint32_t i = 0; i < old_count; i++) {
        for (struct order_group *group = old[i], *next; group != NULL; group = next) {
            next = group->next;
            struct order_group **bucket = bucket_of(order, group->id);
            group->next = *bucket;
            *bucket = group;
        }
    }
    free(old);
    return true;
}

static bool grow_resting(struct order *order, uint32_t count)
{
    if (count <= order->resting_capacity) {
        return true;
    }
    uint32_t capacity = count < order->resting_capacity * 2 ? order->resting_capacity * 2 : count;
    struct order_group **resting = reallocarray(order->resting, capacity, sizeof(struct order_group *));
    if (resting == NULL) {
        return false;
    }
    order->resting = resting;
    order->resting_capacity = capacity;
    return true;
}

bool order_reserve_groups(struct order *order, uint32_t count)
{
    uint32_t groups = order->group_count + count;
    if (groups < count || !grow_resting(order, groups)) {
        return false;
    }
    if (order->bucket_count < groups && order->bucket_count < UINT32_MAX / 4 && !grow_buckets(order)) {
        return false;
    }
    while (order->spare_count < count) {
        struct order_group *group = calloc(1, sizeof *group);
        if (group == NULL) {
            return false;
        }
        group->next = order->spare;
        order->spare = group;
        order->spare_count++;
    }
    return true;
}

struct order_group *order_find_group(struct order *order, uint64_t id, bool *ret_new)
{
    struct order_group **bucket = bucket_of(order, id);
    struct order_group *group = *bucket;
    while (group != NULL && group->id != id) {
        group = group->next;
    }
    *ret_new = group == NULL;
    if (group == NULL) {
        group = order->spare;
        order->spare = group->next;
        order->spare_count--;
        *group = (struct order_group){.id = id, .next = *bucket, .state = ORDER_READY};
        *bucket = group;
        order->group_count++;
    }
    return group;
}

void order_drop_group(struct order *order, struct order_group *group)
{
    struct order_group **link = bucket_of(order, group->id);
    while (*link != group) {
        link = &(*link)->next;
    }
    *link = group->next;
    order->group_count--;
    if (order->spare_count >= SPARE_MOST) {
        free(group);
        return;
    }
    group->next = order->spare;
    order->spare = group;
    order->spare_count++;
}

static void free_chain(struct order_group *group)
{
    while (group != NULL) {
        struct order_group *next = group->next;
        free(group);
        group = next;
    }
}

void order_free_groups(struct order *order)
{
    free_chain(order->spare);
    for (uint32_t i = 0; i < order->bucket_count; i++) {
        free_chain(order->buckets[i]); /* ready without lines: dropped only when they come to the head */
    }
    free(order->buckets);
    free(order->resting);
}
