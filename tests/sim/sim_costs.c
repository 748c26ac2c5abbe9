/* What the lease table costs at rest, against the stated formula: lease/lease_cost.h. */
#include "lease/lease_cost.h"
#include "tests/sim/sim_worker.h"

enum { HOUR_MS = 3600000, CLOCKS_PERCENT = 4, LISTING_SHARDS = 100 };

struct lease_cost sim_costs_formula(const struct sim *sim)
{
    struct lease_cost_input input = {.workers = sim_workers_alive(sim),
                                     .row_bytes = SIM_ROW_BYTES,
                                     .shards = sim->shard_count,
                                     .failover_ms = sim->options.failover_ms};
    for (size_t i = 0; i < sim->shard_count; i++) {
        bool row = sim->shards[i].has_row;
        input.rows += row ? 1 : 0;
        input.leases += row && !lease_is_finished(&sim->shards[i].row) ? 1 : 0;
    }
    return lease_cost_per_hour(&input);
}

/* At most what an hour costs, for `ms` of it, on clocks that go fast; and one more each, begun before. */
static bool is_within(double found, double hourly, double one_more, int64_t ms)
{
    double share = (double)ms / (double)HOUR_MS * (1 + (double)CLOCKS_PERCENT / 100);
    return found <= hourly * share + one_more;
}

void sim_check_costs(struct sim *sim, const struct sim_costs *before, int64_t ms)
{
    struct lease_cost cost = sim_costs_formula(sim);
    size_t rows = 0;
    for (size_t i = 0; i < sim->shard_count; i++) {
        rows += sim->shards[i].has_row ? 1 : 0;
    }
    double workers = (double)sim_workers_alive(sim);
    double writes = (double)(sim->costs.writes[LEASE_WRITE_RENEW] - before->writes[LEASE_WRITE_RENEW]);
    double pages = (double)((sim->shard_count + LISTING_SHARDS - 1) / LISTING_SHARDS);
    double listings = (double)(sim->costs.listings - before->listings) * pages;
    double scans = (double)(sim->costs.scans - before->scans);
    if (sim->violation != NULL) {
        return;
    }
    if (!is_within(writes, cost.renewals, (double)rows, ms)) {
        sim_violate(sim, "more writes at rest than the formula says", "", "the fleet");
    } else if (!is_within(scans, cost.scans, workers, ms)) {
        sim_violate(sim, "more scans at rest than the formula says", "", "the fleet");
    } else if (!is_within(listings, cost.listings, pages, ms)) {
        sim_violate(sim, "more listings at rest than the formula says", "", "the fleet");
    } else if (sim->costs.gets != before->gets) {
        sim_violate(sim, "rows are read one by one at rest", "", "the fleet");
    }
}
