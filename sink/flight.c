#include "sink/flight.h"

enum {
    SECOND_MS = 1000,
    SPAN_MS = 30000,
    NEAR_TIMES = 2, /* the quickest, and a little: not busy */
    NEAR_MS = 2,
    FAR_TIMES = 4,
    FAR_MS = 20,
};

static uint32_t least_of(uint32_t left, uint32_t right)
{
    return left < right ? left : right;
}

void flight_init(struct flight *flight, uint32_t most, int64_t now_ms)
{
    *flight = (struct flight){.most = most,
                              .limit = least_of(FLIGHT_START, most),
                              .least_ms = INT64_MAX,
                              .least_before_ms = INT64_MAX,
                              .span_began_ms = now_ms,
                              .cut_ms = now_ms - SECOND_MS};
}

static void begin_round(struct flight *flight)
{
    flight->answers = 0;
    flight->taken_ms = 0;
    flight->held_back = false;
}

/* Old times are forgotten: a destination that became slower for good is not taken for a busy one for ever. */
static void note_time(struct flight *flight, int64_t took_ms, int64_t now_ms)
{
    if (now_ms - flight->span_began_ms >= SPAN_MS) {
        flight->least_before_ms = flight->least_ms;
        flight->least_ms = INT64_MAX;
        flight->span_began_ms = now_ms;
    }
    flight->least_ms = took_ms < flight->least_ms ? took_ms : flight->least_ms;
}

static void end_round(struct flight *flight)
{
    int64_t quickest_ms =
        flight->least_ms < flight->least_before_ms ? flight->least_ms : flight->least_before_ms;
    int64_t mean_ms = flight->taken_ms / flight->answers;
    if (mean_ms <= NEAR_TIMES * quickest_ms + NEAR_MS) {
        bool pays = quickest_ms >= FLIGHT_NEAR_MS || flight->limit < FLIGHT_START;
        flight->limit += pays && flight->held_back && flight->limit < flight->most ? 1 : 0;
    } else if (mean_ms > FAR_TIMES * quickest_ms + FAR_MS) {
        flight->limit -= flight->limit > FLIGHT_START ? 1 : 0;
    }
    begin_round(flight);
}

static void halve(struct flight *flight, int64_t now_ms)
{
    if (now_ms - flight->cut_ms >= SECOND_MS) {
        flight->limit =
            flight->limit / 2 < FLIGHT_LEAST ? least_of(FLIGHT_LEAST, flight->most) : flight->limit / 2;
        flight->cut_ms = now_ms;
        begin_round(flight);
    }
}

uint32_t flight_answered(struct flight *flight, enum flight_answer answer, int64_t took_ms, bool held_back,
                         int64_t now_ms)
{
    if (answer == FLIGHT_THROTTLED) {
        halve(flight, now_ms);
    } else if (answer == FLIGHT_TAKEN) { /* how long a failure took says nothing of the others */
        note_time(flight, took_ms < 0 ? 0 : took_ms, now_ms);
        flight->answers++;
        flight->taken_ms += took_ms < 0 ? 0 : took_ms;
        flight->held_back = flight->held_back || held_back;
        if (flight->answers >= flight->limit) {
            end_round(flight);
        }
    }
    return flight->limit;
}
