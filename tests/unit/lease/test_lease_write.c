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
        {"renew, late, what we wait for by now", LEASE_WRITE_RENEW, 5, "me", "other", "me", LEASE_REFUSED},
        {"finish, late, what we wait for by now", LEASE_WRITE_SHARD_END, 5, "me", "other", "me",
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

/* Where a write that sets no checkpoint named itself its writer, or one that sets it left the writer of before, a
 * state folder would go on behind a position that somebody else has set. */
static void whoever_sets_the_checkpoint_says_so(void **state)
{
    (void)state;
    static const struct {
        enum lease_write_kind kind;
        const char *owner;
        const char *checkpoint_owner;
        const char *checkpoint; /* of the write */
        const char *writer; /* behind it; v#3 before */
    } cases[] = {
        {LEASE_WRITE_TAKE, "", "", "", "v#3"},
        {LEASE_WRITE_ASK, "v", "", "", "v#3"},
        {LEASE_WRITE_UNASK, "me", "v", "", "v#3"},
        {LEASE_WRITE_RENEW, "me", "", "", "v#3"},
        {LEASE_WRITE_RENEW, "me", "", "200", "me#6"},
        {LEASE_WRITE_RENEW, "me", "", "100", "me#6"}, /* the same number is another write all the same */
        {LEASE_WRITE_RELEASE, "me", "", "", "v#3"},
        {LEASE_WRITE_RELEASE, "me", "", "200", "me#6"},
        {LEASE_WRITE_HAND_OVER, "thief", "me", "", "v#3"},
        {LEASE_WRITE_HAND_OVER, "thief", "me", "200", "me#6"},
        {LEASE_WRITE_SHARD_END, "me", "", "", "me#6"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lease row = {.counter = 5, .checkpoint = "100", .writer = "v#3"};
        snprintf(row.owner, sizeof row.owner, "%s", cases[i].owner);
        snprintf(row.marker, sizeof row.marker, "%s", cases[i].owner);
        snprintf(row.checkpoint_owner, sizeof row.checkpoint_owner, "%s", cases[i].checkpoint_owner);
        struct lease_write write = {.kind = cases[i].kind, .row = row};
        snprintf(write.checkpoint, sizeof write.checkpoint, "%s", cases[i].checkpoint);
        struct lease after = {0};
        print_message("%s %s\n", lease_write_name(cases[i].kind), cases[i].checkpoint);
        assert_int_equal(lease_write_apply(&write, "me", &row, &after), LEASE_DONE);
        assert_string_equal(after.writer, cases[i].writer);
    }
}

static void a_take_leaves_a_counter_behind_that_was_never_seen(void **state) /* fault 8 */
{
    (void)state;
    static const int64_t cases[][2] = {
        {0, 19}, {17, 19}, {18, 19}, {20, 21}}; /* the highest seen, the next */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lease row = {.counter = 18};
        struct lease after;
        struct lease_write write = {.kind = LEASE_WRITE_TAKE, .row = row, .highest = cases[i][0]};
        assert_int_equal(lease_write_apply(&write, "me", &row, &after), LEASE_DONE);
        assert_int_equal(after.counter, cases[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_write_has_its_condition),
                                       cmocka_unit_test(a_take_leaves_a_counter_behind_that_was_never_seen),
                                       cmocka_unit_test(whoever_sets_the_checkpoint_says_so)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
