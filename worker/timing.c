#include "worker/timing.h"

enum {
    REQUEST_LEAST_MS = 500,
    REQUEST_MOST_MS = 10000,
    RELEASE_MS = 1000, /* for releasing leases after the last answer */
    FINAL_MARGIN_MS = 300, /* between the last wait and the deadline: closing files, freeing */
};

int64_t timing_sink_request_ms(int64_t failover_ms)
{
    int64_t third = failover_ms / 3;
    if (third < REQUEST_LEAST_MS) {
        return REQUEST_LEAST_MS;
    }
    return third > REQUEST_MOST_MS ? REQUEST_MOST_MS : third;
}

int64_t timing_abort_boot_ms(int64_t now_boot_ms, int64_t deadline_boot_ms, int64_t failover_ms)
{
    int64_t half = now_boot_ms + (deadline_boot_ms - now_boot_ms) / 2;
    int64_t late = deadline_boot_ms - timing_sink_request_ms(failover_ms) - RELEASE_MS;
    return late > half ? late : half;
}

int64_t timing_final_boot_ms(int64_t now_boot_ms, int64_t deadline_boot_ms)
{
    int64_t final = deadline_boot_ms - FINAL_MARGIN_MS;
    return final > now_boot_ms ? final : now_boot_ms;
}

int64_t timing_rate(uint64_t records, int64_t ms)
{
    if (ms <= 0) {
        return 0;
    }
    return (int64_t)((double)records * 1000.0 / (double)ms + 0.5);
}
