/* Whether a shard's thread that is about to sleep for long gives the memory of its stack back (thread_stack_release()).
 *
 * What a call left on the stack (12 KiB, most of it libcurl's) costs some microseconds to touch again. A hundred idle shards
 * are worth that, a thousand that poll every second or two are not: so it happens STACK_RESTS_A_SECOND times at
 * most, whichever threads come first.
 */
#ifndef PENSTOCK_SHARD_STACK_REST_H
#define PENSTOCK_SHARD_STACK_REST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { STACK_RESTS_A_SECOND = 100, STACK_REST_LEAST_MS = 500 };

/* Shared by the shards of a worker; zeroed memory is valid. */
struct stack_rest {
    _Atomic int64_t paid_until_ms; /* boot time: each one pays for its part of a second */
};

/* For a wait of `wait_ms` from boot time `now_ms`. True: it is paid for. NULL: never. Any thread. */
bool stack_rest_is_worth(struct stack_rest *rest, int64_t now_ms, int64_t wait_ms);

#endif
