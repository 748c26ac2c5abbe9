#include "shard/stack_rest.h"

#include <stddef.h>

enum { COST_MS = 1000 / STACK_RESTS_A_SECOND, BURST_MS = 1000 };

bool stack_rest_is_worth(struct stack_rest *rest, int64_t now_ms, int64_t wait_ms)
{
    if (rest == NULL || wait_ms < STACK_REST_LEAST_MS) {
        return false;
    }
    int64_t paid_ms = atomic_load(&rest->paid_until_ms);
    int64_t next_ms;
    do {
        next_ms = (paid_ms > now_ms ? paid_ms : now_ms) + COST_MS;
        if (next_ms > now_ms + BURST_MS) {
            return false;
        }
    } while (!atomic_compare_exchange_weak(&rest->paid_until_ms, &paid_ms, next_ms));
    return true;
}
