/* Whole fleets on a virtual clock: what would break for a user is a record lost or a position moved by a
 * worker that was thought dead, a child shard read before its parent, or leases that never come to rest.
 *
 * PENSTOCK_TEST_SEED=N replays one run (with PENSTOCK_TEST_TRACE=1 step by step on standard error);
 * PENSTOCK_TEST_RUNS=N sets how many seeds are tried. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fleet.h"

enum { DEFAULT_RUNS = 60, FAULTS_MS = 90000, CALM_MS = 90000, REST_MS = 20000 };

static struct fleet *new_fleet(uint64_t seed, size_t shards)
{
    struct fleet *fleet = calloc(1, sizeof *fleet);
    assert_non_null(fleet);
    random_init(&fleet->random, seed);
    fleet->seed = seed;
    fleet->now_ms = 5000;
    fleet->trace = getenv("PENSTOCK_TEST_TRACE") != NULL;
    for (size_t i = 0; i < shards; i++) {
        fleet_add_shard(fleet, "");
        fleet->shards[i].listed_at_ms = 0;
    }
    return fleet;
}

static size_t alive(const struct fleet *fleet)
{
    size_t count = 0;
    for (size_t i = 0; i < WORKERS; i++) {
        count += fleet->workers[i].rules != NULL ? 1 : 0;
    }
    return count;
}

/* One mishap: a crash, a pause longer than a lease, a departure, an arrival, a split. */
static void mishap(struct fleet *fleet)
{
    size_t index = (size_t)random_below(&fleet->random, WORKERS);
    struct model_worker *worker = &fleet->workers[index];
    switch (random_below(&fleet->random, 6)) {
    case 0:
        if (worker->rules != NULL) {
            fleet_kill(fleet, index);
        }
        break;
    case 1:
        worker->paused_until_ms = fleet->now_ms + (int64_t)random_below(&fleet->random, 3 * FAILOVER_MS);
        break;
    case 2:
        if (worker->rules != NULL && !worker->leaving && alive(fleet) > 1) {
            worker->leaving = true;
            fleet_step(fleet, index, &(struct lease_event){.kind = LEASE_EVENT_LEAVE});
        }
        break;
    case 3:
    case 4:
        if (worker->rules == NULL) {
            char previous[LEASE_OWNER_BYTES];
            memcpy(previous, worker->id, sizeof previous); /* its lock is free: it is dead */
            fleet_start(fleet, index, previous);
        }
        break;
    default:
        fleet_split(fleet, (size_t)random_below(&fleet->random, fleet->shard_count));
        break;
    }
}

static void count_shares(const struct fleet *fleet, size_t shares[WORKERS], size_t *ret_open)
{
    memset(shares, 0, WORKERS * sizeof shares[0]);
    *ret_open = 0;
    for (size_t i = 0; i < fleet->shard_count; i++) {
        const struct model_shard *shard = &fleet->shards[i];
        if (shard->has_row && !lease_is_finished(&shard->row)) {
            *ret_open += 1;
            for (size_t j = 0; j < WORKERS; j++) {
                if (fleet->workers[j].rules != NULL && strcmp(fleet->workers[j].id, shard->row.owner) == 0) {
                    shares[j]++;
                }
            }
        }
    }
}

static void check_shares(struct fleet *fleet)
{
    size_t shares[WORKERS];
    size_t open;
    count_shares(fleet, shares, &open);
    size_t least = SIZE_MAX;
    size_t most = 0;
    size_t sum = 0;
    for (size_t i = 0; i < WORKERS; i++) {
        if (fleet->workers[i].rules != NULL) {
            least = shares[i] < least ? shares[i] : least;
            most = shares[i] > most ? shares[i] : most;
            sum += shares[i];
        }
    }
    if (sum != open) {
        fleet_violate(fleet, "leases without a living owner after calm", "", "");
    } else if (most > least + 1) {
        fleet_violate(fleet, "shares are not even after calm", "", "");
    }
}

/* Every record of every shard arrived, and no shard was forgotten. */
static void check_delivery(struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->shard_count; i++) {
        const struct model_shard *shard = &fleet->shards[i];
        bool leased = shard->has_row || shard->row_removed;
        bool skipped = fleet->at_latest && shard->listed.parent_id[0] == '\0' && shard->closed;
        if (!leased && !skipped) {
            fleet_violate(fleet, "a shard has no lease", shard->listed.id, "");
        } else if (leased && shard->accepted < shard->records) {
            fleet_violate(fleet, "records were never delivered", shard->listed.id, "");
        } else if (shard->has_row && shard->closed && !lease_is_finished(&shard->row)) {
            fleet_violate(fleet, "a closed shard is not finished", shard->listed.id, "");
        }
    }
}

static void report(const struct fleet *fleet)
{
    if (fleet->violation != NULL) {
        fprintf(stderr, "PENSTOCK_TEST_SEED=%" PRIu64 ": %s: %s\n", fleet->seed, fleet->violation,
                fleet->detail);
    }
}

static bool run_with_faults(uint64_t seed)
{
    struct fleet *fleet = new_fleet(seed, 1 + (size_t)(seed % 12));
    fleet->at_latest = random_below(&fleet->random, 3) == 0;
    fleet->faults = true;
    fleet_start(fleet, 0, "");
    while (fleet->now_ms < FAULTS_MS && fleet->violation == NULL) {
        fleet_run(fleet, fleet->now_ms + 100 + (int64_t)random_below(&fleet->random, 6000));
        mishap(fleet);
    }
    fleet->faults = false;
    for (size_t i = 0; i < WORKERS; i++) {
        fleet->workers[i].paused_until_ms = 0;
    }
    if (alive(fleet) == 0 || (alive(fleet) == 1 && fleet->workers[0].leaving)) {
        fleet_run(fleet, fleet->now_ms + 3000);
    }
    if (fleet->workers[1].rules == NULL) {
        fleet_start(fleet, 1, "");
    }
    fleet_run(fleet, fleet->now_ms + CALM_MS);
    if (fleet->violation == NULL) {
        check_delivery(fleet);
        check_shares(fleet);
        uint64_t moves = fleet->moves;
        fleet_run(fleet, fleet->now_ms + REST_MS);
        if (fleet->moves != moves) {
            fleet_violate(fleet, "leases still move after calm", "", "");
        }
    }
    bool good = fleet->violation == NULL;
    report(fleet);
    fleet_free(fleet);
    return good;
}

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

static void faults_lose_nothing(void **state)
{
    (void)state;
    if (getenv("PENSTOCK_TEST_SEED") != NULL) {
        assert_true(run_with_faults(from_environment("PENSTOCK_TEST_SEED", 0)));
        return;
    }
    uint64_t first = random_seed_from_system() % 1000000000;
    uint64_t runs = from_environment("PENSTOCK_TEST_RUNS", DEFAULT_RUNS);
    print_message("seeds %" PRIu64 " to %" PRIu64 "\n", first, first + runs - 1);
    size_t bad = 0;
    for (uint64_t i = 0; i < runs && bad < 5; i++) {
        bad += run_with_faults(first + i) ? 0 : 1;
    }
    assert_int_equal(bad, 0);
}

/* Four workers, 64 shards: 16 leases each, within one, soon, and then nothing moves. */
static void run_shares(uint64_t seed, int64_t apart_ms)
{
    struct fleet *fleet = new_fleet(seed, 64);
    for (size_t i = 0; i < 64; i++) {
        fleet->shards[i].records = 1000000;
    }
    for (size_t i = 0; i < 4; i++) {
        fleet_start(fleet, i, "");
        fleet_run(fleet, fleet->now_ms + apart_ms);
    }
    fleet_run(fleet, fleet->now_ms + 2 * LEASE_SHARES_BOUND_MS);
    check_shares(fleet);
    uint64_t moves = fleet->moves;
    fleet_run(fleet, fleet->now_ms + REST_MS);
    if (fleet->moves != moves) {
        fleet_violate(fleet, "leases still move", "", "");
    }
    report(fleet);
    assert_null(fleet->violation);
    fleet_free(fleet);
}

static void shares_are_even_started_together(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        run_shares(seed, 5);
    }
}

static void shares_are_even_started_one_after_another(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        run_shares(seed, 3000);
    }
}

/* From the start to all leases held: a few round trips, not a scan period. */
static void first_leases_come_at_once(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct fleet *fleet = new_fleet(seed, 16);
        fleet->at_latest = seed % 2 == 0;
        fleet_start(fleet, 0, "");
        fleet_run(fleet, fleet->now_ms + 150);
        struct lease_rules_counts counts;
        lease_rules_read_counts(fleet->workers[0].rules, &counts);
        assert_int_equal(counts.held, 16);
        fleet_free(fleet);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_leases_come_at_once),
        cmocka_unit_test(shares_are_even_started_together),
        cmocka_unit_test(shares_are_even_started_one_after_another),
        cmocka_unit_test(faults_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
