#include "lease/lease_cost.h"

#include "lease/lease_state.h"

enum { HOUR_MS = 3600 * 1000, WRITE_UNIT_BYTES = 1024, READ_UNIT_BYTES = 4096, PAGE_BYTES = 1024 * 1024 };
enum { SHARDS_A_PAGE = 100 };

static size_t divide_up(size_t amount, size_t part)
{
    return amount == 0 ? 1 : (amount + part - 1) / part; /* nothing costs as much as a little */
}

struct lease_cost lease_cost_per_hour(const struct lease_cost_input *input)
{
    int64_t scan_ms = lease_scan_ms(input->failover_ms);
    int64_t shortest_scan_ms = scan_ms - 2 * (scan_ms / LEASE_SCAN_SPREAD);
    int64_t sweep_ms = LEASE_SWEEP_MS - LEASE_SWEEP_SPREAD_MS + LEASE_SWEEP_PER_ROW_MS * (int64_t)input->rows;
    size_t scan_bytes = input->rows * input->row_bytes;
    size_t pages = divide_up(scan_bytes, PAGE_BYTES);
    struct lease_cost cost = {
        .renewals = (double)input->leases * (double)HOUR_MS / (double)lease_renewal_ms(input->failover_ms),
        .scans = (double)input->workers * (double)HOUR_MS / (double)shortest_scan_ms,
        .listings = (double)HOUR_MS / (double)sweep_ms * (double)divide_up(input->shards, SHARDS_A_PAGE),
    };
    cost.write_units = cost.renewals * (double)divide_up(input->row_bytes, WRITE_UNIT_BYTES);
    cost.scan_requests = cost.scans * (double)pages;
    /* Each page rounds its own end up. */
    cost.read_units = cost.scans * (double)(divide_up(scan_bytes, READ_UNIT_BYTES) + pages - 1);
    return cost;
}
