/* The condition of each write: one that is too weak lets a worker that was thought dead move a position. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "lease/lease_write.h"

struct write_case {
    const char *name;
    enum lease_write_kind kind;
    int64_t counter; /* of the row as it stands; seen was 5 */
    const char *owner;
    const char *checkpoint_owner;
    const char *seen_owner;
    enum lease_outcome outcome;
};

static void each_write_has_its_condition(void **state)
{
    (void)state;
    static const struct write_case cases[] = {
        {"renew", LEASE_WRITE_RENEW, 5, "me", "", "me", LEASE_DONE},
        {"renew while handing over", LEASE_WRITE_RENEW, 5, "thief", "me", "me", LEASE_DONE},
        {"renew after another's write", LEASE_WRITE_RENEW, 6, "me", "", "me", LEASE_REFUSED},
        {"renew of another's row with the same counter", LEASE_WRITE_RENEW, 5, "other", "", "me",
         LEASE_REFUSED},
        {"take of a free row", LEASE_WRITE_TAKE, 5, "", "", "", LEASE_DONE},
        {"take that came second", LEASE_WRITE_TAKE, 5, "other", "", "", LEASE_REFUSED},
        {"take from the dead", LEASE_WRITE_TAKE, 5, "dead", "", "dead", LEASE_DONE},
        {"take from one that lives after all", LEASE_WRITE_TAKE, 6, "dead", "", "dead", LEASE_REFUSED},
        {"take from one that is being asked", LEASE_WRITE_TAKE, 5, "dead", "x", "dead", LEASE_REFUSED},
        {"release", LEASE_WRITE_RELEASE, 5, "me", "", "me", LEASE_DONE},
        {"release of what another waits for", LEASE_WRITE_RELEASE, 5, "thief", "me", "me", LEASE_REFUSED},
        {"release twice", LEASE_WRITE_RELEASE, 6, "", "", "me", LEASE_REFUSED},
        {"hand over", LEASE_WRITE_HAND_OVER, 5, "thief", "me", "me", LEASE_DONE},
        {"hand over what was forced away", LEASE_WRITE_HAND_OVER, 5, "thief", "", "me", LEASE_REFUSED},
        {"finish", LEASE_WRITE_SHARD_END, 5, "me", "", "me", LEASE_DONE},
        {"finish of another's", LEASE_WRITE_SHARD_END, 5, "other", "", "me", LEASE_REFUSED},
        {"finish late", LEASE_WRITE_SHARD_END, 6, "me", "", "me", LEASE_REFUSED},
        {"remove what is not finished", LEASE_WRITE_DELETE, 5, "", "", "", LEASE_REFUSED},
        {"create what exists", LEASE_WRITE_CREATE, 0, "", "", "", LEASE_REFUSED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct write_case *one = &cases[i];
        struct lease row = {.counter = one->counter};
        snprintf(row.owner, sizeof row.owner, "%s", one->owner);
        snprintf(row.checkpoint_owner, sizeof row.checkpoint_owner, "%s", one->checkpoint_owner);
        snprintf(row.checkpoint, sizeof row.checkpoint, "100");
        struct lease_write write = {.kind = one->kind, .row = row};
        write.row.counter = 5;
        write.row.checkpoint_owner[0] = '\0';
        snprintf(write.row.owner, sizeof write.row.owner, "%s", one->seen_owner);
        struct lease after = {0};
        print_message("%s\n", one->name);
        assert_int_equal(lease_write_apply(&write, "me", &row, &after), one->outcome);
        if (one->outcome == LEASE_DONE) {
            assert_int_equal(after.counter, 6);
        }
        assert_int_equal(lease_write_apply(&write, "me", NULL, &after),
                         one->kind == LEASE_WRITE_CREATE ? LEASE_DONE : LEASE_REFUSED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_write_has_its_condition)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
