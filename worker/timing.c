#include "worker/timing.h"

#include "lease/lease_rules.h"

enum {
    RELEASE_MS = 1000, /* for releasing leases after the last answer */
    FINAL_MARGIN_MS = 300, /* between the last wait and the deadline: closing files, freeing */
};

int64_t timing_abort_boot_ms(int64_t now_boot_ms, int64_t deadline_boot_ms, int64_t failover_ms)
{
    int64_t half = now_boot_ms + (deadline_boot_ms - now_boot_ms) / 2;
    int64_t late = deadline_boot_ms - lease_margin_ms(failover_ms) - RELEASE_MS;
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
