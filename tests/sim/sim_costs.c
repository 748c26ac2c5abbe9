/* What the lease table costs at rest, against the stated formula. */
#include "tests/sim/sim_worker.h"

enum { SLACK_PERCENT = 10 };

void sim_check_costs(struct sim *sim, const struct sim_costs *before, int64_t ms)
{
    size_t rows = 0;
    size_t live = 0;
    for (size_t i = 0; i < sim->shard_count; i++) {
        rows += sim->shards[i].has_row ? 1 : 0;
        live += sim->shards[i].has_row && !lease_is_finished(&sim->shards[i].row) ? 1 : 0;
    }
    int64_t failover_ms = sim->options.failover_ms;
    double renewals = (double)ms / (double)lease_renewal_ms(failover_ms);
    double scans = (double)ms / ((double)lease_scan_ms(failover_ms) * 7 / 8);
    double most_writes = (double)live * (renewals * (100 + SLACK_PERCENT) / 100 + 1);
    double most_scans = (double)sim_workers_alive(sim) * (scans * (100 + SLACK_PERCENT) / 100 + 1);
    uint64_t writes = sim->costs.writes[LEASE_WRITE_RENEW] - before->writes[LEASE_WRITE_RENEW];
    if (sim->violation == NULL && (double)writes > most_writes) {
        sim_violate(sim, "more writes at rest than the formula says", "", "the fleet");
    }
    if (sim->violation == NULL && (double)(sim->costs.scans - before->scans) > most_scans) {
        sim_violate(sim, "more scans at rest than the formula says", "", "the fleet");
    }
    (void)rows;
}
