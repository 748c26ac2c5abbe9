#include "lease/keeper_pace.h"

#include "lease/lease_rules.h"

enum {
    PATIENCE_PART = 10,
    STUCK_PART = 2,
    LEAST_PART = 8,
    WRITE_FIRST_US = 5000,
    GAP_PART = 200,
    GAP_LEAST_MS = 5,
    GAP_MOST_MS = 50,
};

int64_t keeper_pace_patience_ms(int64_t failover_ms)
{
    int64_t patience_ms = lease_renewal_ms(failover_ms) / PATIENCE_PART;
    return patience_ms < 1 ? 1 : patience_ms;
}

static size_t smaller(size_t left, size_t right)
{
    return left < right ? left : right;
}

static size_t larger(size_t left, size_t right)
{
    return left > right ? left : right;
}

/* Threads that get through with the renewals in what is left of the patience. */
static size_t threads_for_renewals(const struct keeper_load *load)
{
    int64_t write_us = load->write_us > 0 ? load->write_us : WRITE_FIRST_US;
    int64_t left_us = (load->patience_ms - load->waited_ms) * 1000;
    int64_t least_us = load->patience_ms * 1000 / LEAST_PART;
    left_us = left_us > least_us ? left_us : least_us;
    return (size_t)(((int64_t)load->renewals * write_us + left_us - 1) / left_us);
}

size_t keeper_pace_threads(const struct keeper_load *load)
{
    size_t renewing = load->renewals > 0 ? threads_for_renewals(load) + load->stuck : 0;
    size_t urgent = larger(renewing, load->running - load->others_running) + load->endings;
    size_t others = smaller(load->others_running + load->others, KEEPER_POOL_OTHERS_MAX);
    return smaller(urgent + others, KEEPER_POOL_THREADS);
}

bool keeper_pace_is_stuck(int64_t took_ms, int64_t patience_ms)
{
    return took_ms * STUCK_PART >= patience_ms;
}

int64_t keeper_pace_gap_ms(int64_t failover_ms)
{
    int64_t gap_ms = failover_ms / GAP_PART;
    return gap_ms < GAP_LEAST_MS ? GAP_LEAST_MS : gap_ms > GAP_MOST_MS ? GAP_MOST_MS : gap_ms;
}

int64_t keeper_pace_tick_ms(int64_t next_ms, int64_t ticked_ms, int64_t gap_ms, bool hurried)
{
    int64_t earliest_ms = ticked_ms + gap_ms;
    return hurried || next_ms > earliest_ms ? next_ms : earliest_ms;
}
