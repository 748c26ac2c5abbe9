#include "sink/pace.h"

enum {
    SECOND_MS = 1000,
    PACE_STEPS = 20, /* from nothing back to the share, in seconds */
    PACE_LEAST = 1024, /* bytes a second, however often throttled */
    PACE_REQUEST_LEAST = 64 * 1024, /* below this requests are not made smaller */
    PACE_LONGEST_MS = 24 * 60 * 60 * 1000, /* time that counts at once: no overflow */
};

static int64_t least_of(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

/* Lets time pass: what came into the bucket since. */
static void fill(struct pace *pace, int64_t now_ms)
{
    int64_t passed_ms = least_of(now_ms - pace->filled_ms, PACE_LONGEST_MS);
    if (passed_ms > 0) {
        int64_t owed = pace->bucket;
        pace->bucket = least_of(owed + pace->rate * passed_ms / SECOND_MS, pace->rate);
        pace->filled_ms = now_ms;
    }
}

void pace_init(struct pace *pace, int64_t fleet_bytes_per_second, int64_t now_ms)
{
    *pace = (struct pace){.fleet = fleet_bytes_per_second,
                          .share = fleet_bytes_per_second,
                          .rate = fleet_bytes_per_second,
                          .filled_ms = now_ms,
                          .cut_ms = now_ms - SECOND_MS,
                          .raised_ms = now_ms - SECOND_MS};
}

void pace_divide(struct pace *pace, uint64_t mine, uint64_t all, int64_t now_ms)
{
    if (pace->fleet == 0) {
        return;
    }
    int64_t share = pace->fleet / PACE_STEPS;
    fill(pace, now_ms);
    if (mine > 0) {
        double part = all > mine ? (double)mine / (double)all : 1;
        share = (int64_t)((double)pace->fleet * part);
    }
    share = share < PACE_LEAST ? PACE_LEAST : share;
    bool whole = pace->rate >= pace->share;
    pace->share = share;
    pace->rate = whole ? share : least_of(pace->rate, share);
    pace->bucket = least_of(pace->bucket, pace->rate);
}

size_t pace_request_bytes(const struct pace *pace)
{
    if (pace->fleet == 0) {
        return SIZE_MAX;
    }
    return pace->rate < PACE_REQUEST_LEAST ? PACE_REQUEST_LEAST : (size_t)pace->rate;
}

int64_t pace_wait_ms(struct pace *pace, int64_t now_ms)
{
    if (pace->fleet == 0) {
        return 0;
    }
    fill(pace, now_ms);
    return pace->bucket >= 0 ? 0 : (-pace->bucket * SECOND_MS + pace->rate - 1) / pace->rate;
}

void pace_spend(struct pace *pace, size_t bytes, int64_t now_ms)
{
    if (pace->fleet > 0) {
        fill(pace, now_ms);
        pace->bucket -= (int64_t)bytes;
    }
}

void pace_refund(struct pace *pace, size_t bytes, int64_t now_ms)
{
    if (pace->fleet > 0) {
        fill(pace, now_ms);
        pace->bucket = least_of(pace->bucket + (int64_t)bytes, pace->rate);
    }
}

void pace_throttled(struct pace *pace, int64_t now_ms)
{
    if (pace->fleet == 0 || now_ms - pace->cut_ms < SECOND_MS) {
        return;
    }
    fill(pace, now_ms);
    pace->rate = pace->rate / 2 < PACE_LEAST ? PACE_LEAST : pace->rate / 2;
    pace->bucket = least_of(pace->bucket, pace->rate);
    pace->cut_ms = now_ms;
}

void pace_succeeded(struct pace *pace, int64_t now_ms)
{
    if (pace->fleet == 0 || pace->rate >= pace->share || now_ms - pace->cut_ms < SECOND_MS ||
        now_ms - pace->raised_ms < SECOND_MS) {
        return;
    }
    fill(pace, now_ms);
    int64_t step = pace->share / PACE_STEPS;
    pace->rate = least_of(pace->rate + (step < 1 ? 1 : step), pace->share);
    pace->raised_ms = now_ms;
}
