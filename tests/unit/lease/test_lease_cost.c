/* What the lease table costs is stated in README by this formula; a fleet at rest must stay below it, or the
 * bill is higher than promised. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fleet.h"
#include "lease/lease_cost.h"

enum { SETTLE_MS = 60000, WATCHED_MS = 600000, HOUR_MS = 3600000 };

static void expect_near(double is, double wanted, const char *what)
{
    if (is < wanted * 0.999 || is > wanted * 1.001) {
        fail_msg("%s: %.1f instead of %.1f", what, is, wanted);
    }
}

/* The figures of README, "What the lease table costs". */
static void the_stated_figures(void **state)
{
    (void)state;
    static const struct {
        struct lease_cost_input input;
        struct lease_cost cost;
    } cases[] = {
        {{2, 8, 10, 500, 20, 10000},
         {8 * 1080.1, 8 * 1080.1, 2 * 1918.98, 2 * 1918.98, 2 * 2 * 1918.98, 143.4}},
        {{1, 1000, 1000, 500, 1000, 10000},
         {1000 * 1080.1, 1000 * 1080.1, 1918.98, 1918.98, 123 * 1918.98, 10 * 102.857}},
        {{4, 10000, 12000, 500, 12000, 60000},
         {10000 * 180.0, 10000 * 180.0, 4 * 320.0, 6 * 4 * 320.0, 4 * 1470 * 320.0, 120 * 24.828}},
        {{1, 1, 0, 3000, 0, 2000}, {5405.4, 3 * 5405.4, 4800.0, 4800.0, 4800.0, 144.0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lease_cost cost = lease_cost_per_hour(&cases[i].input);
        expect_near(cost.renewals, cases[i].cost.renewals, "renewals");
        expect_near(cost.write_units, cases[i].cost.write_units, "write units");
        expect_near(cost.scans, cases[i].cost.scans, "scans");
        expect_near(cost.scan_requests, cases[i].cost.scan_requests, "scan requests");
        expect_near(cost.read_units, cases[i].cost.read_units, "read units");
        expect_near(cost.listings, cases[i].cost.listings, "listings");
    }
}

static void expect_below(uint64_t count, double an_hour, const char *what)
{
    double most = an_hour * (double)WATCHED_MS / (double)HOUR_MS;
    print_message("%s: %llu of at most %.0f\n", what, (unsigned long long)count, most);
    if ((double)count > most + 1 || (double)count < most * 0.6) {
        fail_msg("%s: %llu where the formula says at most %.0f", what, (unsigned long long)count, most);
    }
}

static void a_fleet_at_rest_stays_below(void **state)
{
    (void)state;
    const char *seed = getenv("PENSTOCK_TEST_SEED");
    struct fleet *fleet = calloc(1, sizeof *fleet);
    assert_non_null(fleet);
    fleet->seed = seed != NULL ? strtoull(seed, NULL, 10) : 7;
    random_init(&fleet->random, fleet->seed);
    fleet->now_ms = 5000;
    for (size_t i = 0; i < 30; i++) {
        fleet_add_shard(fleet, "");
    }
    for (size_t i = 0; i < 3; i++) {
        fleet_start(fleet, i, "");
    }
    fleet_run(fleet, fleet->now_ms + SETTLE_MS);
    uint64_t before[sizeof fleet->requests / sizeof fleet->requests[0]];
    memcpy(before, fleet->requests, sizeof before);
    uint64_t moves = fleet->moves;
    fleet_run(fleet, fleet->now_ms + WATCHED_MS);
    if (fleet->violation != NULL) {
        fail_msg("PENSTOCK_TEST_SEED=%" PRIu64 ": %s: %s", fleet->seed, fleet->violation, fleet->detail);
    }
    assert_int_equal(fleet->moves, moves);
    const struct lease_cost_input input = {
        .workers = 3, .leases = 30, .rows = 30, .row_bytes = 500, .shards = 30, .failover_ms = FAILOVER_MS};
    struct lease_cost cost = lease_cost_per_hour(&input);
    expect_below(fleet->requests[LEASE_ACTION_WRITE] - before[LEASE_ACTION_WRITE], cost.renewals, "writes");
    expect_below(fleet->requests[LEASE_ACTION_SCAN] - before[LEASE_ACTION_SCAN], cost.scans, "scans");
    expect_below(fleet->requests[LEASE_ACTION_LIST_SHARDS] - before[LEASE_ACTION_LIST_SHARDS], cost.listings,
                 "listings");
    assert_int_equal(fleet->requests[LEASE_ACTION_READ], before[LEASE_ACTION_READ]);
    fleet_free(fleet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_stated_figures),
        cmocka_unit_test(a_fleet_at_rest_stays_below),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
