/* A great fleet without faults but those it is measured by: how soon leases settle, what the table costs, and how
 * long shards stand still when a worker is killed, told to leave, or comes back. */
#include "tests/sim/sim_worker.h"

enum { STEP_MS = 20, HANG_MS = 600000, REST_MS = 60000, AWAY_MS = 1000, HOUR_MS = 3600000 };

/* The shards that a worker holds, or all. */
static bool *shards_of(const struct sim *sim, int worker)
{
    bool *chosen = sim_allocate(sim->shard_count, sizeof *chosen);
    for (size_t i = 0; i < sim->shard_count; i++) {
        chosen[i] = worker == SIM_NONE || strcmp(sim->shards[i].row.owner, sim->workers[worker].id) == 0;
    }
    return chosen;
}

/* Until each chosen shard has been read to its tip by an owner since `since_ms`; how long that took. */
static int64_t wait_for_shards(struct sim *sim, const bool *chosen, int64_t since_ms)
{
    size_t left = 1;
    while (left > 0 && sim->now_ms < since_ms + HANG_MS && sim->violation == NULL) {
        sim_advance(sim, sim->now_ms + STEP_MS);
        left = 0;
        for (size_t i = 0; i < sim->shard_count; i++) {
            left += chosen[i] && sim->shards[i].delivered_ms <= since_ms ? 1 : 0;
        }
    }
    return sim->now_ms - since_ms;
}

/* Between the most and the least leases of a living worker, as the table has them; free ones count as spread. */
static size_t spread(const struct sim *sim)
{
    size_t *shares = sim_allocate(sim->worker_count, sizeof *shares);
    size_t lost = 0;
    for (size_t i = 0; i < sim->shard_count; i++) {
        const char *owner = sim->shards[i].has_row ? sim->shards[i].row.owner : "";
        size_t at =
            strlen(owner) > strlen("worker-") ? strtoul(owner + strlen("worker-"), NULL, 10) : SIZE_MAX;
        bool living = at < sim->worker_count && sim->workers[at].alive && !sim->workers[at].leaving &&
                      strcmp(sim->workers[at].id, owner) == 0;
        shares[living ? at : 0] += living ? 1 : 0;
        lost += living ? 0 : 1;
    }
    size_t least = SIZE_MAX;
    size_t most = lost;
    for (size_t i = 0; i < sim->worker_count; i++) {
        if (sim->workers[i].alive && !sim->workers[i].leaving) {
            least = shares[i] < least ? shares[i] : least;
            most = shares[i] > most ? shares[i] : most;
        }
    }
    free(shares);
    return lost > 0 ? SIZE_MAX : most - least;
}

/* Until shares are within one of each other; how long since `since_ms`. */
static int64_t wait_for_shares(struct sim *sim, int64_t since_ms)
{
    while (spread(sim) > 1 && sim->now_ms < since_ms + HANG_MS && sim->violation == NULL) {
        sim_advance(sim, sim->now_ms + 10 * STEP_MS);
    }
    return sim->now_ms - since_ms;
}

static double seconds(int64_t ms)
{
    return (double)ms / 1000;
}

static void measure_cold_start(struct sim *sim)
{
    bool *all = shards_of(sim, SIM_NONE);
    int64_t since_ms = sim->now_ms;
    sim_worker_start(sim, 0);
    sim_advance(sim, sim->now_ms + (sim->options.together ? 0 : AWAY_MS));
    for (size_t i = 1; i + 1 < sim->worker_capacity; i++) {
        sim_worker_start(sim, i);
        sim_advance(sim, sim->now_ms + (sim->options.together ? 1 : 0));
    }
    int64_t took_ms = wait_for_shards(sim, all, since_ms);
    printf("fleet: first shard read: %.2f s after the first start\n",
           seconds(sim->first_delivered_ms - since_ms));
    printf("fleet: cold start, %s, to every shard read: %.2f s\n",
           sim->options.together ? "a worker a millisecond" : "one worker and a second later the others",
           seconds(took_ms));
    fflush(stdout);
    printf("fleet: to shares within one of each other: %.2f s\n", seconds(wait_for_shares(sim, since_ms)));
    const struct sim_costs *costs = &sim->costs;
    printf("fleet: writes until then: create %" PRIu64 ", take %" PRIu64 ", ask %" PRIu64 ", renew %" PRIu64
           "; scans %" PRIu64 "\n",
           costs->writes[LEASE_WRITE_CREATE], costs->writes[LEASE_WRITE_TAKE], costs->writes[LEASE_WRITE_ASK],
           costs->writes[LEASE_WRITE_RENEW], costs->scans);
    fflush(stdout);
    free(all);
}

static void measure_rest(struct sim *sim)
{
    sim_advance(sim, sim->now_ms + 3 * sim->options.failover_ms);
    struct sim_costs before = sim->costs;
    sim->resting = true;
    sim_advance(sim, sim->now_ms + REST_MS);
    sim->resting = false;
    sim_check_costs(sim, &before, REST_MS);
    struct lease_cost most = sim_costs_formula(sim);
    double hourly = (double)HOUR_MS / (double)REST_MS;
    uint64_t renewals = sim->costs.writes[LEASE_WRITE_RENEW] - before.writes[LEASE_WRITE_RENEW];
    printf(
        "fleet: at rest, an hour: %.0f renewals (formula: %.0f), %.0f scans (%.0f), %.0f read units (%.0f), "
        "no other write\n",
        (double)renewals * hourly, most.renewals, (double)(sim->costs.scans - before.scans) * hourly,
        most.scans, (sim->costs.read_units - before.read_units) * hourly, most.read_units);
    fflush(stdout);
}

static void measure_loss(struct sim *sim, size_t worker, const char *what,
                         void (*strike)(struct sim *, size_t))
{
    bool *chosen = shards_of(sim, (int)worker);
    int64_t since_ms = sim->now_ms;
    strike(sim, worker);
    int64_t took_ms = wait_for_shards(sim, chosen, since_ms);
    printf("fleet: %s to its shards delivered by others: %.2f s", what, seconds(took_ms));
    printf("; shares even again after %.2f s\n", seconds(wait_for_shares(sim, since_ms)));
    fflush(stdout);
    free(chosen);
    sim_worker_kill(sim, worker);
    sim_worker_start(sim, worker);
    (void)wait_for_shares(sim, sim->now_ms);
    sim_advance(sim, sim->now_ms + 3 * sim->options.failover_ms);
}

static void measure_restart(struct sim *sim, size_t worker)
{
    bool *chosen = shards_of(sim, (int)worker);
    sim_worker_kill(sim, worker);
    sim_advance(sim, sim->now_ms + AWAY_MS);
    int64_t since_ms = sim->now_ms;
    sim_worker_start(sim, worker);
    printf("fleet: killed, restarted on its slot a second later, from its start to its shards delivered: "
           "%.2f s\n",
           seconds(wait_for_shards(sim, chosen, since_ms)));
    fflush(stdout);
    free(chosen);
}

bool sim_fleet(struct sim *sim)
{
    printf("fleet: %zu workers, %zu shards, failover %.0f s, seed %" PRIu64 "\n", sim->options.workers,
           sim->options.shards, seconds(sim->options.failover_ms), sim->options.seed);
    sim->latency_ms = 10;
    sim_stream_init(sim, sim->options.shards, false);
    measure_cold_start(sim);
    measure_rest(sim);
    measure_restart(sim, 1);
    (void)wait_for_shares(sim, sim->now_ms);
    sim_advance(sim, sim->now_ms + sim->options.failover_ms);
    measure_loss(sim, 2, "SIGTERM", sim_worker_leave);
    measure_loss(sim, 3, "kill -9", sim_worker_kill);
    if (sim->violation != NULL) {
        printf("fleet: %s: %s\n", sim->violation, sim->detail);
    }
    return sim->violation == NULL;
}
