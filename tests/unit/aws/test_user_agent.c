/* Who we are to AWS. What would break for a user: an application that CloudTrail does not show, or a name that puts a
 * header of its own into every request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "aws/user_agent.h"

#define TEN   "0123456789"
#define FIFTY TEN TEN TEN TEN TEN

static void the_id_stands_behind_our_own_name(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        const char *behind;
        bool whole;
    } cases[] = {
        {NULL, "", true},
        {"", "", true},
        {"orders", " app/orders", true},
        {"Orders.v2_x~1", " app/Orders.v2_x~1", true},
        {"!$%&'*+-.^_`|~,#", " app/!$%&'*+-.^_`|~,#", true},
        {"two words", " app/two-words", true},
        {"a/b(c);d=\"e\"@f:<g>?[h]\\{i}", " app/a-b-c--d--e--f--g---h---i-", true},
        {"x\r\nHost: evil", " app/x--Host--evil", true},
        {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x9f", " app/caf-----", true},
        {FIFTY, " app/" FIFTY, true},
        {FIFTY "1", " app/" FIFTY, false},
        {FIFTY "\xc3\xa9", " app/" FIFTY, false},
        {TEN TEN TEN TEN "123456789\xc3\xa9", " app/" TEN TEN TEN TEN "123456789-", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char wanted[USER_AGENT_BYTES];
        char text[USER_AGENT_BYTES];
        snprintf(wanted, sizeof wanted, "penstock/%s%s", PENSTOCK_VERSION, cases[i].behind);
        assert_int_equal(user_agent_make(cases[i].id, text), cases[i].whole);
        assert_string_equal(text, wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_id_stands_behind_our_own_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
