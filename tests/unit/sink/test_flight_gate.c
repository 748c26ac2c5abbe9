/* What would break for a user: memory and connections of sixteen threads where four do the work, or threads that never
 * hear that they may begin, or that all is over. */
#include "support.h"

#include "sink/flight_gate.h"

enum { START = 5000 };

static void a_thread_beyond_the_flight_gate_waits(void **state)
{
    (void)state;
    struct clock_virtual time;
    struct flight_gate gate;
    clock_virtual_init(&time, START, START);
    flight_gate_init(&gate, 16, &time.clock);
    assert_int_equal(flight_gate_count(&gate), FLIGHT_START);
    assert_true(flight_gate_wait(&gate, FLIGHT_START - 1, 0));
    assert_false(flight_gate_wait(&gate, FLIGHT_START, 1));
    for (int i = 0; i < FLIGHT_START; i++) { /* a round of a far destination, with a batch waiting */
        flight_gate_answered(&gate, FLIGHT_TAKEN, START - 200, true);
    }
    assert_true(flight_gate_wait(&gate, FLIGHT_START, 0));
    assert_false(flight_gate_wait(&gate, FLIGHT_START + 1, 1));
    flight_gate_answered(&gate, FLIGHT_THROTTLED, START - 5, true);
    assert_int_equal(flight_gate_count(&gate), FLIGHT_LEAST);
    assert_false(flight_gate_wait(&gate, FLIGHT_LEAST, 1));
    flight_gate_close(&gate);
    assert_true(flight_gate_wait(&gate, 15, 3600000)); /* to be told that it is closed */
    flight_gate_destroy(&gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_thread_beyond_the_flight_gate_waits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
