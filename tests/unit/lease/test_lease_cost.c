/* What the lease table costs is stated in README by this formula. That a fleet at rest stays below it is the
 * simulator's to check: tests/sim. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lease/lease_cost.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_stated_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
