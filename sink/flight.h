/* How many requests a sink has under way at once: as few as keep up with what is to be sent, since each holds its
 * bytes twice. Pure: no clock, no lock; times by CLOCK_BOOTTIME are handed in, its owner guards it.
 *
 * It begins with FLIGHT_START. Where batches wait for a request to end although requests take about as long as the
 * quickest of the last minute, the destination is far away and not busy: one more, once a round (as many answers as
 * there are places); of one that answers within FLIGHT_NEAR_MS FLIGHT_START take hundreds of MiB a second. Where they take several times as long, more of them under way only wait there: one less, down to
 * FLIGHT_START. (The rule is TCP Vegas': Brakmo and Peterson, 1995.) A throttle halves the number, at most once in a
 * second, since the answers of requests that were under way together tell of one fact; down to FLIGHT_LEAST, so that a
 * request that hangs or is sent again holds up nobody else's lines.
 */
#ifndef PENSTOCK_SINK_FLIGHT_H
#define PENSTOCK_SINK_FLIGHT_H

#include <stdbool.h>
#include <stdint.h>

enum { FLIGHT_START = 4, FLIGHT_LEAST = 2, FLIGHT_NEAR_MS = 10 };

struct flight {
    uint32_t most; /* never more */
    uint32_t limit; /* by now */
    int64_t least_ms; /* the quickest request of this span of time and of the one before it */
    int64_t least_before_ms;
    int64_t span_began_ms;
    int64_t cut_ms; /* when a throttle last halved it */
    uint32_t answers; /* of this round */
    int64_t taken_ms; /* by them together */
    bool held_back; /* a batch had to wait in this round */
};

void flight_init(struct flight *flight, uint32_t most, int64_t now_ms);

enum flight_answer { FLIGHT_TAKEN, FLIGHT_FAILED, FLIGHT_THROTTLED };

/* A request ended after `took_ms`; `held_back`: a batch is due and waits for a place. Returns the limit. */
uint32_t flight_answered(struct flight *flight, enum flight_answer answer, int64_t took_ms, bool held_back,
                         int64_t now_ms);

#endif
