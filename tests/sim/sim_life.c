/* One run: a fleet in trouble, then calm, then rest. */
#include "tests/sim/sim_worker.h"

enum {
    FAULTS_MS = 120000,
    STARTS_APART_MS = 200,
    HAND_OVER_MS = 30000, /* the bound of a hand-over: LEASE_HAND_OVER_MS */
    SWEEP_MS = 90000, /* a sweep and the age of a finished lease, after which it may be removed */
    SWEEPS = 12,
    BACKLOG_MINUTES = 10,
    REST_MS = 30000,
    CLOCKS_PERCENT = 4, /* clocks go up to 3 % wrong */
    CAP_DICE = 0x6361,
    CAP_MOST = 8,
};

struct sim *sim_create(const struct sim_options *options, size_t shard_capacity, size_t worker_capacity)
{
    struct sim *sim = sim_allocate(1, sizeof *sim);
    sim->options = *options;
    random_init(&sim->random, options->seed);
    sim->now_ms = 1000;
    sim->shard_capacity = shard_capacity;
    sim->shards = sim_allocate(shard_capacity, sizeof *sim->shards);
    sim->places = sim_allocate(shard_capacity, sizeof *sim->places);
    sim->worker_capacity = worker_capacity;
    sim->workers = sim_allocate(worker_capacity, sizeof *sim->workers);
    sim->slots = sim_allocate(worker_capacity, sizeof *sim->slots);
    sim->slot_count = worker_capacity;
    for (size_t i = 0; i < worker_capacity; i++) {
        sim_slot_init(sim, &sim->slots[i]);
    }
    sim->page_rows = 2000;
    sim->latency_ms = 10;
    return sim;
}

void sim_destroy(struct sim *sim)
{
    for (size_t i = 0; i < sim->worker_count; i++) {
        sim->options.trace = false;
        sim_worker_kill(sim, i);
        free(sim->workers[i].lines);
    }
    sim_queue_free(&sim->queue);
    for (size_t i = 0; i < sim->slot_count; i++) {
        sim_slot_free(&sim->slots[i]);
    }
    sim_stream_free(sim);
    free(sim->shards);
    free(sim->places);
    free(sim->workers);
    free(sim->slots);
    free(sim);
}

/* Skewed small: most runs have two or three workers and few shards. */
static int64_t skewed(struct sim *sim, int64_t least, int64_t most)
{
    int64_t span = most - least + 1;
    int64_t one = sim_dice(sim, span);
    int64_t other = sim_dice(sim, span);
    return least + (one < other ? one : other);
}

/* Every third fleet has --max-leases, some too low for all leases. From dice of its own: the others stay the runs they
 * were. */
static uint32_t choose_cap(const struct sim *sim)
{
    struct random dice;
    random_init(&dice, sim->options.seed ^ CAP_DICE);
    return random_below(&dice, 3) == 0 ? 1 + (uint32_t)random_below(&dice, CAP_MOST) : 0;
}

static void choose(struct sim *sim, size_t *ret_shards)
{
    static const int64_t failovers[] = {3000, 6000, 10000};
    struct sim_options *options = &sim->options;
    options->failover_ms = options->failover_ms != 0 ? options->failover_ms : failovers[sim_dice(sim, 3)];
    options->ordered = options->ordered >= 0 ? options->ordered : (int)sim_dice(sim, 2);
    *ret_shards = options->shards != 0 ? options->shards : (size_t)skewed(sim, 1, 8);
    sim->worker_capacity = options->workers != 0 ? options->workers : (size_t)skewed(sim, 2, 6);
    sim->start_at_latest = sim_dice(sim, 4) == 0;
    sim->page_rows = 1 + (uint32_t)sim_dice(sim, 5);
    sim->max_leases = choose_cap(sim);
    sim->latency_ms = 2 + sim_dice(sim, 30);
    sim->produce_ms = 5 + sim_dice(sim, 100);
    sim_faults_choose(sim);
}

static void trouble(struct sim *sim)
{
    int64_t until_ms = sim->now_ms + FAULTS_MS;
    while (sim->now_ms < until_ms && sim->violation == NULL) {
        sim_advance(sim, sim->now_ms + 50 + sim_dice(sim, 5000));
        if (sim->violation == NULL) {
            sim_faults_mishap(sim);
        }
    }
}

/* Failover, hand-over bound and five scans, on the slowest clock; and what a leaving worker may still take. */
static int64_t calm_ms(const struct sim *sim)
{
    int64_t failover_ms = sim->options.failover_ms;
    int64_t bound_ms = failover_ms + HAND_OVER_MS + 5 * lease_scan_ms(failover_ms);
    return bound_ms + bound_ms * CLOCKS_PERCENT / 100;
}

static void rest(struct sim *sim)
{
    uint64_t moves = sim->costs.moves;
    uint64_t removed = UINT64_MAX;
    for (int i = 0; i < SWEEPS && removed != sim->costs.writes[LEASE_WRITE_DELETE]; i++) {
        removed = sim->costs.writes[LEASE_WRITE_DELETE]; /* a generation at a time */
        sim_advance(sim, sim->now_ms + SWEEP_MS);
    }
    if (sim->violation == NULL && sim->costs.moves != moves) {
        sim_violate(sim, "leases still move after calm", "", "the fleet");
    }
    sim->resting = true;
    struct sim_costs before = sim->costs;
    sim_advance(sim, sim->now_ms + REST_MS);
    sim_check_costs(sim, &before, REST_MS);
}

bool sim_life(struct sim *sim)
{
    size_t shards = 0;
    choose(sim, &shards);
    sim_trace(sim, "fleet",
              "seed %" PRIu64 ": up to %zu workers, %zu shards, %u leases a worker at most (0: no cap), "
              "failover %" PRId64 " ms, %s, %s",
              sim->options.seed, sim->worker_capacity, shards, sim->max_leases, sim->options.failover_ms,
              sim->options.ordered > 0 ? "ordered sink" : "sink without order",
              sim->start_at_latest ? "from LATEST" : "from the trim horizon");
    sim_stream_init(sim, shards, sim_dice(sim, 2) == 0);
    sim->producing = true;
    sim_stream_produce(sim, NULL);
    sim_advance(sim, sim->now_ms + sim_dice(sim, 3000));
    sim_worker_start(sim, 0);
    for (size_t i = 1; i < sim->worker_capacity && sim_dice(sim, 2) == 0; i++) {
        sim_advance(sim, sim->now_ms + sim_dice(sim, STARTS_APART_MS)); /* while rows are being made */
        sim_worker_start(sim, i);
    }
    trouble(sim);
    sim->producing = false;
    sim_trace(sim, "fleet", "faults end");
    if (sim->violation == NULL) {
        sim_faults_end(sim, 1 + (size_t)sim_dice(sim, (int64_t)sim->worker_capacity));
        sim_advance(sim, sim->now_ms + calm_ms(sim));
    }
    if (sim->violation == NULL) {
        sim_check_shares(sim);
        for (int i = 0; i < BACKLOG_MINUTES && !sim_check_is_delivered(sim); i++) {
            sim_advance(sim, sim->now_ms + 60000); /* leases are settled; a backlog may take longer */
        }
        sim_check_calm(sim);
        rest(sim);
    }
    return sim->violation == NULL;
}
