/* The pace of a sink: how many bytes a second this worker may send, so that the fleet stays within the delivery
 * stream's quota. Pure: no clock, no lock; times by CLOCK_BOOTTIME are handed in, its owner guards it.
 *
 * The fleet's limit is divided by leases: a worker that holds three of ten has three tenths. Below its share the pace
 * follows what the destination says (additive increase, multiplicative decrease): a throttle halves it, at most once in
 * a second, since the answers of requests that were under way together tell of one fact; success gives it back, a
 * twentieth of the share a second. A bucket holds what may go at once: a second's bytes at most, and one request may
 * take what is not there yet (a record can be longer than a second's share), which the next then waits for.
 *
 * Bytes are those of records before base64, as Firehose counts them. Its other quotas (records and requests a second:
 * 100,000 and 1,000 for each MiB a second) are far away where lines are packed, and scale with it: they have no pace.
 */
#ifndef PENSTOCK_SINK_PACE_H
#define PENSTOCK_SINK_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pace {
    int64_t fleet; /* bytes a second of all workers; 0: no limit */
    int64_t share; /* this worker's */
    int64_t rate; /* what it goes by now: at most the share */
    int64_t bucket; /* bytes that may go; below 0: owed */
    int64_t filled_ms; /* when it was last filled */
    int64_t cut_ms; /* when a throttle last lowered the rate */
    int64_t raised_ms; /* when success last raised it */
};

/* The share is the whole limit until pace_divide says more. */
void pace_init(struct pace *pace, int64_t fleet_bytes_per_second, int64_t now_ms);

/* The worker holds `mine` of `all` leases that somebody holds. Without any it may send a twentieth of the limit: lines
 * of leases that it just gave up. */
void pace_divide(struct pace *pace, uint64_t mine, uint64_t all, int64_t now_ms);

/* How many bytes one request should carry at most; SIZE_MAX without a limit. */
size_t pace_request_bytes(const struct pace *pace);

/* Until a request may start; 0: now. */
int64_t pace_wait_ms(struct pace *pace, int64_t now_ms);
/* A request of `bytes` starts. */
void pace_spend(struct pace *pace, size_t bytes, int64_t now_ms);

/* It did not after all. */
void pace_refund(struct pace *pace, size_t bytes, int64_t now_ms);

/* The destination asked for less, or took all of a request. */
void pace_throttled(struct pace *pace, int64_t now_ms);
void pace_succeeded(struct pace *pace, int64_t now_ms);

#endif
