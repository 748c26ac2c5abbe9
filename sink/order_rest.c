/* A binary heap: the group that wakes first is at 0. */
#include "sink/order_private.h"

static void swap(struct order *order, uint32_t left, uint32_t right)
{
    struct order_group *group = order->resting[left];
    order->resting[left] = order->resting[right];
    order->resting[right] = group;
}

static bool is_before(const struct order *order, uint32_t left, uint32_t right)
{
    return order->resting[left]->due_ms < order->resting[right]->due_ms;
}

void order_rest_push(struct order *order, struct order_group *group)
{
    uint32_t at = order->resting_count++;
    order->resting[at] = group;
    while (at > 0 && is_before(order, at, (at - 1) / 2)) {
        swap(order, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

struct order_group *order_rest_first(const struct order *order)
{
    return order->resting_count == 0 ? NULL : order->resting[0];
}

void order_rest_pop(struct order *order)
{
    uint32_t at = 0;
    order->resting[0] = order->resting[--order->resting_count];
    for (;;) {
        uint32_t child = at * 2 + 1;
        if (child + 1 < order->resting_count && is_before(order, child + 1, child)) {
            child++;
        }
        if (child >= order->resting_count || !is_before(order, child, at)) {
            return;
        }
        swap(order, at, child);
        at = child;
    }
}
